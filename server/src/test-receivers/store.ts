import type { Insertable, Selectable } from 'kysely'
import type { Db } from '../db/database.ts'
import { lockingRow } from '../db/dialect.ts'
import { cutSlice, type Slice } from '../db/page.ts'
import type { TestReceiptsTable, TestReceiversTable } from '../db/tables.ts'

export type ReceiverRow = Selectable<TestReceiversTable>
export type ReceiptRow = Selectable<TestReceiptsTable>

/** Requests that are kept of each receiver. */
export const keptMax = 20

/** One that has expired is gone, even if it is not deleted yet. */
function living(db: Db, now: string) {
  return db.selectFrom('test_receivers').where('expires_at', '>', now)
}

export function listReceivers(db: Db, ownerId: number, now: string, slice: Slice): Promise<ReceiverRow[]> {
  const query = living(db, now).where('owner_id', '=', ownerId)
  return cutSlice(query, db.selectFrom('test_receivers'), slice).selectAll().execute()
}

/** Counts rows: there are a few for each owner. */
export async function countReceivers(db: Db, ownerId: number, now: string): Promise<number> {
  const { total } = await living(db, now)
    .where('owner_id', '=', ownerId)
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow()
  return total
}

export function findReceiver(
  db: Db,
  by: { id: number } | { token: string },
  now: string,
): Promise<ReceiverRow | undefined> {
  const [[column, value] = []] = Object.entries(by)
  return living(db, now)
    .selectAll()
    .where(column as 'id' | 'token', '=', value)
    .executeTakeFirst()
}

/** Locks the user, so that two creates at the same moment are counted one after the other. */
export async function lockOwner(db: Db, userId: number): Promise<void> {
  await db.selectFrom('users').select('id').where('id', '=', userId).modifyEnd(lockingRow(db)).execute()
}

export function insertReceiver(db: Db, row: Insertable<TestReceiversTable>): Promise<ReceiverRow> {
  return db.insertInto('test_receivers').values(row).returningAll().executeTakeFirstOrThrow()
}

export async function deleteReceiver(db: Db, id: number): Promise<void> {
  await db.deleteFrom('test_receivers').where('id', '=', id).execute()
}

/** @returns how many it deleted */
export async function deleteExpired(db: Db, now: string, limit: number): Promise<number> {
  const old = db.selectFrom('test_receivers').select('id').where('expires_at', '<=', now).limit(limit)
  const { numDeletedRows } = await db.deleteFrom('test_receivers').where('id', 'in', old).executeTakeFirst()
  return Number(numDeletedRows)
}

/** Counts the request, keeps it, and deletes the oldest that are too many. */
export async function insertReceipt(
  db: Db,
  row: Insertable<TestReceiptsTable>,
  { id }: Pick<ReceiverRow, 'id'>,
): Promise<void> {
  await db
    .updateTable('test_receivers')
    .set((eb) => ({ received: eb('received', '+', 1), last_received_at: row.received_at }))
    .where('id', '=', id)
    .execute()
  await db.insertInto('test_receipts').values(row).execute()
  const kept = db
    .selectFrom('test_receipts')
    .select('id')
    .where('receiver_id', '=', id)
    .orderBy('id', 'desc')
    .limit(keptMax)
  await db.deleteFrom('test_receipts').where('receiver_id', '=', id).where('id', 'not in', kept).execute()
}

/** Newest first. */
export function listReceipts(db: Db, receiverId: number): Promise<ReceiptRow[]> {
  return db
    .selectFrom('test_receipts')
    .selectAll()
    .where('receiver_id', '=', receiverId)
    .orderBy('id', 'desc')
    .limit(keptMax)
    .execute()
}

/** The webhooks that send to a URL. */
export async function webhooksAt(db: Db, url: string, limit: number): Promise<number[]> {
  const rows = await db
    .selectFrom('webhooks')
    .select('id')
    .where('url', '=', url)
    .where('deleted_at', 'is', null)
    .orderBy('id')
    .limit(limit)
    .execute()
  return rows.map(({ id }) => id)
}

/** The person that an event is about. */
export async function subjectOfEvent(db: Db, eventId: number): Promise<number | null | undefined> {
  const row = await db.selectFrom('events').select('subject_id').where('id', '=', eventId).executeTakeFirst()
  return row?.subject_id
}
