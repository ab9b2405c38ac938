import type { Insertable, Selectable, Updateable } from 'kysely'
import { readCount } from '../db/counters.ts'
import type { Db, Transaction } from '../db/database.ts'
import { lockingRow } from '../db/dialect.ts'
import { cutSlice, type Slice } from '../db/page.ts'
import type { HooksTable } from '../db/tables.ts'

export type HookRow = Selectable<HooksTable>

export function listHooks(db: Db, slice: Slice): Promise<HookRow[]> {
  return cutSlice(db.selectFrom('hooks'), db.selectFrom('hooks'), slice).selectAll().execute()
}

export function countHooks(db: Db): Promise<number> {
  return readCount(db, 'hooks')
}

export function findHook(db: Db, id: number, { forUpdate = false } = {}): Promise<HookRow | undefined> {
  const query = db.selectFrom('hooks').selectAll().where('id', '=', id)
  return (forUpdate ? query.modifyEnd(lockingRow(db)) : query).executeTakeFirst()
}

/** In the order in which they are called. */
export function listActive(db: Db): Promise<HookRow[]> {
  return db.selectFrom('hooks').selectAll().where('status', '=', 'active').orderBy('id').execute()
}

export async function insertHook(trx: Transaction, row: Insertable<HooksTable>): Promise<HookRow> {
  trx.count('hooks', 1)
  return trx.db.insertInto('hooks').values(row).returningAll().executeTakeFirstOrThrow()
}

export function updateHook(db: Db, id: number, changes: Updateable<HooksTable>): Promise<HookRow> {
  return db.updateTable('hooks').set(changes).where('id', '=', id).returningAll().executeTakeFirstOrThrow()
}

export async function deleteHook(trx: Transaction, id: number): Promise<void> {
  await trx.db.deleteFrom('hooks').where('id', '=', id).execute()
  trx.count('hooks', -1)
}

/** What a process has seen of a hook. */
export type Seen = Pick<
  HookRow,
  | 'consecutive_failures'
  | 'failing_since'
  | 'last_success_at'
  | 'last_failure_at'
  | 'circuit_trips'
  | 'circuit_open_until'
>

/** Unless the hook was changed meanwhile. */
export async function noteSeen(db: Db, id: number, version: number, seen: Seen): Promise<void> {
  await db.updateTable('hooks').set(seen).where('id', '=', id).where('version', '=', version).execute()
}
