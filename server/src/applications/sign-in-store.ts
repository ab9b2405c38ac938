import type { Insertable, Selectable, Updateable } from 'kysely'
import { randomBase62 } from '../access/secret.ts'
import type { Db } from '../db/database.ts'
import { lockingRow } from '../db/dialect.ts'
import { cutSlice, type Slice } from '../db/page.ts'
import { prepared } from '../db/prepared.ts'
import type { ApplicationSignInsTable } from '../db/tables.ts'

export type SignInRow = Selectable<ApplicationSignInsTable>

/** How tokens name the person: made once, and kept as long as the account. */
export async function subjectOf(db: Db, userId: number): Promise<string> {
  const known = await readSubject(db, userId)
  if (known !== undefined) return known
  await db
    .insertInto('user_subjects')
    .values({ user_id: userId, subject: randomBase62(22) })
    .onConflict((conflict) => conflict.column('user_id').doNothing())
    .execute()
  const made = await readSubject(db, userId)
  if (made === undefined) throw new Error(`The user ${userId} has no subject.`)
  return made
}

/** Undefined for a person who never signed in to an application. */
export async function readSubject(db: Db, userId: number): Promise<string | undefined> {
  const [row] = await findSubject(db, { userId })
  return row?.subject
}

const findSubject = prepared((db, { userId }: { userId: number }) =>
  db.selectFrom('user_subjects').select('subject').where('user_id', '=', userId),
)

export async function consentOf(db: Db, applicationId: number, userId: number): Promise<string | undefined> {
  const row = await db
    .selectFrom('application_consents')
    .select('scopes')
    .where('application_id', '=', applicationId)
    .where('user_id', '=', userId)
    .executeTakeFirst()
  return row?.scopes
}

export async function keepConsent(
  db: Db,
  {
    applicationId,
    userId,
    scopes,
    now,
  }: { applicationId: number; userId: number; scopes: string; now: string },
): Promise<void> {
  await db
    .insertInto('application_consents')
    .values({ application_id: applicationId, user_id: userId, scopes, created_at: now, updated_at: now })
    .onConflict((conflict) =>
      conflict.columns(['application_id', 'user_id']).doUpdateSet({ scopes, updated_at: now }),
    )
    .execute()
}

/** @returns whether there was one; its sign-ins end with it */
export async function withdrawConsent(db: Db, applicationId: number, userId: number): Promise<boolean> {
  await db
    .deleteFrom('application_sign_ins')
    .where('application_id', '=', applicationId)
    .where('user_id', '=', userId)
    .execute()
  await db
    .deleteFrom('device_requests')
    .where('application_id', '=', applicationId)
    .where('user_id', '=', userId)
    .execute()
  const withdrawn = await db
    .deleteFrom('application_consents')
    .where('application_id', '=', applicationId)
    .where('user_id', '=', userId)
    .returning('application_id')
    .executeTakeFirst()
  return withdrawn !== undefined
}

const consentsOf = (db: Db, userId: number) =>
  db.selectFrom('application_consents').where('user_id', '=', userId)

/** What a person has allowed. */
export function listConsents(db: Db, userId: number, slice: Slice) {
  return cutSlice(consentsOf(db, userId), db.selectFrom('application_consents'), slice).selectAll().execute()
}

/** Counts rows: there are at most as many as applications. */
export async function countConsents(db: Db, userId: number): Promise<number> {
  const { total } = await consentsOf(db, userId)
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow()
  return Number(total)
}

/** The names of applications, and when each last got a token for the person. */
export async function usesOf(db: Db, ids: readonly number[], userId: number) {
  if (ids.length === 0) return new Map<number, { name: string; last_used_at: string | null }>()
  const rows = await db
    .selectFrom('applications')
    .leftJoin('application_sign_ins as sign_in', (join) =>
      join.onRef('sign_in.application_id', '=', 'applications.id').on('sign_in.user_id', '=', userId),
    )
    .select(['applications.id', 'applications.name'])
    .select((eb) => eb.fn.max('sign_in.last_used_at').as('last_used_at'))
    .where('applications.id', 'in', ids)
    .groupBy(['applications.id', 'applications.name'])
    .execute()
  return new Map(rows.map(({ id, ...use }) => [id, use]))
}

export function insertSignIn(db: Db, row: Insertable<ApplicationSignInsTable>): Promise<SignInRow> {
  return db.insertInto('application_sign_ins').values(row).returningAll().executeTakeFirstOrThrow()
}

/** Locked until the transaction ends: of two uses of one code or token, the second sees what the first did. */
export async function holdSignIn(
  db: Db,
  by: 'code_hash' | 'refresh_handle' | 'sid',
  value: string,
): Promise<SignInRow | undefined> {
  const [row] = await heldSignIn(db, { value }, { by })
  return row
}

const heldSignIn = prepared(
  (db, { value }: { value: string }, { by }: { by: 'code_hash' | 'refresh_handle' | 'sid' }) =>
    db.selectFrom('application_sign_ins').selectAll().where(by, '=', value).modifyEnd(lockingRow(db)),
)

type SignInChanges = Omit<Updateable<ApplicationSignInsTable>, 'id'>

export async function updateSignIn(db: Db, id: number, changes: SignInChanges): Promise<void> {
  await changedSignIn(db, { id, ...changes })
}

const changedSignIn = prepared(
  (db, { id, ...changes }: { id: number } & Updateable<ApplicationSignInsTable>) =>
    db.updateTable('application_sign_ins').set(changes).where('id', '=', id),
)

export async function deleteSignIn(db: Db, id: number): Promise<void> {
  await db.deleteFrom('application_sign_ins').where('id', '=', id).execute()
}

/** The person of a sign-in, if they may sign in to this server now. */
export async function findPerson(db: Db, id: number) {
  const [row] = await activePerson(db, { id })
  return row
}

const activePerson = prepared((db, { id }: { id: number }) =>
  db
    .selectFrom('users')
    .select(['id', 'username', 'email', 'role'])
    .where('id', '=', id)
    .where('status', '=', 'active')
    .where('deleted_at', 'is', null),
)

/** When the person of a session last gave the password. */
export async function confirmedAt(db: Db, sessionId: number): Promise<string> {
  const row = await db
    .selectFrom('sessions')
    .select('confirmed_at')
    .where('id', '=', sessionId)
    .executeTakeFirst()
  return row?.confirmed_at ?? ''
}

/** @param before those that ended by then @returns how many */
export async function deleteEnded(db: Db, before: string, limit: number): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('application_sign_ins')
    .where('id', 'in', (eb) =>
      eb.selectFrom('application_sign_ins').select('id').where('expires_at', '<=', before).limit(limit),
    )
    .executeTakeFirstOrThrow()
  return Number(numDeletedRows)
}
