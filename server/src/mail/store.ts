import type { Insertable, Selectable } from 'kysely'
import type { Db } from '../db/database.ts'
import { lockingRow, skippingLocked } from '../db/dialect.ts'
import { cutSlice, type Slice, withValues } from '../db/page.ts'
import type { Lease } from '../db/processes.ts'
import type { MailsTable } from '../db/tables.ts'

export type MailRow = Selectable<MailsTable>

export interface MailFilter {
  status?: MailRow['status'] | undefined
  kind?: string | undefined
  user_id?: number | undefined
}

export function insertMail(db: Db, row: Insertable<MailsTable>): Promise<MailRow> {
  return db.insertInto('mails').values(row).returningAll().executeTakeFirstOrThrow()
}

export function findMail(db: Db, id: number, { forUpdate = false } = {}): Promise<MailRow | undefined> {
  const query = db.selectFrom('mails').selectAll().where('id', '=', id)
  return (forUpdate ? query.modifyEnd(lockingRow(db)) : query).executeTakeFirst()
}

export function listMails(db: Db, filter: MailFilter, slice: Slice): Promise<MailRow[]> {
  return cutSlice(matching(db, filter), db.selectFrom('mails'), slice).selectAll().execute()
}

/** Over an index of its filter; the retention bounds the log. */
export async function countMails(db: Db, filter: MailFilter): Promise<number> {
  const { total } = await matching(db, filter)
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow()
  return total
}

function matching(db: Db, filter: MailFilter) {
  return withValues<'mails', MailFilter>(db.selectFrom('mails'), filter)
}

export async function hasDue(db: Db, now: string): Promise<boolean> {
  const due = db.selectFrom('mails').select('id').where('status', '=', 'pending')
  return (await due.where('next_attempt_at', '<=', now).limit(1).executeTakeFirst()) !== undefined
}

/** Leases the oldest due mails; those that another process is leasing are skipped. */
export async function leaseDue(db: Db, now: string, limit: number, lease: Lease): Promise<MailRow[]> {
  const due = await db
    .selectFrom('mails')
    .select('id')
    .where('status', '=', 'pending')
    .where('next_attempt_at', '<=', now)
    .orderBy('next_attempt_at')
    .orderBy('id')
    .limit(limit)
    .modifyEnd(skippingLocked(db))
    .execute()
  if (due.length === 0) return []
  return db
    .updateTable('mails')
    .set({ status: 'sending', next_attempt_at: null, last_attempt_at: now, ...lease })
    .set((eb) => ({ attempts: eb('attempts', '+', 1) }))
    .where(
      'id',
      'in',
      due.map(({ id }) => id),
    )
    .returningAll()
    .execute()
}

/** Only for the process that still holds the lease. @returns whether it does */
export async function settleMail(
  db: Db,
  { id, lease_token }: Pick<MailRow, 'id' | 'lease_token'>,
  outcome: Pick<MailRow, 'status' | 'error' | 'next_attempt_at' | 'finished_at'>,
): Promise<boolean> {
  const settled = await db
    .updateTable('mails')
    .set({ ...outcome, lease_token: null, lease_until: null })
    .set(outcome.finished_at === null ? {} : { token: null })
    .where('id', '=', id)
    .where('lease_token', '=', lease_token)
    .returning('id')
    .executeTakeFirst()
  return settled !== undefined
}

/** @returns how many mails became due again */
export async function takeBackLeased(db: Db, until: string, now: string, limit: number): Promise<number> {
  const left = await db
    .selectFrom('mails')
    .select('id')
    .where('status', '=', 'sending')
    .where('lease_until', '<=', until)
    .limit(limit)
    .modifyEnd(skippingLocked(db))
    .execute()
  if (left.length === 0) return 0
  await db
    .updateTable('mails')
    .set({ status: 'pending', next_attempt_at: now, lease_token: null, lease_until: null })
    .where(
      'id',
      'in',
      left.map(({ id }) => id),
    )
    .execute()
  return left.length
}

export async function hasLeased(db: Db, until: string): Promise<boolean> {
  const leased = db.selectFrom('mails').select('id').where('status', '=', 'sending')
  return (await leased.where('lease_until', '<=', until).limit(1).executeTakeFirst()) !== undefined
}

/** A waiting mail is due now. */
export function hastenMail(db: Db, id: number, now: string): Promise<MailRow> {
  return db
    .updateTable('mails')
    .set({ next_attempt_at: now })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()
}

export async function noteResent(db: Db, id: number, resentAs: number): Promise<void> {
  await db.updateTable('mails').set({ resent_as: resentAs }).where('id', '=', id).execute()
}

/** @returns how many mails it deleted */
export async function deleteFinished(db: Db, until: string, limit: number): Promise<number> {
  const old = db.selectFrom('mails').select('id').where('finished_at', '<=', until).limit(limit)
  const { numDeletedRows } = await db.deleteFrom('mails').where('id', 'in', old).executeTakeFirst()
  return Number(numDeletedRows)
}

/** @returns undefined when nothing waits */
export async function oldestDue(db: Db, now: string): Promise<string | undefined> {
  const oldest = await db
    .selectFrom('mails')
    .select('next_attempt_at')
    .where('status', '=', 'pending')
    .where('next_attempt_at', '<=', now)
    .orderBy('next_attempt_at')
    .limit(1)
    .executeTakeFirst()
  return oldest?.next_attempt_at ?? undefined
}

/** Nobody who is deleted. */
export function findRecipient(
  db: Db,
  userId: number,
): Promise<{ id: number; email: string; status: string } | undefined> {
  return db
    .selectFrom('users')
    .select(['id', 'email', 'status'])
    .where('id', '=', userId)
    .where('deleted_at', 'is', null)
    .executeTakeFirst()
}
