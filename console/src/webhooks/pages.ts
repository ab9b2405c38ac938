export { EditWebhookPage, NewWebhookPage } from './change-webhook.tsx'
export { WebhookPage } from './webhook-page.tsx'
export { WebhooksPage } from './webhooks-page.tsx'
