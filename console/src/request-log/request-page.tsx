import { Anchor, Paper } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { Event, LoggedRequest } from 'comserv'
import { Link, useParams } from 'react-router'
import { comserv } from '../api/client.ts'
import { KeyName } from '../credentials/key-name.tsx'
import { EventPlace } from '../events/event-place.tsx'
import { t } from '../i18n/t.ts'
import { CopyButton } from '../parts/copy-button.tsx'
import { Facts } from '../parts/facts.tsx'
import { Instant } from '../parts/instant.tsx'
import { Reading } from '../parts/reading.tsx'
import { Section } from '../parts/section.tsx'
import { Status } from '../parts/status.tsx'
import { useMay } from '../session/use-session.ts'
import { developer, Page } from '../shell/page.tsx'
import { UserName } from '../users/user-name.tsx'
import { durationOf, endpointOf, HttpStatus, requestLogPath } from './request-log.tsx'
import './request-page.css'

const trail = [...developer, { label: t('Requests'), to: requestLogPath }]
/** A batch may have caused a thousand. */
const eventsShown = 20

export function RequestPage() {
  const id = Number(useParams().id)
  const read = useQuery({ queryKey: ['requests', 'one', id], queryFn: () => comserv.requests.get(id) })
  const seesEvents = useMay()('events:read')
  const request = read.data
  return (
    <Page title={request ? endpointOf(request) : t('Request')} under={trail} guide="request-log">
      <Reading query={read}>
        {(request) => (
          <>
            <Paper withBorder p="lg">
              <RequestFacts request={request} />
            </Paper>
            {seesEvents && <Events requestId={request.request_id} />}
          </>
        )}
      </Reading>
    </Page>
  )
}

function RequestFacts({ request }: { request: LoggedRequest }) {
  const {
    status,
    error,
    credential_id,
    session_id,
    application_id,
    user_id,
    request_id,
    occurred_at,
    ip,
    deprecated,
  } = request
  const mono = (text: string) => <span className="mono">{text}</span>
  return (
    <Facts
      facts={[
        [t('Status'), <HttpStatus key="status" status={status} />],
        error && [t('Error'), mono(error.code)],
        error?.details && [
          t('Details'),
          <>
            {error.details}
            {error.details.includes('…') && (
              <span className="quiet block">{t('… replaces values that were sent; they are not kept.')}</span>
            )}
          </>,
        ],
        deprecated && [t('Deprecated'), t('This endpoint may be removed one day.')],
        [t('When'), <Instant key="when" at={occurred_at} seconds />],
        [t('Duration'), durationOf(request)],
        credential_id !== null && [t('Key'), <KeyName key="key" id={credential_id} />],
        [credential_id === null ? t('User') : t('Owner'), <UserName key="user" id={user_id} />],
        session_id !== null && [t('Session'), session_id],
        application_id !== null && [t('Application'), application_id],
        [t('From'), ip === null ? t('erased') : mono(ip)],
        [
          t('Request id'),
          <>
            {mono(request_id)} <CopyButton text={request_id} what={t('request id')} />
          </>,
        ],
      ]}
    />
  )
}

/** What the request changed, and where that was sent. */
function Events({ requestId }: { requestId: string }) {
  const query = useQuery({
    queryKey: ['events', 'request', requestId],
    queryFn: () => comserv.events.list({ request_id: requestId, limit: eventsShown }),
  })
  return (
    <Section title={t('Events')} frame="around">
      <Reading query={query} label={t('Loading the events')}>
        {({ data, meta }) => (
          <>
            {data.length === 0 && <p className="quiet">{t('None: it changed nothing that events tell.')}</p>}
            <ul className="caused">
              {data.map((event) => (
                <Caused key={event.id} event={event} />
              ))}
            </ul>
            {meta.total_count > data.length && (
              <p className="quiet">{t('and {{count}} more', { count: meta.total_count - data.length })}</p>
            )}
          </>
        )}
      </Reading>
    </Section>
  )
}

function Caused({ event }: { event: Event }) {
  const seesDeliveries = useMay()('webhooks:read')
  return (
    <li>
      <span>
        <span className="mono">{event.type}</span> <EventPlace event={event} />
      </span>
      {seesDeliveries && <Deliveries eventId={event.id} />}
    </li>
  )
}

function Deliveries({ eventId }: { eventId: number }) {
  const { data } = useQuery({
    queryKey: ['events', 'deliveries', eventId],
    queryFn: () => comserv.events.deliveries(eventId, { limit: eventsShown }),
  })
  if (!data) return null
  if (data.data.length === 0) return <span className="quiet block">{t('sent to no webhook')}</span>
  return (
    <ul>
      {data.data.map(({ id, webhook_id, status }) => (
        <li key={id}>
          <Anchor component={Link} to={`/console/developer/deliveries/${id}`}>
            {t('delivery {{id}}', { id })}
          </Anchor>{' '}
          {t('to webhook {{id}}', { id: webhook_id })} <Status value={status} />
        </li>
      ))}
    </ul>
  )
}
