import { Anchor } from '@mantine/core'
import type { Event } from 'comserv'
import { Link } from 'react-router'

const folders: Record<Event['resource_type'], string> = {
  user: '/console/users',
  document: '/console/documents',
  webhook: '/console/developer/webhooks',
}

/** What an event happened to, and the way there as long as it is there. */
export function EventPlace({ event }: { event: Event }) {
  const { type, resource_type, resource_id } = event
  const place = `${resource_type} ${resource_id}`
  if (type.endsWith('.deleted')) return <span>{place}</span>
  return (
    <Anchor component={Link} to={`${folders[resource_type]}/${resource_id}`} underline="always">
      {place}
    </Anchor>
  )
}
