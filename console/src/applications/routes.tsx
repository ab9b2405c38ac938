import { recordRoutes } from '../record/routes.tsx'

export const applicationRoutes = recordRoutes('developer/applications', 'admin', 'admin', {
  list: async () => (await import('./applications-page.tsx')).ApplicationsPage,
  record: async () => (await import('./application-page.tsx')).ApplicationPage,
  create: async () => (await import('./change-application.tsx')).NewApplicationPage,
  edit: async () => (await import('./change-application.tsx')).EditApplicationPage,
})
