import type { Webhook, WebhookListQuery } from 'comserv'
import { comserv } from '../api/client.ts'
import { labelOf, useCatalog } from '../catalog/use-catalog.ts'
import { t } from '../i18n/t.ts'
import { createdColumn, RowLink } from '../list/columns.tsx'
import type { Filter } from '../list/filter-bar.tsx'
import type { Column } from '../list/list-table.tsx'
import { ListPage } from '../record/list-page.tsx'
import { useMay } from '../session/use-session.ts'
import { developer } from '../shell/page.tsx'
import { TryWebhook } from '../test-receivers/try-webhook.tsx'
import { UserName } from '../users/user-name.tsx'
import { Health } from './health.tsx'
import { shortUrl } from './webhook-name.ts'
import { webhooks } from './webhooks.ts'
import './webhooks-page.css'

const columns: readonly Column<Webhook>[] = [
  {
    key: 'url',
    label: t('Destination'),
    render: ({ id, url, description }) => (
      <div className="webhook-name">
        <RowLink kind={webhooks} id={id} label={description || shortUrl(url)} title={url} />
        {description && (
          <>
            {' '}
            <span className="quiet">{shortUrl(url)}</span>
          </>
        )}
      </div>
    ),
  },
  {
    key: 'health',
    label: t('Health'),
    isWhole: true,
    isLong: true,
    sort: 'failing_since',
    sortsByDefault: 'descending',
    isOnlyDescending: true,
    render: (webhook) => <Health webhook={webhook} inRow />,
  },
  {
    key: 'events',
    label: t('Events'),
    render: ({ events }) => <span className="mono">{events.join(' ')}</span>,
  },
  { key: 'owner', label: t('Owner'), isSpare: true, render: ({ owner_id }) => <UserName id={owner_id} /> },
  createdColumn(),
]

const statuses = ['failing', 'active', 'paused', 'disabled'].map((value) => ({
  value,
  label: labelOf(value),
}))

export function WebhooksPage() {
  const may = useMay()
  const eventTypes = useCatalog().event_types.map(({ name }) => name)
  const filters: readonly Filter[] = [
    { kind: 'search', name: 'q', label: t('Search') },
    { kind: 'choice', name: 'status', label: t('Status'), options: statuses },
    { kind: 'choice', name: 'event_type', label: t('Event'), options: eventTypes },
    // Others see only their own.
    ...(may('admin') ? [{ kind: 'user', name: 'owner_id', label: t('Owner') } as const] : []),
  ]
  return (
    <ListPage
      title={t('Webhooks')}
      under={developer}
      guide={webhooks.guide}
      queryKey={['webhooks', 'list']}
      // What needs somebody comes first.
      fetch={(query: WebhookListQuery) => comserv.webhooks.list({ sort: '-failing_since', ...query })}
      columns={columns}
      refreshMs={15_000}
      filters={filters}
      create={may('webhooks:write') && t('Add Webhook')}
      more={<TryWebhook />}
      empty={{
        title: t('No webhook yet'),
        text: t(
          'A webhook sends events to another program as they happen: each is a request to a URL of yours, signed with a secret that only you and the receiver know.',
        ),
      }}
    />
  )
}
