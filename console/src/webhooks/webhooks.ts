import type { Webhook, WebhookCreate, WebhookUpdate, WebhookWithSecret } from 'comserv'
import { comserv } from '../api/client.ts'
import { t } from '../i18n/t.ts'
import type { Kind } from '../record/kind.ts'
import { developer } from '../shell/page.tsx'

const path = '/console/developer/webhooks'

export const webhooks: Kind<Webhook, WebhookCreate, WebhookUpdate, WebhookWithSecret> = {
  plural: 'webhooks',
  label: t('Webhook'),
  path,
  trail: [...developer, { label: t('Webhooks'), to: path }],
  guide: 'webhooks',
  titleOf: ({ url }) => url,
  called: () => t('this webhook'),
  calls: comserv.webhooks,
}
