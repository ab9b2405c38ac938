import { Paper } from '@mantine/core'
import type { Webhook, WebhookWithSecret } from 'comserv'
import { useState } from 'react'
import { DeliveryList } from '../deliveries/delivery-list.tsx'
import { rich } from '../i18n/rich.ts'
import { t } from '../i18n/t.ts'
import { Facts } from '../parts/facts.tsx'
import { Instant, isPast } from '../parts/instant.tsx'
import { Section } from '../parts/section.tsx'
import { Warning } from '../parts/warning.tsx'
import { RecordPage } from '../record/record-page.tsx'
import { RuleList } from '../rules/rule-list.tsx'
import { useMay } from '../session/use-session.ts'
import { Page } from '../shell/page.tsx'
import { ReceiverLink, useReceiverOf } from '../test-receivers/use-test-receiver.tsx'
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
      <Page title={t('Store the new secret now')} under={webhooks.trail}>
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
              <Outcomes webhookId={webhook.id} title={t('Attempts over time')} />
              <Section title={t('Deliveries')}>
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
        status === 'disabled'
          ? t('Nothing is sent to this address any more')
          : t('This receiver needs attention')
      }
    >
      {status === 'disabled'
        ? t(
            'Fix the receiver, then resume: failed deliveries are kept, and “Send past events…” resends them.',
          )
        : t('It has not responded successfully for a while. The last deliveries below show its responses.')}
      {health.disables_at && (
        <>
          {' '}
          {rich('Without a success it is disabled <time/>.', {
            time: <Instant at={health.disables_at} relative />,
          })}
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
    ordering,
    filter,
    transform,
    public_keys,
  } = webhook
  const receiver = useReceiverOf(webhook)
  const mono = (text: string) => <span className="mono">{text}</span>
  const ago = (at: string | null) => (at ? <Instant at={at} relative /> : t('never'))
  return (
    <Facts
      facts={[
        [t('Health'), <Health key="health" webhook={webhook} />],
        receiver && [t('Receiver'), <ReceiverLink key="receiver" to={receiver} />],
        [t('Events'), mono(events.join(' '))],
        rules && [t('Limited to'), <RuleList key="rules" rules={rules} />],
        format === 'cloudevents' && [t('Format'), 'CloudEvents 1.0'],
        include_previous && [t('Previous values'), t('sent with updates')],
        ordering === 'resource' && [t('Order of events'), t('kept for each record')],
        filter && [t('Filter'), mono(filter)],
        transform && [t('Transform'), mono(transform)],
        public_keys.length > 0 && [t('Public key'), <PublicKeys key="keys" keys={public_keys} />],
        header_names.length > 0 && [t('Custom headers'), mono(header_names.join(', '))],
        client_certificate && [
          t('Client certificate'),
          <Certificate key="certificate" of={client_certificate} />,
        ],
        [t('Last success'), ago(health.last_success_at)],
        [t('Last failure'), ago(health.last_failure_at)],
        previous_secret_expires_at &&
          !isPast(previous_secret_expires_at) && [
            t('Previous secret'),
            rich('signs beside the new one until <time/>', {
              time: <Instant at={previous_secret_expires_at} />,
            }),
          ],
        [t('Owner'), <UserName key="owner" id={owner_id} />],
        [t('Created'), <Instant key="created" at={created_at} />],
      ]}
    />
  )
}
