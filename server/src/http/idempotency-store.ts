import { sql } from 'kysely'
import type { Db } from '../db/database.ts'

export interface KeyRow {
  /** The owner of the key: the same key of two callers is two keys. */
  caller: string
  key: string
  request_hash: string
  created_at: string
}

export async function findResponse(db: Db, { caller, key }: KeyRow, expiry: string) {
  return db
    .selectFrom('idempotency_keys')
    .select(['request_hash', 'answer'])
    .where('caller', '=', caller)
    .where('key', '=', key)
    .where('created_at', '>', expiry)
    .executeTakeFirst()
}

/** @returns false when the key is taken: by a stored response, or by a transaction that this one waited for */
export async function claimKey(db: Db, row: KeyRow, expiry: string): Promise<boolean> {
  const claimed = await db
    .insertInto('idempotency_keys')
    .values({ ...row, answer: '' })
    .onConflict((conflict) =>
      conflict
        .columns(['caller', 'key'])
        .doUpdateSet({
          request_hash: row.request_hash,
          created_at: row.created_at,
          answer: '',
          subjects: '',
        })
        .where('idempotency_keys.created_at', '<=', expiry),
    )
    .returning(sql<number>`1`.as('claimed'))
    .execute()
  return claimed.length > 0
}

export async function keepResponse(
  db: Db,
  { caller, key }: KeyRow,
  response: { answer: string; subjects: string },
): Promise<void> {
  await db
    .updateTable('idempotency_keys')
    .set(response)
    .where('caller', '=', caller)
    .where('key', '=', key)
    .execute()
}

/** @returns how many were deleted; at most `limit`, so that one pass never holds the database for long */
export async function forgetResponses(db: Db, expiry: string, limit: number): Promise<number> {
  const old = await db
    .selectFrom('idempotency_keys')
    .select(['caller', 'key'])
    .where('created_at', '<=', expiry)
    .limit(limit)
    .execute()
  for (const { caller, key } of old) {
    await db
      .deleteFrom('idempotency_keys')
      .where('caller', '=', caller)
      .where('key', '=', key)
      .where('created_at', '<=', expiry)
      .execute()
  }
  return old.length
}
