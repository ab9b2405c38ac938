import { Anchor, Button, Loader, Paper, Stack, Title } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { DeliveryWithAttempts, Webhook } from 'comserv'
import { Link, useNavigate, useParams } from 'react-router'
import { comserv } from '../api/client.ts'
import { CodeBlock } from '../parts/code-block.tsx'
import { Icon } from '../parts/icon.tsx'
import { Instant } from '../parts/instant.tsx'
import { noticeOfProblem } from '../parts/notice.ts'
import { ProblemAlert } from '../parts/problem-alert.tsx'
import { Status } from '../parts/status.tsx'
import { useMay } from '../session/use-session.ts'
import { Page } from '../shell/page.tsx'
import { webhooksTrail } from '../webhooks/webhooks-trail.ts'
import { Attempt } from './attempt.tsx'
import { NextAttempt } from './next-attempt.tsx'

export function DeliveryPage() {
  const id = Number(useParams().id)
  const { data, error, refetch } = useQuery({
    queryKey: ['deliveries', id],
    queryFn: () => comserv.deliveries.get(id),
    // Until nothing more happens to it.
    refetchInterval: ({ state }) => (state.data && state.data.finished_at === null ? 2_000 : false),
  })
  const { data: webhook } = useQuery({
    queryKey: ['webhooks', 'one', data?.webhook_id],
    queryFn: () => comserv.webhooks.get(data?.webhook_id ?? 0),
    enabled: data?.next_attempt_at != null,
    refetchInterval: 10_000,
  })
  const trail = data
    ? [
        ...webhooksTrail,
        { label: `Webhook ${data.webhook_id}`, to: `/console/developer/webhooks/${data.webhook_id}` },
      ]
    : webhooksTrail
  return (
    <Page
      title={data ? `Delivery of ${data.event_type}` : 'Delivery'}
      under={trail}
      guide="webhooks#see-what-was-sent"
      actions={data && <Resend delivery={data} />}
    >
      {error && <ProblemAlert error={error} retry={() => void refetch()} />}
      {!data && !error && <Loader aria-label="Loading" />}
      {data && (
        <>
          <Paper withBorder p="lg">
            <Facts delivery={data} webhook={webhook} />
          </Paper>
          <Body eventId={data.event_id} />
          <section>
            <Title order={2} size="h4" mb="xs">
              Attempts
            </Title>
            {data.log.length === 0 && <p className="quiet">None yet.</p>}
            <Stack gap="sm">
              {data.log.map((attempt) => (
                <Attempt key={attempt.number} attempt={attempt} isOpen={attempt.number === data.log.length} />
              ))}
            </Stack>
          </section>
        </>
      )}
    </Page>
  )
}

function Facts({ delivery, webhook }: { delivery: DeliveryWithAttempts; webhook: Webhook | undefined }) {
  const { status, attempts, message_id, created_at, next_attempt_at, finished_at, resent_as, generation } =
    delivery
  return (
    <dl className="facts">
      <dt>Status</dt>
      <dd>
        <Status value={status} />
      </dd>
      <dt>Attempts</dt>
      <dd>{attempts}</dd>
      <dt>Message id</dt>
      <dd className="mono">{message_id}</dd>
      <dt>Created</dt>
      <dd>
        <Instant at={created_at} seconds />
        {generation > 1 && ', sent again'}
      </dd>
      {next_attempt_at && (
        <>
          <dt>Next attempt</dt>
          <dd>
            <NextAttempt at={next_attempt_at} webhook={webhook} />
          </dd>
        </>
      )}
      {finished_at && (
        <>
          <dt>Finished</dt>
          <dd>
            <Instant at={finished_at} seconds />
          </dd>
        </>
      )}
      {resent_as !== null && (
        <>
          <dt>Sent again</dt>
          <dd>
            <Anchor component={Link} to={`/console/developer/deliveries/${resent_as}`}>
              as delivery {resent_as}
            </Anchor>
          </dd>
        </>
      )}
    </dl>
  )
}

/** What was sent: the same body in every attempt. */
function Body({ eventId }: { eventId: number }) {
  const may = useMay()
  const { data } = useQuery({
    queryKey: ['events', 'one', eventId],
    queryFn: () => comserv.events.get(eventId),
    enabled: may('events:read'),
  })
  if (!data) return null
  return (
    <section>
      <Title order={2} size="h4" mb="xs">
        Body
      </Title>
      <CodeBlock text={JSON.stringify(data.payload, null, 2)} what="the body" />
    </section>
  )
}

function Resend({ delivery }: { delivery: DeliveryWithAttempts }) {
  const may = useMay()
  const navigate = useNavigate()
  const queryClient = useQueryClient()
  const { mutate, isPending } = useMutation({
    mutationFn: () => comserv.deliveries.resend(delivery.id),
    onSuccess: (again) => {
      void queryClient.invalidateQueries({ queryKey: ['deliveries', delivery.id] })
      navigate(`/console/developer/deliveries/${again.id}`)
    },
    onError: (error) => noticeOfProblem('Not sent again', error),
  })
  if (!may('webhooks:write')) return null
  return (
    <Button leftSection={<Icon name="refresh" size={16} />} loading={isPending} onClick={() => mutate()}>
      Resend
    </Button>
  )
}
