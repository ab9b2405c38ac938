import { Anchor, Text } from '@mantine/core'
import type { WebhookWithSecret } from 'comserv'
import { Link } from 'react-router'
import { rich } from '../i18n/rich.ts'
import { t } from '../i18n/t.ts'
import { ShownOnce } from '../parts/shown-once.tsx'

export function WebhookSecret({ webhook, onDone }: { webhook: WebhookWithSecret; onDone(): void }) {
  return (
    <ShownOnce
      values={{ secret: webhook.secret }}
      advice={t(
        'Copy it into the settings of the receiver before you leave this page. The receiver uses it to verify that requests come from this server.',
      )}
      remark={
        webhook.ed25519 && (
          <Text size="sm">
            {t(
              'It also signs with Ed25519. The public key for that is no secret: the page of the webhook shows it.',
            )}
          </Text>
        )
      }
      onDone={onDone}
    >
      <Text size="sm">
        {rich('<link>How a receiver checks the signature</link>, in JavaScript, Python and PHP.', {
          link: <Anchor component={Link} to="/docs/webhooks" target="_blank" />,
        })}
      </Text>
    </ShownOnce>
  )
}
