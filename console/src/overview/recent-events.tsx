import { Anchor, Loader, Paper, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from 'react-router'
import { comserv } from '../api/client.ts'
import { EventPlace } from '../events/event-place.tsx'
import { Instant } from '../parts/instant.tsx'
import { ProblemAlert } from '../parts/problem-alert.tsx'

const shown = 8

/** What happened last, whoever did it. */
export function RecentEvents() {
  const { data, error } = useQuery({
    queryKey: ['events', 'recent'],
    queryFn: async () => (await comserv.events.list({ sort: '-log', limit: shown })).data,
    refetchInterval: 5_000,
  })
  return (
    <Paper withBorder p="lg" component="section" aria-label="Recent events">
      <Title order={2} size="h4" mb="sm">
        Recent events
      </Title>
      {error && <ProblemAlert error={error} />}
      {!data && !error && <Loader aria-label="Loading the events" />}
      {data?.length === 0 && (
        <Text c="dimmed" mb="sm">
          Nothing has happened yet. Every change of a user or a document appears here at once.
        </Text>
      )}
      {data && data.length > 0 && (
        <ul className="recent">
          {data.map((event) => (
            <li key={event.id}>
              <span>
                <span className="mono">{event.type}</span> <EventPlace event={event} />
              </span>
              <span className="quiet">
                <Instant at={event.occurred_at} relative />
              </span>
            </li>
          ))}
        </ul>
      )}
      <Anchor component={Link} to="/console/developer/events" size="sm">
        All events, live
      </Anchor>
    </Paper>
  )
}
