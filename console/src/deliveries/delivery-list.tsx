import { Anchor } from '@mantine/core'
import type { Delivery, DeliveryListQuery, Webhook } from 'comserv'
import { Link } from 'react-router'
import { comserv } from '../api/client.ts'
import { useCatalog } from '../catalog/use-catalog.ts'
import { number } from '../i18n/format.ts'
import { t } from '../i18n/t.ts'
import type { Filter } from '../list/filter-bar.tsx'
import type { Column } from '../list/list-table.tsx'
import { ResourceList } from '../list/resource-list.tsx'
import { RowInstant } from '../list/row-instant.tsx'
import { useSelection } from '../list/selection.tsx'
import { Empty } from '../parts/empty.tsx'
import { Status } from '../parts/status.tsx'
import { useMay } from '../session/use-session.ts'
import { About } from './about.tsx'
import { errorWords, reasonOf, shortly } from './reason.ts'
import { Selected } from './selected.tsx'
import { Waiting } from './waiting.tsx'

const columnsOf = (webhook: Webhook): readonly Column<Delivery>[] => [
  {
    key: 'event_type',
    label: t('Event'),
    render: ({ id, event_type, generation, test }) => (
      <>
        <Anchor component={Link} to={`/console/developer/deliveries/${id}`} className="mono">
          {event_type}
        </Anchor>
        {test && event_type !== 'ping' && (
          <>
            {' '}
            <span className="quiet block">{t('test')}</span>
          </>
        )}
        {generation > 1 && (
          <>
            {' '}
            <span className="quiet block">{t('sent again')}</span>
          </>
        )}
      </>
    ),
  },
  {
    key: 'resource',
    label: t('About'),
    render: ({ resource }) => (resource ? <About of={resource} /> : <span className="quiet">–</span>),
  },
  {
    key: 'status',
    label: t('Status'),
    isLong: true,
    render: (delivery) => (
      <>
        <Status value={delivery.status} />
        {delivery.reason && (
          <>
            {' '}
            <span className="quiet block">{reasonOf(delivery)}</span>
          </>
        )}
      </>
    ),
  },
  { key: 'attempts', label: t('Attempts'), isWhole: true, isExtra: true, render: ({ attempts }) => attempts },
  { key: 'response', label: t('Last response'), render: (delivery) => <LastResponse delivery={delivery} /> },
  {
    key: 'next_attempt',
    label: t('Next attempt'),
    isWhole: true,
    isLong: true,
    render: (delivery) =>
      delivery.status === 'pending' ? (
        <Waiting wait={delivery} webhook={webhook} />
      ) : (
        <span className="quiet">{t('none')}</span>
      ),
  },
  {
    key: 'created_at',
    label: t('Created'),
    sort: 'created_at',
    sortsByDefault: 'descending',
    isWhole: true,
    isSpare: true,
    render: ({ created_at }) => <RowInstant at={created_at} />,
  },
]

function LastResponse({ delivery }: { delivery: Delivery }) {
  const { last_response_status, last_error, last_duration_ms } = delivery
  if (last_duration_ms === null) return <span className="quiet">{t('none')}</span>
  return (
    <span>
      {last_response_status ?? (last_error && shortly(last_error))}{' '}
      <span className="quiet block">
        {t('{{last_duration_ms}} ms', { last_duration_ms: number(last_duration_ms) })}
      </span>
    </span>
  )
}

export function DeliveryList({ webhook }: { webhook: Webhook }) {
  const may = useMay()
  const selection = useSelection<Delivery>({ titleOf: ({ id }) => t('delivery {{id}}', { id }) })
  const types = useCatalog().event_types.map(({ name }) => name)
  const filters: readonly Filter[] = [
    {
      kind: 'choice',
      name: 'status',
      label: t('Status'),
      options: ['pending', 'sending', 'held', 'delivered', 'failed', 'discarded'],
    },
    { kind: 'choice', name: 'event_type', label: t('Event'), options: types },
    {
      kind: 'choice',
      name: 'response_class',
      label: t('Response'),
      options: ['2xx', '3xx', '4xx', '5xx'],
    },
    { kind: 'text', name: 'response_status', label: t('HTTP status'), isNumber: true, isMore: true },
    { kind: 'choice', name: 'error', label: t('Error'), options: errorWords, isMore: true },
    { kind: 'instant', name: 'since', label: t('Since'), isMore: true },
    { kind: 'instant', name: 'until', label: t('Until'), isMore: true },
  ]
  const isWriter = may('webhooks:write')
  return (
    <ResourceList
      label={t('Deliveries')}
      queryKey={['webhooks', 'deliveries', webhook.id]}
      fetch={(query: DeliveryListQuery) => comserv.webhooks.deliveries(webhook.id, query)}
      columns={columnsOf(webhook)}
      above={(rows) => isWriter && <Selected rows={rows} selection={selection} />}
      selecting={isWriter ? { column: selection.column } : undefined}
      filters={filters}
      refreshMs={5_000}
      empty={
        <Empty title={t('Nothing was sent yet')}>
          {t(
            '“Send test” sends a signed ping now. Otherwise the next event that it is subscribed to appears here.',
          )}
        </Empty>
      }
    />
  )
}
