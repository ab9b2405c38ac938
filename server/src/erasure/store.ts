import { type Selectable, sql } from 'kysely'
import type { Db } from '../db/database.ts'
import { lockingRow, skippingLocked } from '../db/dialect.ts'
import { indexAgain } from '../db/search-index.ts'
import type { ErasuresTable } from '../db/tables.ts'

export type ErasureRow = Selectable<ErasuresTable>

export async function findErasure(
  db: Db,
  userId: number,
  { forUpdate = false } = {},
): Promise<ErasureRow | undefined> {
  let query = db.selectFrom('erasures').selectAll().where('user_id', '=', userId)
  if (forUpdate) query = query.modifyEnd(lockingRow(db))
  return query.executeTakeFirst()
}

export async function insertErasure(
  db: Db,
  row: Pick<ErasureRow, 'user_id' | 'requested_at' | 'requested_by' | 'due_at' | 'status_before'>,
): Promise<void> {
  await db.insertInto('erasures').values(row).execute()
}

export async function deleteErasure(db: Db, userId: number): Promise<void> {
  await db.deleteFrom('erasures').where('user_id', '=', userId).execute()
}

/** The one that has waited longest; skipped while another process works on it. @param except users who are not looked at */
export function takeDue(db: Db, now: string, except: readonly number[]): Promise<ErasureRow | undefined> {
  return db
    .selectFrom('erasures')
    .selectAll()
    .where('erased_at', 'is', null)
    .where('due_at', '<=', now)
    .$if(except.length > 0, (query) => query.where('user_id', 'not in', except))
    .orderBy('due_at')
    .limit(1)
    .modifyEnd(skippingLocked(db))
    .executeTakeFirst()
}

export async function completeErasure(
  db: Db,
  userId: number,
  done: Pick<ErasureRow, 'erased_at' | 'receipt'>,
): Promise<void> {
  await db.updateTable('erasures').set(done).where('user_id', '=', userId).execute()
}

/** The total of the records of extensions that an erasure has deleted or emptied, in transactions of its own. */
export function progressKey(userId: number): string {
  return `erasures/${userId}/records`
}

export function listErasures(db: Db): Promise<ErasureRow[]> {
  return db.selectFrom('erasures').selectAll().orderBy('due_at').orderBy('user_id').execute()
}

/** Erased people, each with the time of creation, by which the register tells them from later holders of the id. */
export function listErased(db: Db): Promise<{ user_id: number; created_at: string; erased_at: string }[]> {
  return db
    .selectFrom('erasures')
    .innerJoin('users', 'users.id', 'erasures.user_id')
    .select(['user_id', 'created_at'])
    .select((eb) => eb.ref('erased_at').$notNull().as('erased_at'))
    .where('erased_at', 'is not', null)
    .orderBy('erased_at')
    .orderBy('user_id')
    .execute()
}

/** A user who was not erased, in whatever state. */
export function findUnerased(
  db: Db,
  userId: number,
): Promise<{ user_id: number; created_at: string } | undefined> {
  return db
    .selectFrom('users')
    .leftJoin('erasures', 'erasures.user_id', 'users.id')
    .select(['users.id as user_id', 'created_at'])
    .where('users.id', '=', userId)
    .where('is_system', '=', 0)
    .where('erased_at', 'is', null)
    .executeTakeFirst()
}

export async function isScrubDue(db: Db): Promise<boolean> {
  const row = await db
    .selectFrom('erasures')
    .select('user_id')
    .where('erased_at', 'is not', null)
    .where('scrubbed_at', 'is', null)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

/** @param before erasures of the instant at which the scrub began or earlier */
export async function noteScrub(db: Db, before: string, at: string): Promise<void> {
  await db
    .updateTable('erasures')
    .set({ scrubbed_at: at })
    .where('erased_at', '<=', before)
    .where('scrubbed_at', 'is', null)
    .execute()
}

/** Nothing that it sealed can be opened from now on. A row stays: nobody makes another key for the person. */
export async function destroyKey(db: Db, userId: number): Promise<void> {
  await db
    .insertInto('subject_keys')
    .values({ user_id: userId, sealed_key: null })
    .onConflict((conflict) => conflict.column('user_id').doUpdateSet({ sealed_key: null }))
    .execute()
}

export async function idsOfOwned(
  db: Db,
  table: 'credentials' | 'webhooks' | 'automations',
  userId: number,
): Promise<{ all: number[]; living: number[] }> {
  const end = table === 'credentials' ? 'revoked_at' : 'deleted_at'
  const { rows } = await sql<{ id: number; ended: string | null }>`
    select id, ${sql.ref(end)} as ended from ${sql.table(table)} where owner_id = ${userId} order by id`.execute(
    db,
  )
  return {
    all: rows.map(({ id }) => id),
    living: rows.filter(({ ended }) => ended === null).map(({ id }) => id),
  }
}

/** What the person chose or left behind in them, whether they still work or not. */
export async function clearOwned(db: Db, userId: number): Promise<void> {
  await db
    .updateTable('credentials')
    .set({ name: 'erased', allowed_ips: null, last_used_ip: null })
    .where('owner_id', '=', userId)
    .execute()
  await db
    .deleteFrom('webhook_secrets')
    .where('webhook_id', 'in', (eb) => eb.selectFrom('webhooks').select('id').where('owner_id', '=', userId))
    .execute()
  await db
    .updateTable('webhooks')
    .set({
      url: 'https://erased.invalid/',
      description: '',
      headers: null,
      client_certificate: null,
      client_key: null,
    })
    .where('owner_id', '=', userId)
    .execute()
  for (const table of ['credentials', 'webhooks'] as const)
    await indexAgain(db, table, (await idsOfOwned(db, table, userId)).all)
}

/** What the person made rules of, and what was sent with a button; what went through the steps of runs about them. */
export async function clearAutomations(db: Db, userId: number): Promise<void> {
  await db
    .updateTable('automations')
    .set({
      name: 'erased',
      description: '',
      trigger_json: '{"type":"button","key":""}',
      steps: '[]',
      secrets: null,
    })
    .where('owner_id', '=', userId)
    .execute()
  const owned = db.selectFrom('automations').select('id').where('owner_id', '=', userId)
  await db
    .updateTable('automation_runs')
    .set({ steps: '[]', input: null, secrets: null, error: null })
    .where('automation_id', 'in', owned)
    .execute()
  await db.updateTable('automation_runs').set({ input: null }).where('started_by', '=', userId).execute()
  const runs = db
    .selectFrom('automation_runs')
    .select('id')
    .where((eb) =>
      eb.or([eb('subject_id', '=', userId), eb('started_by', '=', userId), eb('automation_id', 'in', owned)]),
    )
  await db
    .updateTable('automation_attempts')
    .set({ input: null, output: null, error: null })
    .where('run_id', 'in', runs)
    .execute()
}

/** Ends open requests for credentials, and empties all of them. */
export async function clearRequests(db: Db, userId: number): Promise<void> {
  await db
    .updateTable('credential_requests')
    .set((eb) => ({
      name: 'erased',
      reason: '',
      message: null,
      granted_allowed_ips: null,
      granted_rules: null,
      status: eb
        .case()
        .when('status', 'in', ['pending', 'approved'])
        .then('withdrawn')
        .else(eb.ref('status'))
        .end(),
    }))
    .where('requester_id', '=', userId)
    .execute()
}

/** What they allowed applications, and how tokens named them. */
export async function deleteApplicationAccess(db: Db, userId: number): Promise<void> {
  for (const table of [
    'application_sign_ins',
    'device_requests',
    'application_consents',
    'user_subjects',
  ] as const)
    await db.deleteFrom(table).where('user_id', '=', userId).execute()
}

export async function deleteLinks(db: Db, userId: number): Promise<void> {
  await db.deleteFrom('one_time_links').where('subject', '=', `user:${userId}`).execute()
  await db.deleteFrom('mails').where('user_id', '=', userId).execute()
}

/** With what they received. */
export async function deleteTestReceivers(db: Db, userId: number): Promise<void> {
  await db.deleteFrom('test_receivers').where('owner_id', '=', userId).execute()
}

/** Responses to the person and their credentials, and those that show the person. @returns how many */
export async function deleteResponses(
  db: Db,
  userId: number,
  credentialIds: readonly number[],
): Promise<number> {
  const callers = [`person:${userId}`, ...credentialIds.map((id) => `credential:${id}`)]
  const { numDeletedRows } = await db
    .deleteFrom('idempotency_keys')
    .where((eb) => eb.or([eb('caller', 'in', callers), eb('subjects', 'like', `% ${userId} %`)]))
    .executeTakeFirst()
  return Number(numDeletedRows)
}

interface Logged {
  events: number
  audit_rows: number
  requests: number
  hook_calls: number
  documents: number
}

export async function countLogged(db: Db, userId: number): Promise<Logged> {
  const { rows } = await sql<Logged>`
    select
      (select count(*) from events where subject_id = ${userId}) as events,
      (select count(*) from audit_log where actor_id = ${userId} and actor_type = 'user')
        + (select count(*) from audit_log where target_type = 'user' and target_id = ${userId}
            and not (actor_type = 'user' and coalesce(actor_id, 0) = ${userId})) as audit_rows,
      (select count(*) from requests where user_id = ${userId}) as requests,
      (select count(*) from hook_calls where user_id = ${userId}) as hook_calls,
      (select count(*) from documents where author_id = ${userId} and deleted_at is null) as documents`.execute(
    db,
  )
  return rows[0] ?? { events: 0, audit_rows: 0, requests: 0, hook_calls: 0, documents: 0 }
}
