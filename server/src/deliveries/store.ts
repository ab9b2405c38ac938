import type { Insertable, Selectable } from 'kysely'
import { counterKey, readCount } from '../db/counters.ts'
import type { Db } from '../db/database.ts'
import { listed, lockingRow } from '../db/dialect.ts'
import { cutSlice, type Slice } from '../db/page.ts'
import type { DeliveriesTable, DeliveryAttemptsTable } from '../db/tables.ts'

export type DeliveryRow = Selectable<DeliveriesTable>
export type AttemptRow = Selectable<DeliveryAttemptsTable>

export interface DeliveryFilter {
  webhook_id: number
  status?: DeliveriesTable['status']
  event_type?: string
  /** Its earliest instant. */
  since?: string
  /** The instant before which it was created. */
  until?: string
  last_result?: string
  response_status?: number
}

export function listDeliveries(db: Db, filter: DeliveryFilter, slice: Slice): Promise<DeliveryRow[]> {
  return cutSlice(matching(db, filter), db.selectFrom('deliveries'), slice).selectAll().execute()
}

/** From a counter; with other filters, counted over an index. */
export async function countDeliveries(db: Db, filter: DeliveryFilter): Promise<number> {
  const { webhook_id, event_type, status, ...others } = filter
  if (Object.keys(others).length === 0)
    return readCount(db, counterKey(`deliveries/${webhook_id}`, { event_type, status }))
  const { total } = await matching(db, filter)
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow()
  return total
}

interface OfEvent {
  event_id: number
  /** Of the webhooks. */
  owner_id?: number
}

export function listDeliveriesOfEvent(db: Db, filter: OfEvent, slice: Slice): Promise<DeliveryRow[]> {
  return cutSlice(matchingEvent(db, filter), db.selectFrom('deliveries'), slice).selectAll().execute()
}

export async function countDeliveriesOfEvent(db: Db, filter: OfEvent): Promise<number> {
  const { total } = await matchingEvent(db, filter)
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow()
  return total
}

/** To webhooks that exist. */
function matchingEvent(db: Db, { event_id, owner_id }: OfEvent) {
  let living = db.selectFrom('webhooks').select('id').where('deleted_at', 'is', null)
  if (owner_id !== undefined) living = living.where('owner_id', '=', owner_id)
  return db.selectFrom('deliveries').where('event_id', '=', event_id).where('webhook_id', 'in', living)
}

export async function findDelivery(
  db: Db,
  id: number,
  { forUpdate = false } = {},
): Promise<DeliveryRow | undefined> {
  let query = db.selectFrom('deliveries').selectAll().where('id', '=', id)
  if (forUpdate) query = query.modifyEnd(lockingRow(db))
  return query.executeTakeFirst()
}

export async function findOccurrences(
  db: Db,
  eventIds: readonly number[],
): Promise<Map<number, { id: number; occurred_at: string }>> {
  if (eventIds.length === 0) return new Map()
  const rows = await db
    .selectFrom('events')
    .select(['id', 'occurred_at'])
    .where('id', 'in', eventIds)
    .execute()
  return new Map(rows.map((row) => [row.id, row]))
}

export type LastAttempt = Pick<AttemptRow, 'delivery_id' | 'duration_ms' | 'error' | 'response_status'>

/** The last attempt of each delivery that has one. */
export async function findLastAttempts(
  db: Db,
  deliveryIds: readonly number[],
): Promise<Map<number, LastAttempt>> {
  if (deliveryIds.length === 0) return new Map()
  const rows = await db
    .selectFrom('delivery_attempts as attempt')
    .select(['attempt.delivery_id', 'attempt.duration_ms', 'attempt.error', 'attempt.response_status'])
    .where('attempt.delivery_id', 'in', listed(db, JSON.stringify(deliveryIds)))
    .where('attempt.number', '=', (eb) =>
      eb
        .selectFrom('delivery_attempts as other')
        .select((last) => last.fn.max('other.number').as('number'))
        .whereRef('other.delivery_id', '=', 'attempt.delivery_id'),
    )
    .execute()
  return new Map(rows.map((row) => [row.delivery_id, row]))
}

/** Oldest first. */
export function listAttempts(db: Db, deliveryId: number): Promise<AttemptRow[]> {
  return db
    .selectFrom('delivery_attempts')
    .selectAll()
    .where('delivery_id', '=', deliveryId)
    .orderBy('number')
    .execute()
}

export async function insertDelivery(db: Db, row: Insertable<DeliveriesTable>): Promise<DeliveryRow> {
  return db.insertInto('deliveries').values(row).returningAll().executeTakeFirstOrThrow()
}

/** Makes a delivery that waits for its next attempt due. */
export async function makeDue(db: Db, id: number, now: string): Promise<void> {
  await db
    .updateTable('deliveries')
    .set({ next_attempt_at: now })
    .where('id', '=', id)
    .where('status', '=', 'pending')
    .execute()
}

export async function nextGeneration(db: Db, { event_id, webhook_id }: DeliveryRow): Promise<number> {
  const { last } = await db
    .selectFrom('deliveries')
    .select((eb) => eb.fn.max('generation').as('last'))
    .where('event_id', '=', event_id)
    .where('webhook_id', '=', webhook_id)
    .executeTakeFirstOrThrow()
  return Number(last) + 1
}

export async function noteResent(db: Db, id: number, resentAs: number): Promise<void> {
  await db.updateTable('deliveries').set({ resent_as: resentAs }).where('id', '=', id).execute()
}

function matching(db: Db, { since, until, response_status, ...equal }: DeliveryFilter) {
  let query = db.selectFrom('deliveries')
  for (const [column, value] of Object.entries(equal)) {
    if (value !== undefined) query = query.where(column as keyof typeof equal, '=', value)
  }
  if (since !== undefined) query = query.where('created_at', '>=', since)
  if (until !== undefined) query = query.where('created_at', '<', until)
  if (response_status === undefined) return query
  return query.where(
    (eb) =>
      eb
        .selectFrom('delivery_attempts')
        .select('response_status')
        .whereRef('delivery_id', '=', 'deliveries.id')
        .orderBy('number', 'desc')
        .limit(1),
    '=',
    response_status,
  )
}
