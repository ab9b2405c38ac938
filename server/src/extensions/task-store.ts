import type { Selectable } from 'kysely'
import type { Db } from '../db/database.ts'
import type { ExtensionTasksTable } from '../db/tables.ts'

type Key = Pick<ExtensionTasksTable, 'extension' | 'name'>
type Lease = Record<'lease_token' | 'lease_until', string>

export function findTask(
  db: Db,
  { extension, name }: Key,
): Promise<Selectable<ExtensionTasksTable> | undefined> {
  return db
    .selectFrom('extension_tasks')
    .selectAll()
    .where('extension', '=', extension)
    .where('name', '=', name)
    .executeTakeFirst()
}

/** Of a task that is new, or has another schedule. */
export async function plan(
  db: Db,
  { extension, name, cron, due_at }: Key & { cron: string; due_at: string },
) {
  await db
    .insertInto('extension_tasks')
    .values({ extension, name, cron, due_at, last_run_at: null, lease_token: null, lease_until: null })
    .onConflict((conflict) => conflict.columns(['extension', 'name']).doUpdateSet({ cron, due_at }))
    .execute()
}

/** @returns whether nobody else has it */
export async function lease(db: Db, key: Key, lease: Lease, now: string): Promise<boolean> {
  const taken = await of(db, key)
    .set(lease)
    .where('due_at', '<=', now)
    .where((eb) => eb.or([eb('lease_until', 'is', null), eb('lease_until', '<=', now)]))
    .returning('name')
    .executeTakeFirst()
  return taken !== undefined
}

export async function renew(db: Db, key: Key, token: string, until: string): Promise<void> {
  await of(db, key).set({ lease_until: until }).where('lease_token', '=', token).execute()
}

export async function end(
  db: Db,
  key: Key,
  token: string,
  times: Record<'last_run_at' | 'due_at', string>,
): Promise<void> {
  const free = { lease_token: null, lease_until: null }
  await of(db, key)
    .set({ ...free, ...times })
    .where('lease_token', '=', token)
    .execute()
}

function of(db: Db, { extension, name }: Key) {
  return db.updateTable('extension_tasks').where('extension', '=', extension).where('name', '=', name)
}
