import type { Context } from '../context.ts'
import type { Task } from '../lib/background.ts'
import { purging } from '../trash/service.ts'
import { findExpired, purgeDocuments } from './store.ts'

/** Removes for good, with all their revisions, the documents whose time in the trash is over. */
export function documentPurging(context: Context): Task {
  return purging(context, {
    name: 'purge documents',
    action: 'document.purge',
    batchMax: 50,
    findExpired,
    purge: purgeDocuments,
  })
}
