import { Anchor, Button, Paper, Stack } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { DeliveryWithAttempts, Webhook } from 'comserv'
import { Link, useNavigate, useParams } from 'react-router'
import { comserv } from '../api/client.ts'
import { t } from '../i18n/t.ts'
import { CodeBlock } from '../parts/code-block.tsx'
import { Facts } from '../parts/facts.tsx'
import { Icon } from '../parts/icon.tsx'
import { Instant } from '../parts/instant.tsx'
import { noticeOfProblem } from '../parts/notice.ts'
import { Reading } from '../parts/reading.tsx'
import { Section } from '../parts/section.tsx'
import { Status } from '../parts/status.tsx'
import { useRecord } from '../record/use-record.ts'
import { useMay } from '../session/use-session.ts'
import { Page } from '../shell/page.tsx'
import { webhookName } from '../webhooks/webhook-name.ts'
import { webhooks } from '../webhooks/webhooks.ts'
import { About } from './about.tsx'
import { Attempt } from './attempt.tsx'
import { erasedReason, isErased, reasonOf } from './reason.ts'
import { Waiting } from './waiting.tsx'

export function DeliveryPage() {
  const id = Number(useParams().id)
  const read = useQuery({
    queryKey: ['deliveries', id],
    queryFn: () => comserv.deliveries.get(id),
    // Until it is final.
    refetchInterval: ({ state }) => (state.data && state.data.finished_at === null ? 2_000 : false),
  })
  const delivery = read.data
  const webhook = useRecord(webhooks, delivery?.webhook_id, {
    enabled: delivery !== undefined && delivery.reason !== 'webhook_deleted',
    refreshMs: delivery?.status === 'pending' ? 10_000 : undefined,
  })
  const toWebhook = delivery && {
    label: webhook.data
      ? webhookName(webhook.data.data)
      : t('Webhook {{webhook_id}}', { webhook_id: delivery.webhook_id }),
    to: `${webhooks.path}/${delivery.webhook_id}`,
  }
  return (
    <Page
      title={delivery ? t('Delivery of {{event_type}}', { event_type: delivery.event_type }) : t('Delivery')}
      under={[...webhooks.trail, ...(toWebhook ? [toWebhook] : [])]}
      guide="webhooks#see-what-was-sent"
      actions={
        delivery && (
          <>
            <Cancel delivery={delivery} />
            <Resend delivery={delivery} />
          </>
        )
      }
    >
      <Reading query={read}>
        {(delivery) => (
          <>
            <Paper withBorder p="lg">
              <DeliveryFacts delivery={delivery} webhook={webhook.data?.data} />
            </Paper>
            <Section title={t('Attempts')}>
              {delivery.log.length === 0 && <p className="quiet">{t('None yet.')}</p>}
              <Stack gap="sm">
                {delivery.log.map((attempt) => (
                  <Attempt
                    key={attempt.number}
                    attempt={attempt}
                    isOpen={attempt.number === delivery.log.length}
                  />
                ))}
              </Stack>
            </Section>
            {!isSample(delivery) && <Body eventId={delivery.event_id} />}
          </>
        )}
      </Reading>
    </Page>
  )
}

function DeliveryFacts(props: { delivery: DeliveryWithAttempts; webhook: Webhook | undefined }) {
  const { status, attempts, message_id, created_at, finished_at, resent_as, generation } = props.delivery
  const { waiting_behind } = props.delivery
  const { resource } = props.delivery
  return (
    <Facts
      facts={[
        [t('Status'), <Status key="status" value={status} />],
        (props.delivery.reason || isErased(props.delivery)) && [
          t('Reason'),
          reasonOf(props.delivery) ?? erasedReason,
        ],
        resource && [t('About'), <About key="about" of={resource} />],
        isSample(props.delivery) && [t('Test'), t('the documented sample of this event type')],
        [t('Attempts'), attempts],
        [
          t('Message id'),
          <span key="message" className="mono">
            {message_id}
          </span>,
        ],
        [
          t('Created'),
          <>
            <Instant at={created_at} seconds />
            {generation > 1 && `, ${t('sent again')}`}
          </>,
        ],
        status === 'pending' && [
          t('Next attempt'),
          <Waiting key="next" wait={props.delivery} webhook={props.webhook} />,
        ],
        waiting_behind !== null && [
          t('Waits for'),
          <Anchor key="behind" component={Link} to={`/console/developer/deliveries/${waiting_behind}`}>
            {t('delivery {{waiting_behind}}', { waiting_behind })}
          </Anchor>,
        ],
        finished_at && [t('Finished'), <Instant key="finished" at={finished_at} seconds />],
        resent_as !== null && [
          t('Sent again'),
          <Anchor key="again" component={Link} to={`/console/developer/deliveries/${resent_as}`}>
            {t('as delivery {{resent_as}}', { resent_as })}
          </Anchor>,
        ],
      ]}
    />
  )
}

/** The event log has a ping in its place. */
function isSample({ test, event_type }: DeliveryWithAttempts): boolean {
  return test && event_type !== 'ping'
}

/** The body, which is the same in every attempt. */
function Body({ eventId }: { eventId: number }) {
  const may = useMay()
  const { data } = useQuery({
    queryKey: ['events', 'one', eventId],
    queryFn: () => comserv.events.get(eventId),
    enabled: may('events:read'),
  })
  if (!data) return null
  return (
    <Section title={t('Body')}>
      <CodeBlock text={JSON.stringify(data.payload, null, 2)} what={t('the body')} />
    </Section>
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
    onError: (error) => noticeOfProblem(t('Not sent again'), error),
  })
  if (!may('webhooks:write') || isErased(delivery)) return null
  return (
    <Button leftSection={<Icon name="refresh" size={16} />} loading={isPending} onClick={() => mutate()}>
      {t('Resend')}
    </Button>
  )
}

function Cancel({ delivery }: { delivery: DeliveryWithAttempts }) {
  const may = useMay()
  const queryClient = useQueryClient()
  const { mutate, isPending } = useMutation({
    mutationFn: () => comserv.deliveries.cancel(delivery.id),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['deliveries', delivery.id] }),
    onError: (error) => noticeOfProblem(t('Not cancelled'), error),
  })
  const waits = delivery.status === 'pending' || delivery.status === 'held'
  if (!waits || !may('webhooks:write')) return null
  return (
    <Button variant="default" loading={isPending} onClick={() => mutate()}>
      {t('Cancel delivery')}
    </Button>
  )
}
