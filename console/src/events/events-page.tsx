import { Button, Group, Loader, NativeSelect, Stack, Switch, Text } from '@mantine/core'
import type { Event } from 'comserv'
import { useState } from 'react'
import { Link, useSearchParams } from 'react-router'
import { useCatalog } from '../catalog/use-catalog.ts'
import { CodeBlock } from '../parts/code-block.tsx'
import { counted } from '../parts/counted.ts'
import { Empty } from '../parts/empty.tsx'
import { Icon } from '../parts/icon.tsx'
import { Instant } from '../parts/instant.tsx'
import { ProblemAlert } from '../parts/problem-alert.tsx'
import { developer, Page } from '../shell/page.tsx'
import { EventPlace } from './event-place.tsx'
import { type EventPage, useEvents } from './use-events.ts'
import '../list/list-table.css'
import '../parts/folded.css'
import './events-page.css'

/** The event log, newest first, updated live. Event type and position are in the URL. */
export function EventsPage() {
  const [params, setParams] = useSearchParams()
  const type = params.get('type') ?? ''
  const before = Number.parseInt(params.get('before') ?? '', 10) || undefined
  const [isLive, setLive] = useState(true)
  const { event_types: types, retention_days: days } = useCatalog()
  const { page, error, retry } = useEvents(type, before, isLive)
  return (
    <Page
      title="Events"
      under={developer}
      guide="events"
      lead={`Every change, as webhooks report it. Events are kept for ${counted(days.events, 'day')}.`}
    >
      <Stack gap="sm">
        <Group gap="lg" align="flex-end">
          <NativeSelect
            label="Type"
            value={type}
            onChange={(change) =>
              setParams(change.currentTarget.value ? { type: change.currentTarget.value } : {})
            }
            data={[{ value: '', label: 'All' }, ...types.map(({ name }) => name)]}
          />
          {before === undefined && (
            <Switch
              label="Live"
              mb={8}
              checked={isLive}
              onChange={(change) => setLive(change.currentTarget.checked)}
            />
          )}
        </Group>
        {error && <ProblemAlert error={error} retry={retry} />}
        {!page && !error && <Loader aria-label="Loading the events" />}
        {page?.events.length === 0 && <Nothing type={type} isOlder={before !== undefined} />}
        {page && page.events.length > 0 && (
          <section className="list-frame" aria-label="Events, the newest first">
            {page.events.map((event) => (
              <Line key={event.id} event={event} />
            ))}
          </section>
        )}
        {page && <Pages page={page} type={type} isOlder={before !== undefined} />}
      </Stack>
    </Page>
  )
}

function Nothing({ type, isOlder }: { type: string; isOlder: boolean }) {
  if (isOlder) return <Empty title="Nothing older is kept">Older events have been deleted.</Empty>
  return (
    <Empty title={type ? `No ${type} yet` : 'Nothing has happened yet'}>
      Every change of a user or a document appears here at once.
    </Empty>
  )
}

function Pages({ page, type, isOlder }: { page: EventPage; type: string; isOlder: boolean }) {
  const last = page.events.at(-1)
  const to = (before?: number) => {
    const params = new URLSearchParams(type ? { type } : {})
    if (before !== undefined) params.set('before', String(before))
    return { search: params.toString() }
  }
  return (
    <Group component="nav" justify="space-between" aria-label="Pages">
      <Text size="sm" c="dimmed">
        {last && !page.hasOlder && 'No older events are kept.'}
      </Text>
      <Group gap="xs">
        {isOlder && (
          <Button
            component={Link}
            to={to()}
            variant="default"
            size="xs"
            leftSection={<Icon name="left" size={14} />}
          >
            Newest events
          </Button>
        )}
        {page.hasOlder && last && (
          <Button
            component={Link}
            to={to(last.id)}
            variant="default"
            size="xs"
            rightSection={<Icon name="right" size={14} />}
          >
            Older events
          </Button>
        )}
      </Group>
    </Group>
  )
}

function Line({ event }: { event: Event }) {
  const { id, type, occurred_at, resource_type, resource_id } = event
  return (
    <details className="event folded">
      <summary>
        <span className="mono">{type}</span>
        <span>
          {resource_type} {resource_id}
        </span>
        <span className="quiet">
          <Instant at={occurred_at} seconds />
        </span>
        <span className="quiet">#{id}</span>
      </summary>
      <p>
        About <EventPlace event={event} />
      </p>
      <CodeBlock text={JSON.stringify(event.payload, null, 2)} what={`event ${id}`} />
    </details>
  )
}
