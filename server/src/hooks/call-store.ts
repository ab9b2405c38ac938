import type { Insertable, Selectable, SqlBool } from 'kysely'
import { sql } from 'kysely'
import { readCount } from '../db/counters.ts'
import type { Db, Transaction } from '../db/database.ts'
import { skippingLocked } from '../db/dialect.ts'
import { cutSlice, type Slice, withValues } from '../db/page.ts'
import type { HookCallsTable } from '../db/tables.ts'

export type CallRow = Selectable<HookCallsTable>
export type NewCall = Omit<Insertable<HookCallsTable>, 'id'>

/** What the input and the response are sealed for, under the key of the person whom they are about. */
export const callContext = 'hook_calls.content'

const counter = 'hook_calls'

export async function insertCalls(trx: Transaction, calls: readonly NewCall[]): Promise<void> {
  for (const call of calls) {
    const { hook_id, action, target_id, user_id, actor_type, actor_id, request_id, is_test } = call
    const { created_at, duration_ms, outcome, error, proceeded, input, response_body } = call
    const { input_truncated, response_status, response_truncated } = call
    await trx.db
      .insertInto('hook_calls')
      .values({
        ...{ hook_id, action, target_id, user_id, actor_type, actor_id, request_id, is_test },
        ...{ created_at, duration_ms, outcome, error, proceeded, input_truncated },
        ...{ response_status, response_truncated },
        input: await trx.seal(user_id ?? null, callContext, input),
        response_body: await trx.seal(user_id ?? null, callContext, response_body ?? null),
      })
      .execute()
  }
  trx.count(counter, calls.length)
}

export interface CallFilter {
  hook_id?: number | undefined
  outcome?: CallRow['outcome'] | undefined
  user_id?: number | undefined
}

export function listCalls(db: Db, filter: CallFilter, slice: Slice): Promise<CallRow[]> {
  return cutSlice(matching(db, filter), db.selectFrom('hook_calls'), slice).selectAll().execute()
}

/** From the counter, or with a filter over its index. */
export async function countCalls(db: Db, filter: CallFilter): Promise<number> {
  if (Object.values(filter).every((value) => value === undefined)) return readCount(db, counter)
  const { total } = await matching(db, filter)
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow()
  return total
}

export function findCall(db: Db, id: number): Promise<CallRow | undefined> {
  return db.selectFrom('hook_calls').selectAll().where('id', '=', id).executeTakeFirst()
}

function matching(db: Db, filter: CallFilter) {
  return withValues<'hook_calls', CallFilter>(db.selectFrom('hook_calls'), filter)
}

/** @returns how many, at most `limit` */
export async function deleteOlder(trx: Transaction, before: string, limit: number): Promise<number> {
  const oldest = trx.db
    .selectFrom('hook_calls')
    .select('id')
    .where('created_at', '<', before)
    .orderBy('created_at')
    .orderBy('id')
    .limit(limit)
    .modifyEnd(skippingLocked(trx.db))
  const { numDeletedRows } = await trx.db
    .deleteFrom('hook_calls')
    .where(sql<SqlBool>`id in (${oldest})`)
    .executeTakeFirstOrThrow()
  const deleted = Number(numDeletedRows)
  trx.count(counter, -deleted)
  return deleted
}
