import { Anchor, Button } from '@mantine/core'
import type { ListedUser } from 'comserv'
import { Link } from 'react-router'
import { comserv } from '../api/client.ts'
import type { Filter } from '../list/filter-bar.tsx'
import type { Column } from '../list/list-table.tsx'
import { ResourceList } from '../list/resource-list.tsx'
import { Empty } from '../parts/empty.tsx'
import { Icon } from '../parts/icon.tsx'
import { Instant } from '../parts/instant.tsx'
import { Status } from '../parts/status.tsx'
import { useMay } from '../session/use-session.ts'
import { admin, Page } from '../shell/page.tsx'

const filters: readonly Filter[] = [
  { kind: 'search', name: 'q', label: 'Search' },
  { kind: 'choice', name: 'role', label: 'Role', options: ['admin', 'developer', 'editor', 'normal'] },
  { kind: 'choice', name: 'status', label: 'Status', options: ['active', 'inactive', 'suspended'] },
]

const columns: readonly Column<ListedUser>[] = [
  {
    label: 'Username',
    render: ({ id, username }) => (
      <Anchor component={Link} to={`/console/users/${id}`} fw={600}>
        {username}
      </Anchor>
    ),
  },
  { label: 'Email', render: ({ email }) => <span className="anywhere">{email}</span> },
  { label: 'Role', render: ({ role }) => role },
  { label: 'Status', render: ({ status }) => <Status value={status} /> },
  {
    label: 'Last sign-in',
    render: ({ last_login }) =>
      last_login ? <Instant at={last_login} relative /> : <span className="quiet">never</span>,
  },
  {
    label: 'Created',
    sort: 'created_at',
    sortsByDefault: 'ascending',
    nowrap: true,
    render: ({ created_at }) => <Instant at={created_at} />,
  },
]

export function UsersPage() {
  const may = useMay()
  const add = may('users:write') && (
    <Button component={Link} to="new" leftSection={<Icon name="plus" size={16} />}>
      Create user
    </Button>
  )
  return (
    <Page
      title="Users"
      under={admin}
      actions={
        <>
          {may('users:write') && (
            <Button
              component={Link}
              to="trash"
              variant="default"
              leftSection={<Icon name="trash" size={16} />}
            >
              Trash
            </Button>
          )}
          {add}
        </>
      }
    >
      <ResourceList
        label="Users"
        queryKey={['users', 'list']}
        fetch={comserv.users.list}
        columns={columns}
        filters={filters}
        empty={<Empty title="No user yet" action={add} />}
      />
    </Page>
  )
}
