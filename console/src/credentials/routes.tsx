import type { RouteObject } from 'react-router'
import { Door } from '../session/door.tsx'

export const credentialRoutes: RouteObject = {
  path: 'developer/credentials',
  element: <Door needs="credentials:read" />,
  children: [
    {
      index: true,
      lazy: async () => ({ Component: (await import('./credentials-page.tsx')).CredentialsPage }),
    },
    {
      path: ':id',
      lazy: async () => ({ Component: (await import('./credential-page.tsx')).CredentialPage }),
    },
    {
      element: <Door needs="credentials:write" />,
      children: [
        {
          path: 'new',
          lazy: async () => ({ Component: (await import('./new-credential-page.tsx')).NewCredentialPage }),
        },
        {
          path: ':id/edit',
          lazy: async () => ({ Component: (await import('./edit-credential-page.tsx')).EditCredentialPage }),
        },
      ],
    },
  ],
}
