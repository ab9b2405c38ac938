import { Anchor } from '@mantine/core'
import type { Delivery, DeliveryListQuery } from 'comserv'
import { Link } from 'react-router'
import { comserv } from '../api/client.ts'
import type { Filter } from '../list/filter-bar.tsx'
import type { Column } from '../list/list-table.tsx'
import { ResourceList } from '../list/resource-list.tsx'
import { Empty } from '../parts/empty.tsx'
import { Instant } from '../parts/instant.tsx'
import { Status } from '../parts/status.tsx'

export const eventTypes = [
  'user.created',
  'user.updated',
  'user.deleted',
  'document.created',
  'document.updated',
  'document.published',
  'document.deleted',
  'ping',
]

const filters: readonly Filter[] = [
  { kind: 'choice', name: 'status', label: 'Status', options: ['pending', 'sending', 'delivered', 'failed'] },
  { kind: 'choice', name: 'event_type', label: 'Event', options: eventTypes },
  { kind: 'instant', name: 'since', label: 'Since' },
]

const columns: readonly Column<Delivery>[] = [
  {
    label: 'Event',
    render: ({ id, event_type, generation }) => (
      <>
        <Anchor component={Link} to={`/console/developer/deliveries/${id}`} className="mono">
          {event_type}
        </Anchor>
        {generation > 1 && <span className="quiet block">sent again</span>}
      </>
    ),
  },
  { label: 'Status', render: ({ status }) => <Status value={status} /> },
  { label: 'Attempts', render: ({ attempts }) => attempts },
  {
    label: 'Next attempt',
    render: ({ next_attempt_at }) =>
      next_attempt_at ? <Instant at={next_attempt_at} relative /> : <span className="quiet">none</span>,
  },
  {
    label: 'Created',
    sort: 'created_at',
    sortsByDefault: 'descending',
    nowrap: true,
    render: ({ created_at }) => <Instant at={created_at} seconds />,
  },
]

export function DeliveryList({ webhookId }: { webhookId: number }) {
  return (
    <ResourceList
      label="Deliveries"
      queryKey={['webhooks', 'deliveries', webhookId]}
      fetch={(query: DeliveryListQuery) => comserv.webhooks.deliveries(webhookId, query)}
      columns={columns}
      filters={filters}
      refreshMs={5_000}
      empty={
        <Empty title="Nothing was sent yet">
          “Send test” sends a signed ping now. Otherwise the next event that it is subscribed to appears here.
        </Empty>
      }
    />
  )
}
