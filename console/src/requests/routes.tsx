import type { RouteObject } from 'react-router'
import { page } from '../record/routes.tsx'

/** For everybody who is signed in: the server shows each person what they may see. */
export const requestRoutes: RouteObject = {
  path: 'developer/requests',
  children: [
    page(undefined, async () => (await import('./requests-page.tsx')).RequestsPage),
    page('new', async () => (await import('./new-request-page.tsx')).NewRequestPage),
    page(':id', async () => (await import('./request-page.tsx')).RequestPage),
  ],
}
