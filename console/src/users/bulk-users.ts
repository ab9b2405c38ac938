import type { ListedUser, TrashedUser } from 'comserv'
import { comserv } from '../api/client.ts'
import { t } from '../i18n/t.ts'
import { type BulkAction, useBulk } from '../record/bulk.tsx'
import { deleteAll, type OnProgress, restoreAll, updateAll } from '../record/bulk-changes.ts'
import { useSignedIn } from '../session/use-session.ts'
import { users } from './users.ts'

const batch = (items: Parameters<typeof comserv.users.batch>[0]) => comserv.users.batch(items)

const setStatus = (rows: readonly ListedUser[], status: ListedUser['status'], onProgress: OnProgress) =>
  updateAll<ListedUser, Pick<ListedUser, 'status'>>(
    batch,
    rows,
    { status },
    (row) => ({ status: row.status }),
    onProgress,
  )

const actions: readonly BulkAction<ListedUser>[] = [
  {
    verb: t('Suspend'),
    question: (things) => t('Suspend {{things}}?', { things }),
    done: t('suspended'),
    explains: t(
      'They are signed out now and cannot sign in, and the keys that they own stop working. Nothing is lost: Activate restores everything.',
    ),
    applies: ({ status }) => status !== 'suspended',
    run: (rows, onProgress) => setStatus(rows, 'suspended', onProgress),
  },
  {
    verb: t('Activate'),
    question: (things) => t('Activate {{things}}?', { things }),
    done: t('activated'),
    explains: t('They can sign in, and the keys that they own work again.'),
    isHarmless: true,
    applies: ({ status }) => status !== 'active',
    run: (rows, onProgress) => setStatus(rows, 'active', onProgress),
  },
  {
    verb: t('Delete'),
    question: (things) => t('Delete {{things}}?', { things }),
    done: t('moved to the trash'),
    explains: t(
      'They are signed out now, and the keys that they own stop working. Their documents stay. They can be restored from the trash.',
    ),
    applies: () => true,
    run: (rows, onProgress) => deleteAll(batch, rows, (id) => comserv.users.restore(id), onProgress),
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
    hasAll: true,
    titleOf: ({ username }) => username,
    pathOf: ({ id }) => `${users.path}/${id}`,
    isSelectable: ({ id }) => id !== own,
    actions,
  })
}
