import type { Insertable, Selectable, Updateable } from 'kysely'
import { readCount, scopeFor, scopesOf } from '../db/counters.ts'
import type { Db, Transaction } from '../db/database.ts'
import { holdsWords, lockingRow, searchTerm } from '../db/dialect.ts'
import { cutPart, type Part } from '../db/page.ts'
import type { UsersTable } from '../db/tables.ts'
import { searchWords } from '../lib/search-words.ts'
import type { UserFilter } from './schema.ts'

export type UserRow = Selectable<UsersTable>

const listedColumns = ['id', 'username', 'email', 'role', 'status', 'created_at', 'last_login'] as const
export type ListedUserRow = Pick<UserRow, (typeof listedColumns)[number]>

export function listUsers(db: Db, filter: UserFilter, part: Part): Promise<ListedUserRow[]> {
  return cutPart(matching(db, filter), db.selectFrom('users'), part).select(listedColumns).execute()
}

/** From the counters for the documentation page's filters; a search counts over its own index. */
export async function countUsers(db: Db, filter: UserFilter): Promise<number> {
  const { role, status, q } = filter
  if (q === undefined) return readCount(db, scopeFor('users', { role, status }))
  const { total } = await matching(db, filter)
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow()
  return total
}

export function findUser(db: Db, id: number, { forUpdate = false } = {}): Promise<UserRow | undefined> {
  let query = people(db).selectAll().where('id', '=', id)
  if (forUpdate) query = query.modifyEnd(lockingRow(db))
  return query.executeTakeFirst()
}

export async function insertUser(trx: Transaction, row: Insertable<UsersTable>): Promise<UserRow> {
  const inserted = await trx.db.insertInto('users').values(row).returningAll().executeTakeFirstOrThrow()
  if (inserted.is_system === 0) countUser(trx, inserted, 1)
  return inserted
}

export async function updateUser(
  trx: Transaction,
  before: UserRow,
  changes: Updateable<UsersTable>,
): Promise<UserRow> {
  const after = await trx.db
    .updateTable('users')
    .set(changes)
    .where('id', '=', before.id)
    .returningAll()
    .executeTakeFirstOrThrow()
  if (before.deleted_at === null) countUser(trx, before, -1)
  if (after.deleted_at === null) countUser(trx, after, 1)
  return after
}

export function findDeletedUser(db: Db, id: number): Promise<UserRow | undefined> {
  return db
    .selectFrom('users')
    .selectAll()
    .where('id', '=', id)
    .where('is_system', '=', 0)
    .where('deleted_at', 'is not', null)
    .modifyEnd(lockingRow(db))
    .executeTakeFirst()
}

/** Their ids, held until the transaction ends: two administrators cannot remove each other at the same moment. */
export function lockActiveAdmins(db: Db): Promise<{ id: number }[]> {
  return people(db)
    .select('id')
    .where('role', '=', 'admin')
    .where('status', '=', 'active')
    .orderBy('created_at')
    .orderBy('id')
    .modifyEnd(lockingRow(db))
    .execute()
}

/** The built-in account that owns credentials made before there is any user. */
export function findSystemUser(db: Db): Promise<UserRow | undefined> {
  return db.selectFrom('users').selectAll().where('is_system', '=', 1).executeTakeFirst()
}

/** Whoever may own things: a living user, or the system account. */
export function findOwner(db: Db, id: number): Promise<UserRow | undefined> {
  return db
    .selectFrom('users')
    .selectAll()
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .executeTakeFirst()
}

/** By username, or by email address: no username has an `@`. */
export function findBySignInName(db: Db, name: string): Promise<UserRow | undefined> {
  const column = name.includes('@') ? 'email_key' : 'username_key'
  return people(db).selectAll().where(column, '=', name.toLowerCase()).executeTakeFirst()
}

/** Not a change of the representation's version: nobody edits it. */
export async function recordSignIn(trx: Transaction, id: number, at: string): Promise<void> {
  await trx.db.updateTable('users').set({ last_login: at }).where('id', '=', id).execute()
}

/** Whether there is one, of whatever status. */
export async function hasAdministrator(db: Db): Promise<boolean> {
  const row = await people(db).select('id').where('role', '=', 'admin').limit(1).executeTakeFirst()
  return row !== undefined
}

export function findByUsername(db: Db, username: string): Promise<UserRow | undefined> {
  return people(db).selectAll().where('username_key', '=', username.toLowerCase()).executeTakeFirst()
}

/** What no two living users may share. */
export interface Names {
  username_key?: string
  email_key?: string
}

export function findNames(db: Db, id: number): Promise<Names | undefined> {
  return db.selectFrom('users').select(['username_key', 'email_key']).where('id', '=', id).executeTakeFirst()
}

/** The living users who hold one of these names; `exceptId` is who wants them. */
export function findHolders(
  db: Db,
  { username_key, email_key }: Names,
  exceptId: number,
): Promise<Required<Names>[]> {
  return db
    .selectFrom('users')
    .select(['username_key', 'email_key'])
    .where('deleted_at', 'is', null)
    .where('id', '<>', exceptId)
    .where(({ eb, or }) =>
      or([
        ...(username_key === undefined ? [] : [eb('username_key', '=', username_key)]),
        ...(email_key === undefined ? [] : [eb('email_key', '=', email_key)]),
      ]),
    )
    .execute()
}

function matching(db: Db, { role, status, q }: UserFilter) {
  let query = people(db)
  if (role !== undefined) query = query.where('role', '=', role)
  if (status !== undefined) query = query.where('status', '=', status)
  if (q !== undefined) query = query.where(holdsWords(db, 'users', searchTerm(db, searchWords(q))))
  return query
}

function people(db: Db) {
  return db.selectFrom('users').where('deleted_at', 'is', null).where('is_system', '=', 0)
}

function countUser(trx: Transaction, { role, status }: Pick<UserRow, 'role' | 'status'>, by: number): void {
  for (const scope of scopesOf('users', { role, status })) trx.count(scope, by)
}
