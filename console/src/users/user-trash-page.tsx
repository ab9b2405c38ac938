import type { TrashedUser, UserTrashQuery } from 'comserv'
import { comserv } from '../api/client.ts'
import type { Column } from '../list/list-table.tsx'
import { Page } from '../shell/page.tsx'
import { TrashList } from '../trash/trash-list.tsx'
import { usersTrail } from './trail.ts'
import { roleLabel } from './words.ts'

const columns: readonly Column<TrashedUser>[] = [
  {
    label: 'User',
    render: ({ username, email }) => (
      <>
        <b>{username}</b>
        <div className="quiet">{email}</div>
      </>
    ),
  },
  { label: 'Role', render: ({ role }) => roleLabel(role) },
]

export function UserTrashPage() {
  return (
    <Page
      title="Trash"
      under={usersTrail}
      guide="users#delete-and-bring-back"
      lead="Deleted users, until the day on which they are gone for good."
    >
      <TrashList
        of="users"
        fetch={(query: UserTrashQuery) => comserv.users.trash(query)}
        columns={columns}
        nameOf={({ username }) => username}
        restore={(id) => comserv.users.restore(id)}
        restores="They are as they were: with their role and status, their password, and the keys that they own."
      />
    </Page>
  )
}
