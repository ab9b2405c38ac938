import type { Db } from '../db/database.ts'
import { toTimestamp } from '../lib/timestamps.ts'
import { generateToken, hashToken } from './session-token.ts'

/** What a link opens, once: the first administrator, or a new password for a user. */
export type LinkSubject = 'setup' | `user:${number}`

/**
 * Replaces the link of the subject, and removes links that have expired.
 * @returns the token of the new link. Put it behind a `#`: browsers never send that part to a server, so no log holds it.
 */
export async function replaceLink(
  db: Db,
  subject: LinkSubject,
  { nowMs, lifetimeMs }: { nowMs: number; lifetimeMs: number },
): Promise<string> {
  const token = generateToken()
  const link = { token_hash: hashToken(token), expires_at: toTimestamp(nowMs + lifetimeMs) }
  await db.deleteFrom('one_time_links').where('expires_at', '<=', toTimestamp(nowMs)).execute()
  await db
    .insertInto('one_time_links')
    .values({ subject, ...link })
    .onConflict((conflict) => conflict.column('subject').doUpdateSet(link))
    .execute()
  return token
}

/** The subject of a link that is still valid. */
export async function subjectOfLink(db: Db, token: string, nowMs: number): Promise<LinkSubject | undefined> {
  const link = await db
    .selectFrom('one_time_links')
    .select('subject')
    .where('token_hash', '=', hashToken(token))
    .where('expires_at', '>', toTimestamp(nowMs))
    .executeTakeFirst()
  return link?.subject as LinkSubject | undefined
}

/** @returns whether it still existed: of two requests that take the same link, one gets it */
export async function takeLink(db: Db, token: string): Promise<boolean> {
  const taken = await db
    .deleteFrom('one_time_links')
    .where('token_hash', '=', hashToken(token))
    .returning('subject')
    .executeTakeFirst()
  return taken !== undefined
}

export async function dropLink(db: Db, subject: LinkSubject): Promise<void> {
  await db.deleteFrom('one_time_links').where('subject', '=', subject).execute()
}
