import { recordRoutes } from '../record/routes.tsx'

/** Loaded together: who opens one of these pages opens the next. */
const pages = () => import('./pages.ts')

export const webhookRoutes = recordRoutes('developer/webhooks', undefined, 'webhooks:write', {
  list: async () => (await pages()).WebhooksPage,
  record: async () => (await pages()).WebhookPage,
  create: async () => (await pages()).NewWebhookPage,
  edit: async () => (await pages()).EditWebhookPage,
})
