import type { TrashedUser } from 'comserv'
import { comserv } from '../api/client.ts'
import { TrashPage } from '../trash/trash-page.tsx'
import { usersTrail } from './new-user-page.tsx'

export function UsersTrashPage() {
  return (
    <TrashPage<TrashedUser>
      what="users"
      trail={usersTrail}
      queryKey={['users']}
      fetch={comserv.users.trash}
      nameOf={({ username, email }) => (
        <>
          <b>{username}</b> <span className="quiet block">{email}</span>
        </>
      )}
      restore={({ id }) => comserv.users.restore(id)}
      pathOf={({ id }) => `/console/users/${id}`}
      titleOf={({ username }) => username}
    />
  )
}
