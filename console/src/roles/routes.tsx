import { recordRoutes } from '../record/routes.tsx'

export const roleRoutes = recordRoutes('roles', 'admin', 'admin', {
  list: async () => (await import('./roles-page.tsx')).RolesPage,
  record: async () => (await import('./role-page.tsx')).RolePage,
  create: async () => (await import('./change-role.tsx')).NewRolePage,
  edit: async () => (await import('./change-role.tsx')).EditRolePage,
})
