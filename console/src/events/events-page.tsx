import { Anchor, Button, Group, Loader, NativeSelect, Stack, Switch, Text } from '@mantine/core'
import type { Event } from 'comserv'
import { Link, useSearchParams } from 'react-router'
import { eventTypes } from '../deliveries/delivery-list.tsx'
import { CodeBlock } from '../parts/code-block.tsx'
import { Empty } from '../parts/empty.tsx'
import { Instant } from '../parts/instant.tsx'
import { ProblemAlert } from '../parts/problem-alert.tsx'
import { developer, Page } from '../shell/page.tsx'
import { useEvents } from './use-events.ts'

/** The log, the newest above, growing while it is looked at. */
export function EventsPage() {
  const [params, setParams] = useSearchParams()
  const type = params.get('type') ?? ''
  const { events, error, isLive, setLive, hasOlder, readOlder, isReading } = useEvents(type)
  return (
    <Page title="Events" under={developer} guide="webhooks" lead="What happened, as webhooks tell it.">
      <Stack gap="sm">
        <Group gap="lg" align="flex-end">
          <NativeSelect
            label="Type"
            value={type}
            onChange={(change) =>
              setParams(change.currentTarget.value ? { type: change.currentTarget.value } : {})
            }
            data={[{ value: '', label: 'All' }, ...eventTypes]}
          />
          <Switch
            label="Live"
            mb={8}
            checked={isLive}
            onChange={(change) => setLive(change.currentTarget.checked)}
          />
        </Group>
        {error && <ProblemAlert error={error} />}
        {!events && !error && <Loader aria-label="Loading the events" />}
        {events?.length === 0 && (
          <Empty title={type ? `No ${type} yet` : 'Nothing has happened yet'}>
            Every change of a user or a document appears here at once.
          </Empty>
        )}
        {events && events.length > 0 && (
          <div className="list-frame" aria-live="off">
            {events.map((event) => (
              <Line key={event.id} event={event} />
            ))}
          </div>
        )}
        {hasOlder && (
          <Button variant="default" loading={isReading} onClick={readOlder}>
            Older events
          </Button>
        )}
        {events && events.length > 0 && !hasOlder && (
          <Text size="sm" c="dimmed">
            That is all that is kept.
          </Text>
        )}
      </Stack>
    </Page>
  )
}

function Line({ event }: { event: Event }) {
  const { id, type, occurred_at, resource_type, resource_id } = event
  const place = `${resource_type} ${resource_id}`
  const paths: Record<string, string> = {
    user: `/console/users/${resource_id}`,
    document: `/console/documents/${resource_id}`,
    webhook: `/console/developer/webhooks/${resource_id}`,
  }
  const isGone = type.endsWith('.deleted')
  return (
    <details className="event">
      <summary>
        <span className="mono">{type}</span>
        <span>{place}</span>
        <span className="quiet">
          <Instant at={occurred_at} seconds />
        </span>
        <span className="quiet">#{id}</span>
      </summary>
      {!isGone && (
        <p>
          <Anchor component={Link} to={paths[resource_type] ?? '/console'}>
            Open {place}
          </Anchor>
        </p>
      )}
      <CodeBlock text={JSON.stringify(event.payload, null, 2)} what={`event ${id}`} />
    </details>
  )
}
