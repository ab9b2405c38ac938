import type { Selectable } from 'kysely'
import type { Db } from '../db/database.ts'
import { lockingRow } from '../db/dialect.ts'
import type { SignInsTable } from '../db/tables.ts'

export type SignInRow = Selectable<SignInsTable>

/** Beside it a person may be signing in elsewhere; beyond this the ones that end first go. */
const perUserMax = 10

export async function insertSignIn(db: Db, row: Omit<SignInRow, 'tries'>, now: string): Promise<void> {
  await db.deleteFrom('sign_ins').where('expires_at', '<=', now).execute()
  await db.insertInto('sign_ins').values(row).execute()
  const newest = db
    .selectFrom('sign_ins')
    .select('token_hash')
    .where('user_id', '=', row.user_id)
    .orderBy('expires_at', 'desc')
    .orderBy('token_hash')
    .limit(perUserMax)
  await db
    .deleteFrom('sign_ins')
    .where('user_id', '=', row.user_id)
    .where('token_hash', 'not in', newest)
    .execute()
}

/** @param now excludes those that have expired */
export async function findSignIn(
  db: Db,
  tokenHash: string,
  now: string,
  { forUpdate = false } = {},
): Promise<SignInRow | undefined> {
  const query = db
    .selectFrom('sign_ins')
    .selectAll()
    .where('token_hash', '=', tokenHash)
    .where('expires_at', '>', now)
  return (forUpdate ? query.modifyEnd(lockingRow(db)) : query).executeTakeFirst()
}

export async function countTry(db: Db, { token_hash, tries }: SignInRow): Promise<void> {
  await db
    .updateTable('sign_ins')
    .set({ tries: tries + 1 })
    .where('token_hash', '=', token_hash)
    .execute()
}

export async function deleteSignIn(db: Db, tokenHash: string): Promise<void> {
  await db.deleteFrom('sign_ins').where('token_hash', '=', tokenHash).execute()
}
