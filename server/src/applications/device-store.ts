import type { Insertable, Selectable, Updateable } from 'kysely'
import type { Db } from '../db/database.ts'
import { lockingRow } from '../db/dialect.ts'
import type { DeviceRequestsTable } from '../db/tables.ts'

export type DeviceRequestRow = Selectable<DeviceRequestsTable>

export async function insertRequest(db: Db, row: Insertable<DeviceRequestsTable>): Promise<void> {
  await db.insertInto('device_requests').values(row).execute()
}

/** Counts rows, of which there are few: each lives for ten minutes. */
export async function countRequests(db: Db, applicationId: number): Promise<number> {
  const { total } = await db
    .selectFrom('device_requests')
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .where('application_id', '=', applicationId)
    .executeTakeFirstOrThrow()
  return Number(total)
}

/** Locked until the transaction ends: a person and the device, or two polls, take turns. */
export function holdRequest(
  db: Db,
  by: 'device_code_hash' | 'user_code',
  value: string,
): Promise<DeviceRequestRow | undefined> {
  return db
    .selectFrom('device_requests')
    .selectAll()
    .where(by, '=', value)
    .modifyEnd(lockingRow(db))
    .executeTakeFirst()
}

/** A request that still waits for its person. */
export function findWaiting(db: Db, userCode: string, now: string): Promise<DeviceRequestRow | undefined> {
  return db
    .selectFrom('device_requests')
    .selectAll()
    .where('user_code', '=', userCode)
    .where('user_id', 'is', null)
    .where('denied', '=', 0)
    .where('expires_at', '>', now)
    .executeTakeFirst()
}

export async function updateRequest(
  db: Db,
  id: number,
  changes: Updateable<DeviceRequestsTable>,
): Promise<void> {
  await db.updateTable('device_requests').set(changes).where('id', '=', id).execute()
}

export async function deleteRequest(db: Db, id: number): Promise<void> {
  await db.deleteFrom('device_requests').where('id', '=', id).execute()
}

/** @param before those that ended by then @returns how many */
export async function deleteEndedRequests(db: Db, before: string, limit: number): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('device_requests')
    .where('id', 'in', (eb) =>
      eb.selectFrom('device_requests').select('id').where('expires_at', '<=', before).limit(limit),
    )
    .executeTakeFirstOrThrow()
  return Number(numDeletedRows)
}
