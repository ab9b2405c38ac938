import { page, recordRoutes } from '../record/routes.tsx'
import { Door } from '../session/door.tsx'

export const userRoutes = recordRoutes(
  'users',
  'users:read',
  'users:write',
  {
    list: async () => (await import('./users-page.tsx')).UsersPage,
    record: async () => (await import('./user-page.tsx')).UserPage,
    create: async () => (await import('./change-user.tsx')).NewUserPage,
    edit: async () => (await import('./change-user.tsx')).EditUserPage,
    trash: async () => (await import('./users-page.tsx')).UserTrashPage,
    import: async () => (await import('./users-page.tsx')).ImportUsersPage,
  },
  [
    {
      element: <Door needs="admin" />,
      children: [page(':id/erasure', async () => (await import('./erasure-page.tsx')).ErasurePage)],
    },
  ],
)
