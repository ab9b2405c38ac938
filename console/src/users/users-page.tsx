import { Anchor, Button } from '@mantine/core'
import type { ListedUser, UserListQuery } from 'comserv'
import { Link } from 'react-router'
import { comserv } from '../api/client.ts'
import { ExportMenu } from '../list/export-menu.tsx'
import type { Filter } from '../list/filter-bar.tsx'
import type { Column } from '../list/list-table.tsx'
import { ResourceList } from '../list/resource-list.tsx'
import { Empty } from '../parts/empty.tsx'
import { Icon } from '../parts/icon.tsx'
import { Instant } from '../parts/instant.tsx'
import { Status } from '../parts/status.tsx'
import { useMay } from '../session/use-session.ts'
import { admin, Page } from '../shell/page.tsx'
import { roleLabel, roles, userStatuses } from './words.ts'

const filters: readonly Filter[] = [
  { kind: 'search', name: 'q', label: 'Search' },
  { kind: 'choice', name: 'role', label: 'Role', options: roles },
  { kind: 'choice', name: 'status', label: 'Status', options: userStatuses },
]

const columns: readonly Column<ListedUser>[] = [
  {
    label: 'User',
    render: ({ id, username, email }) => (
      <>
        <Anchor component={Link} to={`/console/users/${id}`} fw={600}>
          {username}
        </Anchor>
        <div className="quiet">{email}</div>
      </>
    ),
  },
  { label: 'Role', render: ({ role }) => roleLabel(role) },
  { label: 'Status', render: ({ status }) => <Status value={status} /> },
  {
    label: 'Last signed in',
    nowrap: true,
    render: ({ last_login }) =>
      last_login ? <Instant at={last_login} relative /> : <span className="quiet">never</span>,
  },
  {
    label: 'Created',
    sort: 'created_at',
    sortsByDefault: 'descending',
    nowrap: true,
    render: ({ created_at }) => <Instant at={created_at} />,
  },
]

export function UsersPage() {
  const mayWrite = useMay()('users:write')
  const create = mayWrite && (
    <Button component={Link} to="new" leftSection={<Icon name="plus" size={16} />}>
      New user
    </Button>
  )
  return (
    <Page
      title="Users"
      under={admin}
      guide="users"
      actions={
        <>
          {mayWrite && (
            <Button
              component={Link}
              to="trash"
              variant="default"
              leftSection={<Icon name="trash" size={16} />}
            >
              Trash
            </Button>
          )}
          <ExportMenu
            name="users"
            filterNames={filters.map(({ name }) => name)}
            ask={(filters: UserListQuery) => comserv.users.list({ ...filters, limit: 1 })}
          />
          {create}
        </>
      }
    >
      <ResourceList
        label="Users"
        queryKey={['users', 'list']}
        fetch={(query: UserListQuery) => comserv.users.list({ sort: '-created_at', ...query })}
        columns={columns}
        filters={filters}
        empty={
          <Empty title="Nobody is here yet" action={create}>
            Make a user for each person; a role says what they may do.
          </Empty>
        }
      />
    </Page>
  )
}
