import type { Insertable, Selectable } from 'kysely'
import type { Db } from '../db/database.ts'
import { lockingRow } from '../db/dialect.ts'
import type { PasskeysTable } from '../db/tables.ts'

export type PasskeyRow = Selectable<PasskeysTable>

/** Their number is bounded. */
export function listPasskeys(db: Db, userId: number): Promise<PasskeyRow[]> {
  return db.selectFrom('passkeys').selectAll().where('user_id', '=', userId).orderBy('id').execute()
}

export function findByCredential(
  db: Db,
  credentialId: string,
  { forUpdate = false } = {},
): Promise<PasskeyRow | undefined> {
  const query = db.selectFrom('passkeys').selectAll().where('credential_id', '=', credentialId)
  return (forUpdate ? query.modifyEnd(lockingRow(db)) : query).executeTakeFirst()
}

/** @returns undefined when somebody has it already */
export function insertPasskey(db: Db, row: Insertable<PasskeysTable>): Promise<PasskeyRow | undefined> {
  return db
    .insertInto('passkeys')
    .values(row)
    .onConflict((conflict) => conflict.column('credential_id').doNothing())
    .returningAll()
    .executeTakeFirst()
}

export async function changePasskey(db: Db, id: number, changes: Partial<PasskeyRow>): Promise<void> {
  await db.updateTable('passkeys').set(changes).where('id', '=', id).execute()
}

export async function deletePasskey(db: Db, id: number): Promise<void> {
  await db.deleteFrom('passkeys').where('id', '=', id).execute()
}

export async function deletePasskeysOf(db: Db, userId: number): Promise<void> {
  await db.deleteFrom('passkeys').where('user_id', '=', userId).execute()
}
