import { recordRoutes } from '../record/routes.tsx'

export const webhookRoutes = recordRoutes('developer/webhooks', undefined, 'webhooks:write', {
  list: async () => (await import('./webhooks-page.tsx')).WebhooksPage,
  record: async () => (await import('./webhook-page.tsx')).WebhookPage,
  create: async () => (await import('./change-webhook.tsx')).NewWebhookPage,
  edit: async () => (await import('./change-webhook.tsx')).EditWebhookPage,
})
