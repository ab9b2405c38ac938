import type { RouteObject } from 'react-router'
import { Door } from '../session/door.tsx'

export const webhookRoutes: RouteObject = {
  path: 'developer/webhooks',
  element: <Door needs="webhooks:read" />,
  children: [
    { index: true, lazy: async () => ({ Component: (await import('./webhooks-page.tsx')).WebhooksPage }) },
    { path: ':id', lazy: async () => ({ Component: (await import('./webhook-page.tsx')).WebhookPage }) },
    {
      element: <Door needs="webhooks:write" />,
      children: [
        {
          path: 'new',
          lazy: async () => ({ Component: (await import('./new-webhook-page.tsx')).NewWebhookPage }),
        },
        {
          path: ':id/edit',
          lazy: async () => ({ Component: (await import('./edit-webhook-page.tsx')).EditWebhookPage }),
        },
      ],
    },
  ],
}
