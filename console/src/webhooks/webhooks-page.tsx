import type { Webhook, WebhookListQuery } from 'comserv'
import { comserv } from '../api/client.ts'
import { createdColumn, RowLink } from '../list/columns.tsx'
import type { Filter } from '../list/filter-bar.tsx'
import type { Column } from '../list/list-table.tsx'
import { ListPage } from '../record/list-page.tsx'
import { useMay } from '../session/use-session.ts'
import { developer } from '../shell/page.tsx'
import { TryWebhook } from '../test-receivers/try-webhook.tsx'
import { UserName } from '../users/user-name.tsx'
import { Health } from './health.tsx'
import { webhooks } from './webhooks.ts'

const columns: readonly Column<Webhook>[] = [
  { label: 'Destination', render: ({ id, url }) => <RowLink kind={webhooks} id={id} label={url} /> },
  { label: 'Description', isExtra: true, render: ({ description }) => <bdi>{description}</bdi> },
  { label: 'Health', isLong: true, render: (webhook) => <Health webhook={webhook} /> },
  { label: 'Events', render: ({ events }) => <span className="mono">{events.join(' ')}</span> },
  { label: 'Owner', render: ({ owner_id }) => <UserName id={owner_id} /> },
  createdColumn('descending'),
]

export function WebhooksPage() {
  const may = useMay()
  const owner: Filter = { kind: 'user', name: 'owner_id', label: 'Owner' }
  return (
    <ListPage
      title="Webhooks"
      under={developer}
      guide={webhooks.guide}
      queryKey={['webhooks', 'list']}
      fetch={(query: WebhookListQuery) => comserv.webhooks.list(query)}
      columns={columns}
      refreshMs={15_000}
      // Others see only their own.
      filters={may('admin') ? [owner] : []}
      create={may('webhooks:write') && 'Add Webhook'}
      more={<TryWebhook />}
      empty={{
        title: 'No webhook yet',
        text: 'A webhook sends events to another program as they happen: each is a request to a URL of yours, signed with a secret that only you and the receiver know.',
      }}
    />
  )
}
