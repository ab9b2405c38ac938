import { Anchor, Button } from '@mantine/core'
import type { Webhook } from 'comserv'
import { Link } from 'react-router'
import { comserv } from '../api/client.ts'
import type { Column } from '../list/list-table.tsx'
import { ResourceList } from '../list/resource-list.tsx'
import { Empty } from '../parts/empty.tsx'
import { Icon } from '../parts/icon.tsx'
import { Instant } from '../parts/instant.tsx'
import { useMay } from '../session/use-session.ts'
import { developer, Page } from '../shell/page.tsx'
import { UserName } from '../users/user-name.tsx'
import { Health } from './health.tsx'

const columns: readonly Column<Webhook>[] = [
  {
    label: 'Destination',
    render: ({ id, url, description }) => (
      <>
        <Anchor component={Link} to={`/console/developer/webhooks/${id}`} fw={600}>
          {url}
        </Anchor>
        {description && <div className="quiet anywhere">{description}</div>}
      </>
    ),
  },
  { label: 'Health', render: (webhook) => <Health webhook={webhook} /> },
  { label: 'Events', render: ({ events }) => <span className="mono">{events.join(' ')}</span> },
  { label: 'Owner', render: ({ owner_id }) => <UserName id={owner_id} /> },
  {
    label: 'Created',
    sort: 'created_at',
    sortsByDefault: 'descending',
    nowrap: true,
    render: ({ created_at }) => <Instant at={created_at} />,
  },
]

export function WebhooksPage() {
  const may = useMay()
  const add = may('webhooks:write') && (
    <Button component={Link} to="new" leftSection={<Icon name="plus" size={16} />}>
      Add Webhook
    </Button>
  )
  return (
    <Page title="Webhooks" under={developer} guide="webhooks" actions={add}>
      <ResourceList
        label="Webhooks"
        queryKey={['webhooks']}
        fetch={comserv.webhooks.list}
        columns={columns}
        refreshMs={15_000}
        empty={
          <Empty title="No webhook yet" action={add}>
            A webhook tells another program what happened here, at once: a request to an address of yours,
            signed with a secret that only the two of you know.
          </Empty>
        }
      />
    </Page>
  )
}
