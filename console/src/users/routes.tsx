import type { RouteObject } from 'react-router'
import { Door } from '../session/door.tsx'

export const userRoutes: RouteObject = {
  path: 'users',
  element: <Door needs="users:read" />,
  children: [
    { index: true, lazy: async () => ({ Component: (await import('./users-page.tsx')).UsersPage }) },
    { path: ':id', lazy: async () => ({ Component: (await import('./user-page.tsx')).UserPage }) },
    {
      element: <Door needs="users:write" />,
      children: [
        { path: 'new', lazy: async () => ({ Component: (await import('./new-user-page.tsx')).NewUserPage }) },
        {
          path: 'trash',
          lazy: async () => ({ Component: (await import('./user-trash-page.tsx')).UserTrashPage }),
        },
        {
          path: ':id/edit',
          lazy: async () => ({ Component: (await import('./edit-user-page.tsx')).EditUserPage }),
        },
      ],
    },
  ],
}
