import type { RouteObject } from 'react-router'
import { Door } from '../session/door.tsx'

export const eventRoutes: RouteObject = {
  path: 'developer/events',
  element: <Door needs="events:read" />,
  children: [
    { index: true, lazy: async () => ({ Component: (await import('./events-page.tsx')).EventsPage }) },
  ],
}
