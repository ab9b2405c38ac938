import { type Sender, sendersOf } from '../access/senders.ts'
import type { Context } from '../context.ts'
import type { Db, Transaction } from '../db/database.ts'
import { countDelivery } from '../events/outbox.ts'
import { toInstant, toTimestamp } from '../lib/timestamps.ts'
import * as store from './arrange-store.ts'
import { holdWebhooks, type WebhookRow } from './dispatch-store.ts'
import { releaseNext } from './order.ts'
import { notWaitedFor } from './order-store.ts'
import { type DiscardReason, fingerprintOf, type HeldReason, type Standing, standingOf } from './standing.ts'

/** Deliveries of one webhook that a transaction moves: no other change waits long for it. */
export const movedMax = 250
const webhooksAtOnce = 100

type Dependencies = Pick<Context, 'database' | 'catalog' | 'clock'>

/**
 * Moves the waiting deliveries of webhooks to where they belong after something has changed: a webhook was paused,
 * disabled or resumed, changed its subscriptions or its owner, or its owner gained or lost rights. Each such change
 * gives the webhook a new `standing`; it is arranged when all its deliveries have been looked at under the newest one.
 * What is only seen in a single delivery, and whatever slips in meanwhile, is decided by the claim.
 * @returns whether there was anything to do; call again then
 */
export async function arrangeSome(context: Dependencies): Promise<boolean> {
  const { database } = context
  const due = await store.findUnarranged(database.read, { limit: webhooksAtOnce })
  for (const { id } of due) await database.write((trx) => arrange(trx, context, id))
  return due.length > 0
}

/** Compares what the owners and makers of webhooks may do with what they could, and gives those a new standing that differ. */
export async function watchOwners({ database, clock }: Dependencies): Promise<void> {
  const webhooks = await store.listOwners(database.read, {})
  if (webhooks.length === 0) return
  const nowMs = clock.now()
  const senders = await sendersOf(database.read, webhooks, toTimestamp(nowMs))
  const known = new Map<string, string>()
  const changed = webhooks.filter(({ id, owner_id, credential_id, owner_grant }) => {
    const alike = `${owner_id} ${credential_id}`
    const fingerprint = known.get(alike) ?? fingerprintOf(senders.get(id))
    known.set(alike, fingerprint)
    return fingerprint !== owner_grant
  })
  if (changed.length === 0) return
  await database.write(async (trx) => {
    const ids = changed.map(({ id }) => id)
    const held = await holdWebhooks(trx.db, ids, { wait: true })
    await standingsOf(trx, held, nowMs)
  })
}

/**
 * What the owners and makers of locked webhooks may do now, by the id of the webhook. Records where that has changed:
 * a delivery that is held because of it must be held under the standing that belongs to it.
 */
export async function standingsOf(
  trx: Transaction,
  webhooks: readonly WebhookRow[],
  nowMs: number,
): Promise<Map<number, { sender: Sender; standing: number }>> {
  const senders = await sendersOf(trx.db, webhooks, toTimestamp(nowMs))
  const found = new Map<number, { sender: Sender; standing: number }>()
  for (const { id, owner_grant, standing } of webhooks) {
    const sender = senders.get(id) ?? unknown.sender
    const fingerprint = fingerprintOf(sender)
    const hasChanged = fingerprint !== owner_grant
    if (hasChanged) await store.noteGrant(trx.db, id, fingerprint, standing + 1)
    found.set(id, { sender, standing: hasChanged ? standing + 1 : standing })
  }
  return found
}

/** Of a webhook that is gone. */
export const unknown = { sender: { owner: undefined, maker: undefined }, standing: 0 }

async function arrange(trx: Transaction, { catalog, clock }: Dependencies, id: number): Promise<void> {
  const [webhook] = await holdWebhooks(trx.db, [id], { wait: true })
  if (!webhook || webhook.deleted_at !== null) return
  const nowMs = clock.now()
  const { sender, standing: number } = (await standingsOf(trx, [webhook], nowMs)).get(id) ?? unknown
  const standing = standingOf(webhook, sender, catalog.eventTypes)
  const move = moving(trx, nowMs, number)
  await moveAll(trx.db, move, id, standing, number)
  if (move.room() > 0) await store.noteArranged(trx.db, id, number)
}

async function moveAll(
  db: Db,
  move: Moving,
  webhook_id: number,
  { resting, typesByKind }: Standing,
  number: number,
): Promise<void> {
  const { unsubscribed, unreadable, withheld, readable } = typesByKind()
  const of = (types: readonly string[]) => ({ webhook_id, types, limit: move.room() })
  for (const status of ['pending', 'held'] as const)
    await move.discard(await store.takeOfTypes(db, of(unsubscribed), status), 'unsubscribed')
  if (resting) {
    await move.hold(await store.takePending(db, { webhook_id, limit: move.room() }), resting)
    return
  }
  for (const [types, reason] of [
    [unreadable, 'owner_lacks_scope'],
    [withheld, 'credential_lacks_scope'],
  ] as const) {
    await move.hold(await store.takeOfTypes(db, of(types), 'pending'), reason)
    await move.hold(await store.takeHeldBefore(db, of(types), number), reason)
  }
  await move.release(await store.takeHeldBefore(db, of(readable), number))
}

export type Moving = ReturnType<typeof moving>

/** Moves deliveries with their totals, `movedMax` at most. */
export function moving(trx: Transaction, nowMs: number, standing: number) {
  const now = toInstant(nowMs)
  let room = movedMax

  async function move(rows: readonly store.Waiting[], place: store.Place): Promise<void> {
    if (rows.length === 0) return
    room = Math.max(0, room - rows.length)
    await store.moveTo(
      trx.db,
      rows.map(({ id }) => id),
      place,
    )
    for (const row of rows) {
      countDelivery(trx, row, row.status, -1)
      countDelivery(trx, row, place.status, 1)
    }
  }

  return {
    room: () => room,
    async hold(rows: readonly store.Waiting[], reason: HeldReason): Promise<void> {
      await move(rows, { status: 'held', reason, standing })
      if (reason === notWaitedFor) await releaseNext(trx, rows)
    },
    async discard(rows: readonly store.Waiting[], reason: DiscardReason): Promise<void> {
      await move(rows, { status: 'discarded', reason, finished_at: now })
      await releaseNext(trx, rows)
    },
    /** Due at once, however long the next attempt was to wait. */
    async release(rows: readonly store.Waiting[]): Promise<void> {
      await move(rows, { status: 'pending', next_attempt_at: now })
      if (rows.length > 0) trx.hint('work')
    },
  }
}
