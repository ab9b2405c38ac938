import type { RouteObject } from 'react-router'
import { page } from '../record/routes.tsx'

/** For everybody who is signed in: the server shows each person what they may see. */
export const requestLogRoutes: RouteObject = {
  path: 'developer/request-log',
  children: [
    page(undefined, async () => (await import('./request-log-page.tsx')).RequestLogPage),
    page(':id', async () => (await import('./request-page.tsx')).RequestPage),
  ],
}
