import type { Insertable, Selectable, Updateable } from 'kysely'
import { readCount } from '../db/counters.ts'
import type { Db, Transaction } from '../db/database.ts'
import { lockingRow } from '../db/dialect.ts'
import { cutSlice, type Slice } from '../db/page.ts'
import { prepared } from '../db/prepared.ts'
import type { ApplicationsTable } from '../db/tables.ts'

export type ApplicationRow = Selectable<ApplicationsTable>

export function listApplications(db: Db, slice: Slice): Promise<ApplicationRow[]> {
  return cutSlice(db.selectFrom('applications'), db.selectFrom('applications'), slice).selectAll().execute()
}

export function countApplications(db: Db): Promise<number> {
  return readCount(db, 'applications')
}

export function findApplication(
  db: Db,
  id: number,
  { forUpdate = false } = {},
): Promise<ApplicationRow | undefined> {
  const query = db.selectFrom('applications').selectAll().where('id', '=', id)
  return (forUpdate ? query.modifyEnd(lockingRow(db)) : query).executeTakeFirst()
}

export async function findByClientId(db: Db, clientId: string): Promise<ApplicationRow | undefined> {
  const [row] = await byClientId(db, { clientId })
  return row
}

const byClientId = prepared((db, { clientId }: { clientId: string }) =>
  db.selectFrom('applications').selectAll().where('client_id', '=', clientId),
)

export function insertApplication(
  trx: Transaction,
  row: Insertable<ApplicationsTable>,
): Promise<ApplicationRow> {
  trx.count('applications', 1)
  return trx.db.insertInto('applications').values(row).returningAll().executeTakeFirstOrThrow()
}

export function updateApplication(
  db: Db,
  id: number,
  changes: Updateable<ApplicationsTable>,
): Promise<ApplicationRow> {
  return db
    .updateTable('applications')
    .set(changes)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()
}

/** With what people allowed it, and its sign-ins. */
export async function deleteApplication(trx: Transaction, id: number): Promise<void> {
  await trx.db.deleteFrom('application_sign_ins').where('application_id', '=', id).execute()
  await trx.db.deleteFrom('application_consents').where('application_id', '=', id).execute()
  await trx.db.deleteFrom('applications').where('id', '=', id).execute()
  trx.count('applications', -1)
}
