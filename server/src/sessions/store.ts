import type { Insertable, Selectable } from 'kysely'
import type { Db } from '../db/database.ts'
import { cutSlice, type Slice } from '../db/page.ts'
import type { SessionsTable } from '../db/tables.ts'

export type SessionRow = Selectable<SessionsTable>

export function findSession(db: Db, id: number): Promise<SessionRow | undefined> {
  return db.selectFrom('sessions').selectAll().where('id', '=', id).executeTakeFirst()
}

/** Limits that exclude ended sessions: by last use, and by expiry. */
export interface Living {
  seenAfter: string
  now: string
}

/** The active sessions of a user. */
export function listSessions(db: Db, userId: number, living: Living, slice: Slice): Promise<SessionRow[]> {
  return cutSlice(ofUser(db, userId, living), db.selectFrom('sessions'), slice)
    .selectAll()
    .execute()
}

/** Counts rows: their number per user is bounded. */
export async function countSessions(db: Db, userId: number, living: Living): Promise<number> {
  const { total } = await ofUser(db, userId, living)
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow()
  return total
}

export function insertSession(db: Db, row: Insertable<SessionsTable>): Promise<SessionRow> {
  return db.insertInto('sessions').values(row).returningAll().executeTakeFirstOrThrow()
}

/** @returns whether the session still exists */
export async function confirm(db: Db, id: number, now: string): Promise<boolean> {
  const query = db.updateTable('sessions').set({ confirmed_at: now }).where('id', '=', id)
  return (await query.returning('id').executeTakeFirst()) !== undefined
}

/** @returns the deleted session; undefined when the user has no such session */
export function deleteSession(db: Db, id: number, userId: number): Promise<SessionRow | undefined> {
  return db
    .deleteFrom('sessions')
    .where('id', '=', id)
    .where('user_id', '=', userId)
    .returningAll()
    .executeTakeFirst()
}

export function deleteSessionsOf(db: Db, userId: number): Promise<SessionRow[]> {
  return db.deleteFrom('sessions').where('user_id', '=', userId).returningAll().execute()
}

/** Of any user. @returns the deleted session */
export function deleteByToken(db: Db, tokenHash: string): Promise<SessionRow | undefined> {
  return db.deleteFrom('sessions').where('token_hash', '=', tokenHash).returningAll().executeTakeFirst()
}

/** Deletes ended sessions, and the user's oldest ones beyond `keep`. */
export async function tidySessions(db: Db, userId: number, now: string, keep: number): Promise<void> {
  await db.deleteFrom('sessions').where('expires_at', '<=', now).execute()
  await db
    .deleteFrom('sessions')
    .where('user_id', '=', userId)
    .where('id', 'not in', (eb) =>
      eb.selectFrom('sessions').select('id').where('user_id', '=', userId).orderBy('id', 'desc').limit(keep),
    )
    .execute()
}

function ofUser(db: Db, userId: number, { seenAfter, now }: Living) {
  return db
    .selectFrom('sessions')
    .where('user_id', '=', userId)
    .where('last_seen_at', '>', seenAfter)
    .where('expires_at', '>', now)
}
