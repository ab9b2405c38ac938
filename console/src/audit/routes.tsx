import type { RouteObject } from 'react-router'
import { Door } from '../session/door.tsx'

export const auditRoutes: RouteObject = {
  path: 'audit',
  element: <Door needs="audit:read" />,
  children: [
    { index: true, lazy: async () => ({ Component: (await import('./audit-page.tsx')).AuditPage }) },
  ],
}
