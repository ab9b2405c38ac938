import type { RouteObject } from 'react-router'
import { Door } from '../session/door.tsx'

export const deliveryRoutes: RouteObject = {
  path: 'developer/deliveries',
  element: <Door needs="webhooks:read" />,
  children: [
    { path: ':id', lazy: async () => ({ Component: (await import('./delivery-page.tsx')).DeliveryPage }) },
  ],
}
