import { type Insertable, type Selectable, type SqlBool, sql, type Updateable } from 'kysely'
import { type Sender, sendersOf } from '../access/senders.ts'
import { readCount } from '../db/counters.ts'
import type { Db } from '../db/database.ts'
import { listed, livesAndHoldsWords, lockingRow, searchTerm } from '../db/dialect.ts'
import { cutSlice, type Slice, withValues } from '../db/page.ts'
import { changedWords, keepSearchable, wordsOf } from '../db/search-index.ts'
import type { WebhooksTable } from '../db/tables.ts'
import { searchTerms } from '../lib/words/search-words.ts'
import type { WebhookFilter } from './schema.ts'

export type WebhookRow = Selectable<WebhooksTable> & {
  /** Whose rights bound what it is sent, as they are now. */
  sender: Sender | undefined
  /** False only after a restore without the secret key. */
  has_secret: boolean
  previous_secret_expires_at: string | null
  /** Those that sign now, the current one first. */
  public_keys: readonly string[]
}

export interface SeenFilter extends WebhookFilter {
  /** Nobody else's, whatever the other filters say. */
  seen_by?: number
}

export async function listWebhooks(
  db: Db,
  filter: SeenFilter,
  slice: Slice,
): Promise<Selectable<WebhooksTable>[]> {
  return cutSlice(matching(db, filter), db.selectFrom('webhooks'), slice).selectAll().execute()
}

/** All from a counter; those of a filter from its index. */
export async function countWebhooks(db: Db, filter: SeenFilter): Promise<number> {
  if (Object.values(filter).every((value) => value === undefined)) return readCount(db, 'webhooks')
  const { total } = await matching(db, filter)
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow()
  return total
}

export async function findWebhook(
  db: Db,
  id: number,
  now: string,
  { forUpdate = false } = {},
): Promise<WebhookRow | undefined> {
  let query = db.selectFrom('webhooks').selectAll().where('id', '=', id).where('deleted_at', 'is', null)
  if (forUpdate) query = query.modifyEnd(lockingRow(db))
  const [row] = await withRelated(db, await query.execute(), now)
  return row
}

export async function insertWebhook(db: Db, row: Insertable<WebhooksTable>): Promise<number> {
  const { id } = await db.insertInto('webhooks').values(row).returning('id').executeTakeFirstOrThrow()
  await keepSearchable(db, 'webhooks', id, await wordsOf('webhooks', row))
  return id
}

/** The webhook that delivers to an extension. */
export async function findByReceiver(db: Db, url: string, now: string): Promise<WebhookRow | undefined> {
  const rows = await receivers(db).where('url', '=', url).modifyEnd(lockingRow(db)).execute()
  const [row] = await withRelated(db, rows, now)
  return row
}

export function listReceivers(db: Db): Promise<Selectable<WebhooksTable>[]> {
  return receivers(db).execute()
}

/** In the words of the index. */
function receivers(db: Db) {
  return db
    .selectFrom('webhooks')
    .selectAll()
    .where(sql<SqlBool>`url like 'extension:%'`)
    .where('deleted_at', 'is', null)
}

/** @returns undefined when there is one */
export async function insertReceiver(db: Db, row: Insertable<WebhooksTable>): Promise<number | undefined> {
  const made = await db
    .insertInto('webhooks')
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst()
  if (made) await keepSearchable(db, 'webhooks', made.id, await wordsOf('webhooks', row))
  return made?.id
}

export async function updateWebhook(db: Db, id: number, changes: Updateable<WebhooksTable>): Promise<void> {
  await db.updateTable('webhooks').set(changes).where('id', '=', id).execute()
}

/** The same where its texts may change, or it is deleted. */
export async function changeWebhook(
  db: Db,
  before: Selectable<WebhooksTable>,
  changes: Updateable<WebhooksTable>,
): Promise<void> {
  await updateWebhook(db, before.id, changes)
  await keepSearchable(db, 'webhooks', before.id, await changedWords('webhooks', before, changes))
}

/** Subscribes to these types only. */
export async function subscribe(db: Db, webhookId: number, types: readonly string[]): Promise<void> {
  await db.deleteFrom('webhook_subscriptions').where('webhook_id', '=', webhookId).execute()
  if (types.length === 0) return
  const rows = types.map((event_type) => ({ event_type, webhook_id: webhookId }))
  await db.insertInto('webhook_subscriptions').values(rows).execute()
}

/** Webhooks whose event types may have changed with the version of the server. */
export function listWithPatterns(db: Db): Promise<Pick<Selectable<WebhooksTable>, 'id' | 'events'>[]> {
  return db
    .selectFrom('webhooks')
    .select(['id', 'events'])
    .where('deleted_at', 'is', null)
    .where('events', 'like', '%*%')
    .execute()
}

export async function subscriptionsOf(db: Db, ids: readonly number[]): Promise<Map<number, string[]>> {
  const rows = await db
    .selectFrom('webhook_subscriptions')
    .select(['webhook_id', 'event_type'])
    .where('webhook_id', 'in', listed(db, JSON.stringify(ids)))
    .execute()
  const found = new Map<number, string[]>()
  for (const { webhook_id, event_type } of rows)
    found.set(webhook_id, [...(found.get(webhook_id) ?? []), event_type])
  return found
}

/** What signs, sealed, and what verifies it. */
export interface Signers {
  secret: string
  signing_key: string | null
  public_key: string | null
}

export async function insertSecret(db: Db, webhookId: number, signers: Signers, now: string): Promise<void> {
  await db
    .insertInto('webhook_secrets')
    .values({ webhook_id: webhookId, ...signers, created_at: now, expires_at: null })
    .execute()
}

/** Of the current secret; without a pair, of all of them. */
export async function setKeyPair(db: Db, webhookId: number, pair: Omit<Signers, 'secret'>): Promise<void> {
  const all = db.updateTable('webhook_secrets').set(pair).where('webhook_id', '=', webhookId)
  await (pair.public_key === null ? all : all.where('expires_at', 'is', null)).execute()
}

/** Ends the current secret at `expiresAt`, earlier ones no later, and deletes those that have ended. */
export async function retireSecrets(
  db: Db,
  webhookId: number,
  expiresAt: string,
  now: string,
): Promise<void> {
  await db
    .deleteFrom('webhook_secrets')
    .where('webhook_id', '=', webhookId)
    .where('expires_at', '<=', now)
    .execute()
  await db
    .updateTable('webhook_secrets')
    .set({ expires_at: expiresAt })
    .where('webhook_id', '=', webhookId)
    .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', expiresAt)]))
    .execute()
}

/** Ends the overlap of former secrets. */
export async function endFormerSecrets(db: Db, webhookId: number, now: string): Promise<void> {
  await db
    .updateTable('webhook_secrets')
    .set({ expires_at: now })
    .where('webhook_id', '=', webhookId)
    .where('expires_at', '>', now)
    .execute()
}

function matching(db: Db, { q, status, event_type, owner_id, seen_by }: SeenFilter) {
  const isFailing = status === 'failing'
  const all = db.selectFrom('webhooks')
  const living =
    q === undefined
      ? all.where('deleted_at', 'is', null)
      : all.where(livesAndHoldsWords(db, 'webhooks', searchTerm(db, searchTerms(q))))
  let found = withValues(living, { status: isFailing ? 'active' : status, owner_id })
  if (seen_by !== undefined) found = found.where('owner_id', '=', seen_by)
  // In the words of the index.
  if (isFailing) found = found.where(sql<SqlBool>`coalesce(failing_since, '') > ''`)
  if (event_type === undefined) return found
  return found.where('id', 'in', (eb) =>
    eb
      .selectFrom('webhook_subscriptions')
      .select('webhook_subscriptions.webhook_id')
      .where('webhook_subscriptions.event_type', '=', event_type),
  )
}

export async function withRelated(
  db: Db,
  rows: readonly Selectable<WebhooksTable>[],
  now: string,
): Promise<WebhookRow[]> {
  if (rows.length === 0) return []
  const [senders, secrets] = await Promise.all([
    sendersOf(db, rows, now),
    db
      .selectFrom('webhook_secrets')
      .select(['webhook_id', 'public_key', 'expires_at'])
      .where(
        'webhook_id',
        'in',
        rows.map((row) => row.id),
      )
      .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', now)]))
      .orderBy('id')
      .execute(),
  ])
  return rows.map((row) => {
    const own = secrets.filter(({ webhook_id }) => webhook_id === row.id)
    return {
      ...row,
      sender: senders.get(row.id),
      has_secret: own.some(({ expires_at }) => expires_at === null),
      public_keys: own.flatMap(({ public_key }) => public_key ?? []).toReversed(),
      previous_secret_expires_at: own.findLast(({ expires_at }) => expires_at !== null)?.expires_at ?? null,
    }
  })
}
