import type { Selectable } from 'kysely'
import type { Db } from '../db/database.ts'
import { lockingRow } from '../db/dialect.ts'
import type { TotpSecretsTable } from '../db/tables.ts'

export type TotpRow = Selectable<TotpSecretsTable>

export function findTotp(db: Db, userId: number, { forUpdate = false } = {}): Promise<TotpRow | undefined> {
  const query = db.selectFrom('totp_secrets').selectAll().where('user_id', '=', userId)
  return (forUpdate ? query.modifyEnd(lockingRow(db)) : query).executeTakeFirst()
}

/** In place of one that was not confirmed. */
export async function putNewSecret(
  db: Db,
  userId: number,
  fresh: { new_secret: string; new_until: string },
): Promise<void> {
  await db
    .insertInto('totp_secrets')
    .values({ user_id: userId, ...fresh })
    .onConflict((conflict) => conflict.column('user_id').doUpdateSet(fresh))
    .execute()
}

export async function changeTotp(db: Db, userId: number, changes: Partial<TotpRow>): Promise<void> {
  await db.updateTable('totp_secrets').set(changes).where('user_id', '=', userId).execute()
}

export async function deleteTotp(db: Db, userId: number): Promise<void> {
  await db.deleteFrom('totp_secrets').where('user_id', '=', userId).execute()
}

export async function replaceCodes(
  db: Db,
  userId: number,
  hashes: readonly string[],
  now: string,
): Promise<void> {
  await db.deleteFrom('recovery_codes').where('user_id', '=', userId).execute()
  if (hashes.length === 0) return
  const rows = hashes.map((code_hash) => ({ user_id: userId, code_hash, created_at: now }))
  await db.insertInto('recovery_codes').values(rows).execute()
}

/** @returns whether there was one: of two requests with the same code, one gets it */
export async function takeCode(db: Db, userId: number, hash: string): Promise<boolean> {
  const taken = await db
    .deleteFrom('recovery_codes')
    .where('user_id', '=', userId)
    .where('code_hash', '=', hash)
    .returning('user_id')
    .executeTakeFirst()
  return taken !== undefined
}

export async function countCodes(db: Db, userId: number): Promise<number> {
  const { total } = await db
    .selectFrom('recovery_codes')
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .where('user_id', '=', userId)
    .executeTakeFirstOrThrow()
  return Number(total)
}
