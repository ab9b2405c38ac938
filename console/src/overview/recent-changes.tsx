import { Anchor, Paper, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from 'react-router'
import { comserv } from '../api/client.ts'
import { Instant } from '../parts/instant.tsx'

/** Documents by their last change, for those who may not read events. */
export function RecentChanges() {
  const { data } = useQuery({
    queryKey: ['documents', 'recent'],
    queryFn: () => comserv.documents.list({ sort: '-updated_at', limit: 8 }),
    refetchInterval: 30_000,
  })
  return (
    <Paper withBorder p="lg" component="section" aria-label="Changed last">
      <Title order={2} size="h4" mb="sm">
        Changed last
      </Title>
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
      <Anchor component={Link} to="/console/documents" size="sm">
        All documents
      </Anchor>
    </Paper>
  )
}
