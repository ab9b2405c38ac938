import { type SqlBool, sql } from 'kysely'
import type { Db } from '../db/database.ts'
import { listedTexts, lockingRow } from '../db/dialect.ts'
import { loggedAfter, logOrder, logPlace, settled } from '../db/event-log.ts'
import type { Span } from '../sending/dispatch-store.ts'
import type { DeliveryRow } from './store.ts'

/** Failed deliveries that were not resent, oldest first, of the types that the webhook subscribes to. */
export function takeFailed(db: Db, span: Span, limit: number): Promise<DeliveryRow[]> {
  return failed(db, span)
    .selectAll()
    .orderBy('created_at')
    .orderBy('id')
    .limit(limit)
    .modifyEnd(lockingRow(db))
    .execute()
}

export async function countFailed(db: Db, span: Span): Promise<number> {
  const { total } = await failed(db, span)
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow()
  return total
}

function failed(db: Db, { webhook_id, since, until, types }: Span) {
  let query = db
    .selectFrom('deliveries')
    .where('webhook_id', '=', webhook_id)
    .where('status', '=', sql.lit('failed'))
    .where('is_test', '=', sql.lit(0))
    .where('resent_as', 'is', null)
    .where('event_type', 'in', (eb) =>
      eb
        .selectFrom('webhook_subscriptions')
        .select('webhook_subscriptions.event_type')
        .where('webhook_subscriptions.webhook_id', '=', webhook_id),
    )
  if (since !== undefined) query = query.where('created_at', '>=', since)
  if (until !== undefined) query = query.where('created_at', '<', until)
  if (types !== undefined) query = query.where('event_type', 'in', listedTexts(db, types))
  return query
}

export async function subscribedTypes(db: Db, webhookId: number): Promise<string[]> {
  const rows = await db
    .selectFrom('webhook_subscriptions')
    .select('event_type')
    .where('webhook_id', '=', webhookId)
    .execute()
  return rows.map(({ event_type }) => event_type)
}

/** The next events of the log, in its order, each with the newest delivery to a webhook. */
export function listWithNewest(
  db: Db,
  { webhook_id, after }: { webhook_id: number; after: number },
  limit: number,
) {
  let page = db
    .selectFrom('events')
    .select(['id', 'type', 'occurred_at', 'resource_type', 'resource_id', 'category', 'status', 'author_id'])
    .select(logPlace(db))
    .where(settled(db))
    .where(loggedAfter(db, after))
    .limit(limit)
  for (const column of logOrder(db)) page = page.orderBy(column)
  return (
    db
      .selectFrom(page.as('event'))
      .leftJoin('deliveries as newest', (join) =>
        join
          .onRef('newest.event_id', '=', 'event.id')
          .on('newest.webhook_id', '=', webhook_id)
          .on((eb) =>
            eb.not(
              eb.exists(
                eb
                  .selectFrom('deliveries as later')
                  .select('later.id')
                  .whereRef('later.event_id', '=', 'newest.event_id')
                  .whereRef('later.webhook_id', '=', 'newest.webhook_id')
                  .whereRef('later.generation', '>', 'newest.generation'),
              ),
            ),
          ),
      )
      .selectAll('event')
      .select([
        'newest.id as delivery_id',
        'newest.status as delivery_status',
        'newest.reason as delivery_reason',
        'newest.created_at as delivery_created_at',
      ])
      // In the same snapshot: the deliveries of an event are there, or a note of those who are still to get one.
      .select(sql<SqlBool>`exists (select 1 from fan_outs where fan_outs.event_id = event.id)`.as('is_noted'))
      .orderBy('event.place')
      .orderBy('event.id')
      .execute()
  )
}

export type WithNewest = Awaited<ReturnType<typeof listWithNewest>>[number]

/**
 * The last event before a time, 0 without one. Events have no index by time, because all changes would pay for it: ids grow
 * with the time, but for what transactions that overlap make of it.
 */
export async function lastEventBefore(db: Db, time: string): Promise<number> {
  const [first, last] = [await edge(db, 'asc'), await edge(db, 'desc')]
  if (!first || !last || first.occurred_at >= time) return 0
  // The first is always before the time, and whatever follows the last is not.
  let [before, beyond] = [first.id, last.id + 1]
  while (beyond - before > 1) {
    const middle = before + Math.floor((beyond - before) / 2)
    const found = await atOrAfter(db, middle)
    if (found && found.id < beyond && found.occurred_at < time) before = found.id
    else beyond = middle
  }
  return before
}

function edge(db: Db, direction: 'asc' | 'desc') {
  return db
    .selectFrom('events')
    .select(['id', 'occurred_at'])
    .orderBy('id', direction)
    .limit(1)
    .executeTakeFirst()
}

function atOrAfter(db: Db, id: number) {
  return db
    .selectFrom('events')
    .select(['id', 'occurred_at'])
    .where('id', '>=', id)
    .orderBy('id')
    .limit(1)
    .executeTakeFirst()
}
