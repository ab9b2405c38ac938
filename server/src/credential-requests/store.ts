import type { Insertable, Selectable, Updateable } from 'kysely'
import type { StoredRole } from '../access/roles.ts'
import { rolesOf } from '../access/store.ts'
import type { Db } from '../db/database.ts'
import { lockingRow } from '../db/dialect.ts'
import { cutSlice, type Slice } from '../db/page.ts'
import type { CredentialRequestsTable } from '../db/tables.ts'
import type { RequestStatus } from './schema.ts'

export type RequestRow = Selectable<CredentialRequestsTable> & {
  /** As it is now; null for a guest. */
  requester_role: StoredRole | null
}

export interface RequestFilter {
  requester_id?: number | undefined
  status?: RequestStatus | undefined
  /** Until the task gets to it, an approved request has lapsed by the clock alone. */
  now: string
}

export async function insertRequest(db: Db, row: Insertable<CredentialRequestsTable>): Promise<RequestRow> {
  const inserted = await db
    .insertInto('credential_requests')
    .values(row)
    .returningAll()
    .executeTakeFirstOrThrow()
  return { ...inserted, requester_role: null, ...(await withRoles(db, [inserted]))[0] }
}

export async function findRequest(
  db: Db,
  id: number,
  { forUpdate = false } = {},
): Promise<RequestRow | undefined> {
  let query = db.selectFrom('credential_requests').selectAll().where('id', '=', id)
  if (forUpdate) query = query.modifyEnd(lockingRow(db))
  return (await withRoles(db, await query.execute()))[0]
}

export async function findIdByToken(db: Db, tokenHash: string): Promise<number | undefined> {
  const query = db.selectFrom('credential_requests').select('id').where('token_hash', '=', tokenHash)
  return (await query.executeTakeFirst())?.id
}

export async function listRequests(db: Db, filter: RequestFilter, slice: Slice): Promise<RequestRow[]> {
  const query = cutSlice(matching(db, filter), db.selectFrom('credential_requests'), slice)
  return withRoles(db, await query.selectAll().execute())
}

/** Counts rows: open requests are bounded, and finished ones are pruned. */
export async function countRequests(db: Db, filter: RequestFilter): Promise<number> {
  const { total } = await matching(db, filter)
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow()
  return total
}

/** Locks the user, so that two requests at the same moment are counted one after the other. */
export async function lockRequester(db: Db, userId: number): Promise<void> {
  await db.selectFrom('users').select('id').where('id', '=', userId).modifyEnd(lockingRow(db)).execute()
}

/** Requests that are pending, or approved and not collected. */
export async function countOpen(db: Db, requesterId: number, now: string): Promise<number> {
  const { total } = await open(db, now)
    .where('requester_id', '=', requesterId)
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow()
  return total
}

/** The same of guests: all of them, and those of one address block. */
export async function countOpenOfGuests(db: Db, block: string, now: string) {
  const rows = await open(db, now).where('requester_id', 'is', null).select('address_block').execute()
  return { all: rows.length, ofBlock: rows.filter(({ address_block }) => address_block === block).length }
}

export async function updateRequest(
  db: Db,
  id: number,
  changes: Updateable<CredentialRequestsTable>,
): Promise<void> {
  await db.updateTable('credential_requests').set(changes).where('id', '=', id).execute()
}

/** Approved requests that were not collected in time. */
export async function takeLapsed(db: Db, now: string, limit: number): Promise<number[]> {
  const rows = await db
    .selectFrom('credential_requests')
    .select('id')
    .where('status', '=', 'approved')
    .where('collect_until', '<=', now)
    .orderBy('id')
    .limit(limit)
    .modifyEnd(lockingRow(db))
    .execute()
  return rows.map(({ id }) => id)
}

/** @returns how many finished requests it deleted */
export async function pruneFinished(db: Db, before: string, limit: number): Promise<number> {
  const old = db
    .selectFrom('credential_requests')
    .select('id')
    .where('status', 'in', ['refused', 'withdrawn', 'lapsed', 'collected'])
    .where('updated_at', '<=', before)
    .limit(limit)
  const { numDeletedRows } = await db
    .deleteFrom('credential_requests')
    .where('id', 'in', old)
    .executeTakeFirstOrThrow()
  return Number(numDeletedRows)
}

function open(db: Db, now: string) {
  return db
    .selectFrom('credential_requests')
    .where((eb) =>
      eb.or([
        eb('status', '=', 'pending'),
        eb.and([eb('status', '=', 'approved'), eb('collect_until', '>', now)]),
      ]),
    )
}

function matching(db: Db, { requester_id, status, now }: RequestFilter) {
  let query = db.selectFrom('credential_requests')
  if (requester_id !== undefined) query = query.where('requester_id', '=', requester_id)
  if (status === undefined) return query
  if (status === 'approved') return query.where('status', '=', status).where('collect_until', '>', now)
  if (status !== 'lapsed') return query.where('status', '=', status)
  return query.where((eb) =>
    eb.or([
      eb('status', '=', 'lapsed'),
      eb.and([eb('status', '=', 'approved'), eb('collect_until', '<=', now)]),
    ]),
  )
}

async function withRoles(
  db: Db,
  rows: readonly Selectable<CredentialRequestsTable>[],
): Promise<RequestRow[]> {
  const roles = await rolesOf(db, [...new Set(rows.flatMap(({ requester_id }) => requester_id ?? []))])
  return rows.map((row) => ({ ...row, requester_role: roles.get(row.requester_id ?? 0) ?? null }))
}
