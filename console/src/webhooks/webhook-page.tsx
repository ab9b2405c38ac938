import { Alert, Loader, Paper, Title } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import type { Webhook, WebhookWithSecret } from 'comserv'
import { useState } from 'react'
import { useParams } from 'react-router'
import { comserv } from '../api/client.ts'
import { DeliveryList } from '../deliveries/delivery-list.tsx'
import { Icon } from '../parts/icon.tsx'
import { Instant, isPast } from '../parts/instant.tsx'
import { ProblemAlert } from '../parts/problem-alert.tsx'
import { Page } from '../shell/page.tsx'
import { UserName } from '../users/user-name.tsx'
import { Health } from './health.tsx'
import { Outcomes } from './outcomes.tsx'
import { WebhookActions } from './webhook-actions.tsx'
import { WebhookSecret } from './webhook-secret.tsx'
import { webhooksTrail } from './webhooks-trail.ts'

export function WebhookPage() {
  const id = Number(useParams().id)
  const queryClient = useQueryClient()
  const { data, error, refetch } = useQuery({
    queryKey: ['webhooks', 'one', id],
    queryFn: () => comserv.webhooks.get(id),
    refetchInterval: 10_000,
  })
  const [rotated, setRotated] = useState<WebhookWithSecret>()
  if (rotated) {
    return (
      <Page title="Store the new secret now" under={webhooksTrail}>
        <WebhookSecret webhook={rotated} onDone={() => setRotated(undefined)} />
      </Page>
    )
  }
  return (
    <Page
      title={data?.url ?? 'Webhook'}
      lead={data?.description}
      under={webhooksTrail}
      guide="webhooks"
      actions={
        data && (
          <WebhookActions
            webhook={data}
            onChanged={() => queryClient.invalidateQueries({ queryKey: ['webhooks'] })}
            onRotated={setRotated}
          />
        )
      }
    >
      {error && <ProblemAlert error={error} retry={() => void refetch()} />}
      {!data && !error && <Loader aria-label="Loading" />}
      {data && (
        <>
          {data.health.needs_attention && <Attention webhook={data} />}
          <Paper withBorder p="lg">
            <Facts webhook={data} />
          </Paper>
          <Outcomes webhookId={id} title="Attempts over time" />
          <section>
            <Title order={2} size="h4" mb="xs">
              Deliveries
            </Title>
            <DeliveryList webhook={data} />
          </section>
        </>
      )}
    </Page>
  )
}

function Attention({ webhook: { status, health } }: { webhook: Webhook }) {
  return (
    <Alert
      role="status"
      color="orange"
      variant="outline"
      className="notice"
      icon={<Icon name="warning" />}
      title={
        status === 'disabled' ? 'Nothing is sent to this address any more' : 'This receiver needs attention'
      }
    >
      {status === 'disabled'
        ? 'Mend the receiver, then resume: what could not be sent is kept, and “Recover since…” sends it again.'
        : 'It has not answered with success for a while. Look at the last deliveries below for what it answers.'}
      {health.disables_at && (
        <>
          {' '}
          Without a success it is disabled <Instant at={health.disables_at} relative />.
        </>
      )}
    </Alert>
  )
}

function Facts({ webhook }: { webhook: Webhook }) {
  const { events, owner_id, created_at, previous_secret_expires_at, header_names, health } = webhook
  return (
    <dl className="facts">
      <dt>Health</dt>
      <dd>
        <Health webhook={webhook} />
      </dd>
      <dt>Events</dt>
      <dd className="mono">{events.join(' ')}</dd>
      {header_names.length > 0 && (
        <>
          <dt>Headers of its own</dt>
          <dd className="mono">{header_names.join(', ')}</dd>
        </>
      )}
      <dt>Last success</dt>
      <dd>{health.last_success_at ? <Instant at={health.last_success_at} relative /> : 'never'}</dd>
      <dt>Last failure</dt>
      <dd>{health.last_failure_at ? <Instant at={health.last_failure_at} relative /> : 'never'}</dd>
      {previous_secret_expires_at && !isPast(previous_secret_expires_at) && (
        <>
          <dt>Former secret</dt>
          <dd>
            signs beside the new one until <Instant at={previous_secret_expires_at} />
          </dd>
        </>
      )}
      <dt>Owner</dt>
      <dd>
        <UserName id={owner_id} />
      </dd>
      <dt>Created</dt>
      <dd>
        <Instant at={created_at} />
      </dd>
    </dl>
  )
}
