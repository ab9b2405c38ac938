import type { Context } from '../context.ts'
import type { Task } from '../lib/background.ts'
import { purging } from '../trash/service.ts'
import { findExpired, purgeUsers } from './store.ts'

/**
 * Makes the users whose time in the trash is over unrecognisable. The row stays, because documents and credentials name
 * it as their author and owner; nothing that belongs to the person does.
 */
export function userPurging(context: Context): Task {
  return purging(context, {
    name: 'purge users',
    action: 'user.purge',
    batchMax: 100,
    findExpired,
    purge: purgeUsers,
  })
}
