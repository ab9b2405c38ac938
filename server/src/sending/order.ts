import { counterKey, readCount } from '../db/counters.ts'
import type { Transaction } from '../db/database.ts'
import type { DeliveriesTable } from '../db/tables.ts'
import { countDelivery } from '../events/outbox.ts'
import * as store from './order-store.ts'

/**
 * The order of events about one record, for webhooks that want it: a delivery is not sent while an earlier one about the
 * same record has not ended. Two rules make that hold with any number of processes. What decides it happens while the
 * webhook is locked: the claim, the end of an attempt, and everything else that ends a delivery. And the events of a
 * record get their ids in the order of its changes, because each change locks the record before it writes its event.
 *
 * What is due and not next is held for the reason `order`, so that no claim looks at it again; what ends a delivery
 * releases the next of the record. Resends and tests have no key, and stand outside the order.
 */

type Ordered = Pick<DeliveriesTable, 'webhook_id' | 'order_key'>
type Due = { id: number } & Pick<DeliveriesTable, 'order_key' | 'generation'> & { is_test: number }

/** Waiting deliveries that are ordered at once when a webhook changes: that transaction stays short. */
export const orderedAtOnceMax = 10_000

/**
 * @param due of one locked webhook
 * @returns those that may be sent as far as the order goes, and those behind another delivery; those behind one that is
 * not written yet are in neither
 */
export async function inOrder<R extends Due>(
  trx: Transaction,
  webhook_id: number,
  due: readonly R[],
): Promise<{ next: R[]; behind: R[] }> {
  if (due.length === 0) return { next: [], behind: [] }
  // Written by a change that was about to commit when the webhook became ordered.
  const strays = due.filter(
    ({ order_key, generation, is_test }) => order_key === null && generation === 1 && is_test === 0,
  )
  if (strays.length > 0)
    await store.setKeys(
      trx.db,
      strays.map(({ id }) => id),
    )
  const ids = JSON.stringify(due.map(({ id }) => id))
  // The notes first: a delivery takes the place of its note in one transaction, so that one of the two is seen.
  const unwritten = new Set((await store.findBehindNotes(trx.db, { ids, webhook_id })).map(({ id }) => id))
  const heads = await store.findHeads(trx.db, { ids })
  const behind = new Set(heads.filter(({ head_id }) => head_id !== null).map(({ id }) => id))
  return {
    next: due.filter(({ id }) => !behind.has(id) && !unwritten.has(id)),
    behind: due.filter(({ id }) => behind.has(id)),
  }
}

/** Releases the delivery that is next, where it waited for one of these. @param ended of locked webhooks */
export async function releaseNext(trx: Transaction, ended: readonly Ordered[]): Promise<void> {
  const known = new Set<string>()
  const released: number[] = []
  for (const { webhook_id, order_key } of ended) {
    if (order_key === null || known.has(`${webhook_id} ${order_key}`)) continue
    known.add(`${webhook_id} ${order_key}`)
    const [first] = await store.findFirst(trx.db, { webhook_id, order_key })
    if (first?.status !== 'held' || first.reason !== 'order') continue
    released.push(first.id)
    countDelivery(trx, first, 'held', -1)
    countDelivery(trx, first, 'pending', 1)
  }
  if (released.length === 0) return
  await store.release(trx.db, { ids: JSON.stringify(released) })
  trx.hint('work')
}

/** @returns how many deliveries of a webhook have not ended */
export async function countOpen({ db }: Transaction, webhookId: number): Promise<number> {
  const counts = await Promise.all(
    (['pending', 'sending', 'held'] as const).map((status) =>
      readCount(db, counterKey(`deliveries/${webhookId}`, { status })),
    ),
  )
  return counts.reduce((sum, count) => sum + count, 0)
}
