import { type Insertable, type Selectable, sql, type Updateable } from 'kysely'
import { fieldsOf } from '../api/schemas.ts'
import { counterKey, counterKeys, readCount } from '../db/counters.ts'
import type { Db, Transaction } from '../db/database.ts'
import {
  keepWords,
  livesAndHoldsWords,
  livesAndIsListed,
  lockingRow,
  searchTerm,
  wordsAsColumn,
} from '../db/dialect.ts'
import { type Found, readFound } from '../db/found.ts'
import { cutSlice, type Slice, withValues } from '../db/page.ts'
import { changedWords, wordsOf } from '../db/search-index.ts'
import type { UsersTable } from '../db/tables.ts'
import { signInKeyOf, usernameKey } from '../lib/names/usernames.ts'
import { picked } from '../lib/picked.ts'
import { searchTerms } from '../lib/words/search-words.ts'
import { trashQueries } from '../resource/trash-queries.ts'
import { ListedUser, type UserFilter } from './schema.ts'

export type UserRow = Omit<Selectable<UsersTable>, 'search'>

const listedColumns = fieldsOf(ListedUser)
export type ListedUserRow = Pick<UserRow, (typeof listedColumns)[number]>

/** Purged users keep a row, but are no longer in the trash. */
export const trash = trashQueries<UserRow, ListedUserRow>('users', {
  listed: listedColumns,
  kept: (rows) => rows.where(sql.ref('purged_at'), 'is', null),
})

export function listUsers(db: Db, filter: UserFilter, slice: Slice): Promise<ListedUserRow[]> {
  return cutSlice(matching(db, filter), db.selectFrom('users'), slice).select(listedColumns).execute()
}

/** The same with all fields. */
export function listWholeUsers(db: Db, filter: UserFilter, slice: Slice): Promise<UserRow[]> {
  return cutSlice(matching(db, filter), db.selectFrom('users'), slice).selectAll().execute()
}

export function findUsers(db: Db, filter: UserFilter, slice: Slice): Promise<Found> {
  const found = cutSlice(matching(db, filter), db.selectFrom('users'), slice)
  return readFound(db, found.select(['id', 'version', 'created_at']))
}

/** Those that still exist and match the filter except for its words, oldest first. */
export function readWholeUsers(
  db: Db,
  { q: _, ...filter }: UserFilter,
  ids: readonly number[],
): Promise<UserRow[]> {
  return matching(db, { ...filter, ids: JSON.stringify(ids) })
    .selectAll()
    .orderBy('created_at')
    .orderBy('id')
    .execute()
}

/** Those that match the filter, including its words. */
export function searchAmongUsers(
  db: Db,
  filter: UserFilter,
  ids: readonly number[],
): Promise<{ id: number }[]> {
  return matching(db, { ...filter, ids: JSON.stringify(ids) })
    .select('id')
    .execute()
}

/** The filters with a counter for every combination; a search counts over its own index. */
const counted = ['role', 'status'] as const

export async function countUsers(db: Db, filter: UserFilter): Promise<number> {
  if (filter.q === undefined) return readCount(db, counterKey('users', picked(filter, counted)))
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

/** Anybody who was ever created, also those in the trash and those that were purged. */
export function findPerson(db: Db, id: number, { forUpdate = false } = {}): Promise<UserRow | undefined> {
  let query = notSystem(db).selectAll().where('id', '=', id)
  if (forUpdate) query = query.modifyEnd(lockingRow(db))
  return query.executeTakeFirst()
}

/** Leaves the id, the role and the time of creation. Names can be taken by others. */
export async function eraseUser(trx: Transaction, before: UserRow, now: string): Promise<UserRow> {
  await deleteSecondFactors(trx.db, [before.id])
  const name = `erased-${before.id}`
  const email = `${name}@erased.invalid`
  return updateUser(trx, before, {
    username: name,
    username_key: name,
    email,
    email_key: email,
    password_hash: null,
    status: 'suspended',
    first_name: null,
    last_name: null,
    phone: null,
    bio: null,
    last_login: null,
    updated_at: now,
    deleted_at: before.deleted_at ?? now,
    purged_at: before.purged_at ?? now,
    version: before.version + 1,
  })
}

export async function insertUser(trx: Transaction, row: Insertable<UsersTable>): Promise<UserRow> {
  const words = await wordsOf('users', row)
  const inserted = await trx.db
    .insertInto('users')
    .values({ ...row, ...wordsAsColumn(trx.db, words) })
    .returningAll()
    .executeTakeFirstOrThrow()
  await keepWords(trx.db, { table: 'users', id: inserted.id, words, isNew: true })
  countUser(trx, inserted, 1)
  return inserted
}

/** The built-in account counts in no total. Undefined when another transaction has inserted it meanwhile. */
export async function insertSystemUser(
  trx: Transaction,
  row: Insertable<UsersTable>,
): Promise<UserRow | undefined> {
  const words = await wordsOf('users', row)
  const inserted = await trx.db
    .insertInto('users')
    .values({ ...row, ...wordsAsColumn(trx.db, words), is_system: 1 })
    .onConflict((conflict) => conflict.doNothing())
    .returningAll()
    .executeTakeFirst()
  if (inserted) await keepWords(trx.db, { table: 'users', id: inserted.id, words, isNew: true })
  return inserted
}

export async function updateUser(
  trx: Transaction,
  before: UserRow,
  changes: Updateable<UsersTable>,
): Promise<UserRow> {
  const words = await changedWords('users', before, changes)
  const after = await trx.db
    .updateTable('users')
    .set({ ...changes, ...wordsAsColumn(trx.db, words) })
    .where('id', '=', before.id)
    .returningAll()
    .executeTakeFirstOrThrow()
  await keepWords(trx.db, { table: 'users', id: before.id, words })
  if (before.deleted_at === null) countUser(trx, before, -1)
  if (after.deleted_at === null) countUser(trx, after, 1)
  return after
}

/** Erases all personal data. @returns the ids of the purged users, at most `limit` */
export async function purgeUsers(
  db: Db,
  { expiry, now, limit }: { expiry: string; now: string; limit: number },
): Promise<number[]> {
  const ids = await trash.takeExpired(db, expiry, limit)
  if (ids.length === 0) return []
  const name = sql<string>`'deleted-' || id`
  const email = sql<string>`'deleted-' || id || '@deleted.invalid'`
  await db
    .updateTable('users')
    .set({
      username: name,
      username_key: name,
      email,
      email_key: email,
      password_hash: null,
      first_name: null,
      last_name: null,
      phone: null,
      bio: null,
      last_login: null,
      updated_at: now,
      purged_at: now,
      version: sql`version + 1`,
      ...wordsAsColumn(db, null),
    })
    .where('id', 'in', ids)
    .execute()
  await db.deleteFrom('mails').where('user_id', 'in', ids).execute()
  await deleteSecondFactors(db, ids)
  return ids
}

async function deleteSecondFactors(db: Db, ids: readonly number[]): Promise<void> {
  for (const table of ['totp_secrets', 'recovery_codes', 'passkeys'] as const)
    await db.deleteFrom(table).where('user_id', 'in', ids).execute()
}

/** Locks them until the transaction ends, so that two administrators cannot remove each other at the same moment. */
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

export function findWaitingErasure(
  db: Db,
  id: number,
): Promise<{ requested_at: string; due_at: string } | undefined> {
  return db
    .selectFrom('erasures')
    .select(['requested_at', 'due_at'])
    .where('user_id', '=', id)
    .where('erased_at', 'is', null)
    .executeTakeFirst()
}

/** The built-in account that owns credentials created before there is any user. */
export function findSystemUser(db: Db): Promise<UserRow | undefined> {
  return db.selectFrom('users').selectAll().where('is_system', '=', 1).executeTakeFirst()
}

/** A possible owner: a living user, or the system account. */
export function findOwner(db: Db, id: number, { forUpdate = false } = {}): Promise<UserRow | undefined> {
  const query = db.selectFrom('users').selectAll().where('id', '=', id).where('deleted_at', 'is', null)
  return (forUpdate ? query.modifyEnd(lockingRow(db)) : query).executeTakeFirst()
}

/**
 * By username, or by email address: no username has an `@`. An account whose address clashed with another when the
 * comparison of addresses last changed keeps its former key, so that key is tried as well.
 */
export async function findBySignInName(db: Db, name: string): Promise<UserRow | undefined> {
  const { column, key } = signInKeyOf(name)
  const former = name.toLowerCase()
  const found = await people(db).selectAll().where(column, 'in', [former, key]).limit(2).execute()
  return found.find((row) => row[column] === former) ?? found[0]
}

/** Does not increment the version: this is no edit. */
export async function recordSignIn(trx: Transaction, id: number, at: string): Promise<void> {
  await trx.db.updateTable('users').set({ last_login: at }).where('id', '=', id).execute()
}

/** Whether an administrator exists, of any status. */
export async function hasAdministrator(db: Db): Promise<boolean> {
  const row = await people(db).select('id').where('role', '=', 'admin').limit(1).executeTakeFirst()
  return row !== undefined
}

export function findByUsername(db: Db, username: string): Promise<UserRow | undefined> {
  return people(db).selectAll().where('username_key', '=', usernameKey(username)).executeTakeFirst()
}

/** Names that are unique among living users. */
export interface Names {
  username_key?: string
  email_key?: string
}

/** The living users who hold one of these names; `exceptId` is the user who wants them. */
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

/** @param ids a JSON list that the result is restricted to */
function matching(db: Db, { q, ids, ...columns }: UserFilter & { ids?: string }) {
  // Both conditions include that the row is not deleted, worded so that the planner uses their partial indexes.
  let query = q === undefined && ids === undefined ? people(db) : notSystem(db)
  if (q !== undefined) query = query.where(livesAndHoldsWords(db, 'users', searchTerm(db, searchTerms(q))))
  if (ids !== undefined) query = query.where(livesAndIsListed(db, ids))
  return withValues<'users', typeof columns>(query, columns)
}

function people(db: Db) {
  return notSystem(db).where('deleted_at', 'is', null)
}

function notSystem(db: Db) {
  return db.selectFrom('users').where('is_system', '=', 0)
}

function countUser(trx: Transaction, row: UserRow, by: number): void {
  for (const key of counterKeys('users', picked(row, counted))) trx.count(key, by)
}
