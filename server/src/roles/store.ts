import type { Insertable, Selectable, Updateable } from 'kysely'
import { counterKey, readCount, readCounts } from '../db/counters.ts'
import type { Db, Transaction } from '../db/database.ts'
import { lockingRow, sharingRow } from '../db/dialect.ts'
import { cutSlice, type Slice } from '../db/page.ts'
import type { RolesTable } from '../db/tables.ts'

/** With how many living users have the role. */
export type RoleRow = Selectable<RolesTable> & { user_count: number }

type Column = 'id' | 'name'

export async function listRoles(db: Db, slice: Slice): Promise<RoleRow[]> {
  const all = db.selectFrom('roles')
  return withUsers(db, await cutSlice(all, all, slice).selectAll().execute())
}

export function countRoles(db: Db): Promise<number> {
  return readCount(db, 'roles')
}

export async function findRole(
  db: Db,
  by: Column,
  value: string | number,
  { forUpdate = false } = {},
): Promise<RoleRow | undefined> {
  const query = db.selectFrom('roles').selectAll().where(by, '=', value)
  const [row] = await withUsers(db, await (forUpdate ? query.modifyEnd(lockingRow(db)) : query).execute())
  return row
}

/** Keeps the role from being deleted until the transaction ends; several transactions may do so at once. */
export function holdRole(db: Db, name: string): Promise<Selectable<RolesTable> | undefined> {
  return db
    .selectFrom('roles')
    .selectAll()
    .where('name', '=', name)
    .modifyEnd(sharingRow(db))
    .executeTakeFirst()
}

export function readRole(db: Db, name: string): Promise<Selectable<RolesTable> | undefined> {
  return db.selectFrom('roles').selectAll().where('name', '=', name).executeTakeFirst()
}

export async function roleNames(db: Db): Promise<string[]> {
  const rows = await db.selectFrom('roles').select('name').orderBy('created_at').orderBy('id').execute()
  return rows.map(({ name }) => name)
}

export async function allRoles(db: Db): Promise<Selectable<RolesTable>[]> {
  return db.selectFrom('roles').selectAll().orderBy('created_at').orderBy('id').execute()
}

export async function insertRole(trx: Transaction, row: Insertable<RolesTable>): Promise<RoleRow> {
  const inserted = await trx.db.insertInto('roles').values(row).returningAll().executeTakeFirstOrThrow()
  trx.count('roles', 1)
  return { ...inserted, user_count: 0 }
}

export async function updateRole(db: Db, before: RoleRow, changes: Updateable<RolesTable>): Promise<RoleRow> {
  const after = await db
    .updateTable('roles')
    .set(changes)
    .where('id', '=', before.id)
    .returningAll()
    .executeTakeFirstOrThrow()
  return { ...after, user_count: before.user_count }
}

export async function deleteRole(trx: Transaction, id: number): Promise<void> {
  await trx.db.deleteFrom('roles').where('id', '=', id).execute()
  trx.count('roles', -1)
}

/** Users in the trash, who can be restored with the role. */
export async function countTrashed(db: Db, role: string): Promise<number> {
  const { total } = await db
    .selectFrom('users')
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .where('deleted_at', 'is not', null)
    .where('purged_at', 'is', null)
    .where('role', '=', role)
    .executeTakeFirstOrThrow()
  return total
}

async function withUsers(db: Db, rows: readonly Selectable<RolesTable>[]): Promise<RoleRow[]> {
  const counts = await readCounts(
    db,
    rows.map(({ name }) => counterKey('users', { role: name })),
  )
  return rows.map((row, i) => ({ ...row, user_count: counts[i] ?? 0 }))
}
