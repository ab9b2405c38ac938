import { Anchor, Button } from '@mantine/core'
import type { Credential } from 'comserv'
import { Link } from 'react-router'
import { comserv } from '../api/client.ts'
import type { Column } from '../list/list-table.tsx'
import { ResourceList } from '../list/resource-list.tsx'
import { Empty } from '../parts/empty.tsx'
import { Icon } from '../parts/icon.tsx'
import { Instant } from '../parts/instant.tsx'
import { Status } from '../parts/status.tsx'
import { useMay } from '../session/use-session.ts'
import { developer, Page } from '../shell/page.tsx'
import { UserName } from '../users/user-name.tsx'

const columns: readonly Column<Credential>[] = [
  {
    label: 'Name',
    render: ({ id, name, client_id }) => (
      <>
        <Anchor component={Link} to={`/console/developer/credentials/${id}`} fw={600}>
          {name}
        </Anchor>
        <div className="mono quiet">{client_id}</div>
      </>
    ),
  },
  { label: 'Status', render: ({ status }) => <Status value={status} /> },
  { label: 'Scopes', render: ({ scopes }) => <span className="mono">{scopes.join(' ')}</span> },
  { label: 'Tier', render: ({ tier }) => tier },
  { label: 'Owner', render: ({ owner_id }) => <UserName id={owner_id} /> },
  {
    label: 'Last used',
    render: ({ last_used_at, last_used_ip }) =>
      last_used_at ? (
        <span>
          <Instant at={last_used_at} relative />
          <span className="quiet block">{last_used_ip}</span>
        </span>
      ) : (
        <span className="quiet">never</span>
      ),
  },
  {
    label: 'Expires',
    render: ({ expires_at }) =>
      expires_at ? <Instant at={expires_at} relative /> : <span className="quiet">never</span>,
  },
  {
    label: 'Created',
    sort: 'created_at',
    sortsByDefault: 'descending',
    nowrap: true,
    render: ({ created_at }) => <Instant at={created_at} />,
  },
]

export function CredentialsPage() {
  const may = useMay()
  const generate = may('credentials:write') && (
    <Button component={Link} to="new" leftSection={<Icon name="plus" size={16} />}>
      Generate New API Key
    </Button>
  )
  return (
    <Page title="API Credentials" under={developer} guide="authentication" actions={generate}>
      <ResourceList
        label="API credentials"
        queryKey={['credentials']}
        fetch={comserv.credentials.list}
        columns={columns}
        empty={
          <Empty title="No key yet" action={generate}>
            A program needs a key to call the API. Generate one for each program: what each one may do, and
            when it was last used, can then be told apart.
          </Empty>
        }
      />
    </Page>
  )
}
