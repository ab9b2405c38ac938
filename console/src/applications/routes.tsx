import { recordRoutes } from '../record/routes.tsx'

/** Loaded together: who opens one of these pages opens the next. */
const pages = () => import('./pages.ts')

export const applicationRoutes = recordRoutes('developer/applications', 'admin', 'admin', {
  list: async () => (await pages()).ApplicationsPage,
  record: async () => (await pages()).ApplicationPage,
  create: async () => (await pages()).NewApplicationPage,
  edit: async () => (await pages()).EditApplicationPage,
})
