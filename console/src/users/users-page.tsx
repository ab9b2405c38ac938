import type { ListedUser, TrashedUser, UserListQuery, UserTrashQuery } from 'comserv'
import { comserv } from '../api/client.ts'
import { RoleName, useCatalog, useRoleLabel } from '../catalog/use-catalog.ts'
import { t } from '../i18n/t.ts'
import { createdColumn, RowLink } from '../list/columns.tsx'
import type { Filter } from '../list/filter-bar.tsx'
import type { Column } from '../list/list-table.tsx'
import { RowInstant } from '../list/row-instant.tsx'
import { Status } from '../parts/status.tsx'
import { ImportPage } from '../record/import-page.tsx'
import { ListPage } from '../record/list-page.tsx'
import { TrashPage } from '../record/trash-page.tsx'
import { useMay } from '../session/use-session.ts'
import { admin } from '../shell/page.tsx'
import { restoreUsers, useBulkUsers } from './bulk-users.ts'
import { users } from './users.ts'
import { userStatuses } from './words.ts'

const columns: readonly Column<ListedUser>[] = [
  {
    key: 'username',
    label: t('User'),
    render: ({ id, username }) => <RowLink kind={users} id={id} label={username} />,
  },
  { key: 'email', label: t('Email'), isLong: true, render: ({ email }) => email },
  { key: 'role', label: t('Role'), render: ({ role }) => <RoleName role={role} /> },
  { key: 'status', label: t('Status'), isWhole: true, render: ({ status }) => <Status value={status} /> },
  {
    key: 'last_login',
    label: t('Last signed in'),
    isWhole: true,
    render: ({ last_login }) =>
      last_login ? <RowInstant at={last_login} /> : <span className="quiet">{t('never')}</span>,
  },
  createdColumn('descending'),
]

export function UsersPage() {
  const labelOfRole = useRoleLabel()
  const mayWrite = useMay()('users:write')
  const bulk = useBulkUsers()
  const roles = useCatalog().roles.map(({ name }) => ({ value: name, label: labelOfRole(name) }))
  const filters: readonly Filter[] = [
    { kind: 'search', name: 'q', label: t('Search') },
    { kind: 'choice', name: 'role', label: t('Role'), options: roles.toReversed() },
    { kind: 'choice', name: 'status', label: t('Status'), options: userStatuses },
  ]
  return (
    <ListPage
      title={t('Users')}
      under={admin}
      guide={users.guide}
      queryKey={['users', 'list']}
      fetch={(query: UserListQuery) => comserv.users.list({ sort: '-created_at', ...query })}
      columns={columns}
      filters={filters}
      selecting={mayWrite ? bulk : undefined}
      create={mayWrite && t('New user')}
      hasTrash={mayWrite}
      imports={mayWrite}
      download={{
        name: 'users',
        ask: (filters: UserListQuery) => comserv.users.list({ ...filters, limit: 1 }),
      }}
      empty={{
        title: t('No users yet'),
        text: t('Create a user for each person; the role decides what they may do.'),
      }}
    />
  )
}

const trashed: readonly Column<TrashedUser>[] = [
  {
    key: 'username',
    label: t('User'),
    render: ({ username }) => <b dir="auto">{username}</b>,
  },
  { key: 'email', label: t('Email'), isLong: true, render: ({ email }) => email },
  { key: 'role', label: t('Role'), render: ({ role }) => <RoleName role={role} /> },
]

export function UserTrashPage() {
  return (
    <TrashPage
      kind={users}
      guide="users#delete-and-restore"
      fetch={(query: UserTrashQuery) => comserv.users.trash(query)}
      columns={trashed}
      titleOf={({ username }) => username}
      restore={(id, as) => comserv.users.restore(id, as)}
      restoreAll={restoreUsers}
      restores={t(
        'They are as they were: with their role and status, their password, and the keys that they own.',
      )}
      takeable={[
        { name: 'username', label: t('Username') },
        { name: 'email', label: t('Email') },
      ]}
    />
  )
}

export function ImportUsersPage() {
  return <ImportPage kind={{ ...users, plural: 'users' }} />
}
