import type { Insertable, Selectable } from 'kysely'
import type { Db } from '../db/database.ts'
import type { PasswordRequestsTable } from '../db/tables.ts'

type RequestRow = Selectable<PasswordRequestsTable>

export async function insertRequest(db: Db, row: Insertable<PasswordRequestsTable>): Promise<void> {
  await db.insertInto('password_requests').values(row).execute()
}

export function listRequests(db: Db, limit: number): Promise<{ id: number }[]> {
  return db.selectFrom('password_requests').select('id').orderBy('id').limit(limit).execute()
}

/** @returns undefined when another process has it */
export function takeRequest(db: Db, id: number): Promise<RequestRow | undefined> {
  return db.deleteFrom('password_requests').where('id', '=', id).returningAll().executeTakeFirst()
}

/** Mail with a link that was written for the user. */
export async function countMailsSince(db: Db, userId: number, since: string): Promise<number> {
  const { total } = await db
    .selectFrom('mails')
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .where('user_id', '=', userId)
    .where('created_at', '>', since)
    .where('kind', 'in', ['invitation', 'password_reset'])
    .executeTakeFirstOrThrow()
  return total
}
