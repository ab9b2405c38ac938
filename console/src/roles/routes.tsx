import { recordRoutes } from '../record/routes.tsx'

/** Loaded together: who opens one of these pages opens the next. */
const pages = () => import('./pages.ts')

export const roleRoutes = recordRoutes('roles', 'admin', 'admin', {
  list: async () => (await pages()).RolesPage,
  record: async () => (await pages()).RolePage,
  create: async () => (await pages()).NewRolePage,
  edit: async () => (await pages()).EditRolePage,
})
