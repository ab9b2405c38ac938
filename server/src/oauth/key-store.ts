import type { Insertable, Selectable } from 'kysely'
import type { Db } from '../db/database.ts'
import type { SigningKeysTable } from '../db/tables.ts'

export type KeyRow = Selectable<SigningKeysTable>

/** Oldest first; the current one, which is not retired, comes last. */
export async function listKeys(db: Db): Promise<KeyRow[]> {
  const rows = await db.selectFrom('signing_keys').selectAll().orderBy('created_at').orderBy('kid').execute()
  return [...rows.filter((row) => row.retired_at !== null), ...rows.filter((row) => row.retired_at === null)]
}

export async function keyExists(db: Db, kid: string): Promise<boolean> {
  const row = await db.selectFrom('signing_keys').select('kid').where('kid', '=', kid).executeTakeFirst()
  return row !== undefined
}

export async function insertKey(db: Db, row: Insertable<SigningKeysTable>): Promise<void> {
  await db.insertInto('signing_keys').values(row).execute()
}

/** All of them: of access tokens and of identities. */
export async function retireCurrent(db: Db, now: string): Promise<void> {
  await db.updateTable('signing_keys').set({ retired_at: now }).where('retired_at', 'is', null).execute()
}

/** @param before deletes keys that were retired at this instant or earlier */
export async function deleteRetired(db: Db, before: string): Promise<void> {
  await db.deleteFrom('signing_keys').where('retired_at', '<=', before).execute()
}
