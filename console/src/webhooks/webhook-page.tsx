import { Paper } from '@mantine/core'
import type { Webhook, WebhookWithSecret } from 'comserv'
import { useState } from 'react'
import { DeliveryList } from '../deliveries/delivery-list.tsx'
import { Facts } from '../parts/facts.tsx'
import { Instant, isPast } from '../parts/instant.tsx'
import { Section } from '../parts/section.tsx'
import { Warning } from '../parts/warning.tsx'
import { RecordPage } from '../record/record-page.tsx'
import { RuleList } from '../rules/rule-list.tsx'
import { useMay } from '../session/use-session.ts'
import { Page } from '../shell/page.tsx'
import { UserName } from '../users/user-name.tsx'
import { Certificate } from './certificate.tsx'
import { Health } from './health.tsx'
import { Held } from './held.tsx'
import { Outcomes } from './outcomes.tsx'
import { PublicKeys } from './public-keys.tsx'
import { WebhookActions } from './webhook-actions.tsx'
import { WebhookSecret } from './webhook-secret.tsx'
import { webhooks } from './webhooks.ts'

export function WebhookPage() {
  const [rotated, setRotated] = useState<WebhookWithSecret>()
  const seesDeliveries = useMay()('webhooks:read')
  if (rotated) {
    return (
      <Page title="Store the new secret now" under={webhooks.trail}>
        <WebhookSecret webhook={rotated} onDone={() => setRotated(undefined)} />
      </Page>
    )
  }
  return (
    <RecordPage
      kind={webhooks}
      lead={({ description }) => description}
      refreshMs={10_000}
      actions={(read) => <WebhookActions read={read} onRotated={setRotated} />}
    >
      {(webhook) => (
        <>
          {webhook.health.needs_attention && <Attention webhook={webhook} />}
          {seesDeliveries && <Held webhook={webhook} />}
          <Paper withBorder p="lg">
            <WebhookFacts webhook={webhook} />
          </Paper>
          {seesDeliveries && (
            <>
              <Outcomes webhookId={webhook.id} title="Attempts over time" />
              <Section title="Deliveries">
                <DeliveryList webhook={webhook} />
              </Section>
            </>
          )}
        </>
      )}
    </RecordPage>
  )
}

function Attention({ webhook: { status, health } }: { webhook: Webhook }) {
  return (
    <Warning
      role="status"
      title={
        status === 'disabled' ? 'Nothing is sent to this address any more' : 'This receiver needs attention'
      }
    >
      {status === 'disabled'
        ? 'Fix the receiver, then resume: failed deliveries are kept, and “Recover since…” resends them.'
        : 'It has not responded successfully for a while. The last deliveries below show its responses.'}
      {health.disables_at && (
        <>
          {' '}
          Without a success it is disabled <Instant at={health.disables_at} relative />.
        </>
      )}
    </Warning>
  )
}

function WebhookFacts({ webhook }: { webhook: Webhook }) {
  const {
    events,
    rules,
    owner_id,
    created_at,
    previous_secret_expires_at,
    header_names,
    health,
    client_certificate,
    format,
    include_previous,
    public_keys,
  } = webhook
  const mono = (text: string) => <span className="mono">{text}</span>
  const ago = (at: string | null) => (at ? <Instant at={at} relative /> : 'never')
  return (
    <Facts
      facts={[
        ['Health', <Health key="health" webhook={webhook} />],
        ['Events', mono(events.join(' '))],
        rules && ['Limited to', <RuleList key="rules" rules={rules} />],
        format === 'cloudevents' && ['Format', 'CloudEvents 1.0'],
        include_previous && ['Previous values', 'sent with updates'],
        public_keys.length > 0 && ['Public key', <PublicKeys key="keys" keys={public_keys} />],
        header_names.length > 0 && ['Custom headers', mono(header_names.join(', '))],
        client_certificate && [
          'Client certificate',
          <Certificate key="certificate" of={client_certificate} />,
        ],
        ['Last success', ago(health.last_success_at)],
        ['Last failure', ago(health.last_failure_at)],
        previous_secret_expires_at &&
          !isPast(previous_secret_expires_at) && [
            'Former secret',
            <>
              signs beside the new one until <Instant at={previous_secret_expires_at} />
            </>,
          ],
        ['Owner', <UserName key="owner" id={owner_id} />],
        ['Created', <Instant key="created" at={created_at} />],
      ]}
    />
  )
}
