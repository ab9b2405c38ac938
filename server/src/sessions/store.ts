import type { Insertable, Selectable } from 'kysely'
import type { Db } from '../db/database.ts'
import { cutSlice, type Slice } from '../db/page.ts'
import type { SessionsTable } from '../db/tables.ts'

export type SessionRow = Selectable<SessionsTable>

export function findSession(db: Db, id: number): Promise<SessionRow | undefined> {
  return db.selectFrom('sessions').selectAll().where('id', '=', id).executeTakeFirst()
}

/** What tells sessions that have not ended: seen after the one instant, and ending after the other. */
export interface Living {
  seenAfter: string
  now: string
}

/** Those of one user that have not ended. */
export function listSessions(db: Db, userId: number, living: Living, slice: Slice): Promise<SessionRow[]> {
  return cutSlice(ofUser(db, userId, living), db.selectFrom('sessions'), slice)
    .selectAll()
    .execute()
}

/** Counted row by row: a user has only so many. */
export async function countSessions(db: Db, userId: number, living: Living): Promise<number> {
  const { total } = await ofUser(db, userId, living)
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow()
  return total
}

export function insertSession(db: Db, row: Insertable<SessionsTable>): Promise<SessionRow> {
  return db.insertInto('sessions').values(row).returningAll().executeTakeFirstOrThrow()
}

/** @returns what was deleted; undefined when the user has no such session */
export function deleteSession(db: Db, id: number, userId: number): Promise<SessionRow | undefined> {
  return db
    .deleteFrom('sessions')
    .where('id', '=', id)
    .where('user_id', '=', userId)
    .returningAll()
    .executeTakeFirst()
}

/** Whoever's it is. @returns what was deleted */
export function deleteByToken(db: Db, tokenHash: string): Promise<SessionRow | undefined> {
  return db.deleteFrom('sessions').where('token_hash', '=', tokenHash).returningAll().executeTakeFirst()
}

/** Drops what has ended anyway, and the user's oldest ones beyond `keep`. */
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
