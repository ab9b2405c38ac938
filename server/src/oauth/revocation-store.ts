import type { Insertable } from 'kysely'
import type { Db } from '../db/database.ts'
import type { RevokedTokensTable } from '../db/tables.ts'

export async function insertRevokedToken(db: Db, row: Insertable<RevokedTokensTable>): Promise<void> {
  await db
    .insertInto('revoked_tokens')
    .values(row)
    .onConflict((conflict) => conflict.column('jti').doNothing())
    .execute()
}

export async function deleteExpiredRevocations(db: Db, now: string): Promise<void> {
  await db.deleteFrom('revoked_tokens').where('expires_at', '<=', now).execute()
}
