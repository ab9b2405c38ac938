import type { ListedUser, TrashedUser } from 'comserv'
import { comserv } from '../api/client.ts'
import { t } from '../i18n/t.ts'
import { type BulkAction, useBulk } from '../record/bulk.tsx'
import { deleteAll, restoreAll, updateAll } from '../record/bulk-changes.ts'
import { useSignedIn } from '../session/use-session.ts'
import { users } from './users.ts'

const batch = (items: Parameters<typeof comserv.users.batch>[0]) => comserv.users.batch(items)

const setStatus = (rows: readonly ListedUser[], status: ListedUser['status']) =>
  updateAll<ListedUser, Pick<ListedUser, 'status'>>(batch, rows, { status }, (row) => ({
    status: row.status,
  }))

const actions: readonly BulkAction<ListedUser>[] = [
  {
    verb: t('Suspend'),
    question: (things) => t('Suspend {{things}}?', { things }),
    done: t('suspended'),
    explains: t(
      'They are signed out now and cannot sign in, and the keys that they own stop working. Nothing is lost: Activate restores everything.',
    ),
    applies: ({ status }) => status !== 'suspended',
    run: (rows) => setStatus(rows, 'suspended'),
  },
  {
    verb: t('Activate'),
    question: (things) => t('Activate {{things}}?', { things }),
    done: t('activated'),
    explains: t('They can sign in, and the keys that they own work again.'),
    isHarmless: true,
    applies: ({ status }) => status !== 'active',
    run: (rows) => setStatus(rows, 'active'),
  },
  {
    verb: t('Delete'),
    question: (things) => t('Delete {{things}}?', { things }),
    done: t('moved to the trash'),
    explains: t(
      'They are signed out now, and the keys that they own stop working. Their documents stay. They can be restored from the trash.',
    ),
    applies: () => true,
    run: (rows) => deleteAll(batch, rows, (id) => comserv.users.restore(id)),
  },
]

export function restoreUsers(rows: readonly TrashedUser[]) {
  return restoreAll(batch, rows, async (id) => (await comserv.users.restore(id).withResponse()).etag)
}

/** All but oneself: nobody signs themselves out by a tick too many. */
export function useBulkUsers() {
  const own = useSignedIn().user.id
  return useBulk<ListedUser>({
    plural: 'users',
    titleOf: ({ username }) => username,
    pathOf: ({ id }) => `${users.path}/${id}`,
    isSelectable: ({ id }) => id !== own,
    actions,
  })
}
