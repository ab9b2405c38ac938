import { Anchor, Paper, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from 'react-router'
import { comserv } from '../api/client.ts'
import { Instant } from '../parts/instant.tsx'
import { useMay } from '../session/use-session.ts'

/** Documents by their last change: what people did, in one request. */
export function RecentChanges() {
  const mayRead = useMay()('documents:read')
  const { data } = useQuery({
    queryKey: ['documents', 'recent'],
    queryFn: () => comserv.documents.list({ sort: '-updated_at', limit: 6 }),
    enabled: mayRead,
    refetchInterval: 30_000,
  })
  return (
    <section>
      <Title order={2} size="h4" mb="xs">
        Changed last
      </Title>
      <Paper withBorder p="lg">
        {data?.data.length === 0 && <Text c="dimmed">No document yet.</Text>}
        <ul className="recent">
          {data?.data.map(({ id, title, updated_at }) => (
            <li key={id}>
              <Anchor component={Link} to={`/console/documents/${id}`}>
                {title}
              </Anchor>
              <span className="quiet">
                <Instant at={updated_at} relative />
              </span>
            </li>
          ))}
        </ul>
        <Anchor component={Link} to="/console/developer/events" size="sm">
          All events
        </Anchor>
      </Paper>
    </section>
  )
}
