import { page, recordRoutes } from '../record/routes.tsx'
import { Door } from '../session/door.tsx'

/** Loaded together: who opens one of these pages opens the next. */
const pages = () => import('./pages.ts')

export const userRoutes = recordRoutes(
  'users',
  'users:read',
  'users:write',
  {
    list: async () => (await pages()).UsersPage,
    record: async () => (await pages()).UserPage,
    create: async () => (await pages()).NewUserPage,
    edit: async () => (await pages()).EditUserPage,
    trash: async () => (await pages()).UserTrashPage,
    import: async () => (await pages()).ImportUsersPage,
  },
  [
    {
      element: <Door needs="admin" />,
      children: [page(':id/erasure', async () => (await pages()).ErasurePage)],
    },
  ],
)
