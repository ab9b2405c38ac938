import type { Context } from '../context.ts'
import { countDelivery } from '../events/outbox.ts'
import type { Task } from '../lib/background.ts'
import { dayMs, minuteMs, toInstant, toTimestamp } from '../lib/timestamps.ts'
import * as store from './prune-store.ts'

const batchMax = 500

/**
 * Lets go of deliveries, with their attempts, a batch at a time: those that ended longer ago than they are kept for; those
 * that waited that long for a webhook that nothing is sent to; and all of a webhook that was deleted, which goes last.
 */
export function deliveryPruning(context: Context): Task {
  return {
    name: 'prune old deliveries',
    everyMs: minuteMs,
    async run() {
      while ((await pruneBatch(context)) === batchMax);
      await forgetDeleted(context)
    },
  }
}

async function pruneBatch({ database, clock, config }: Context): Promise<number> {
  const before = toInstant(clock.now() - config.webhooks.retentionDays * dayMs)
  // Looked up before a transaction is opened: nearly always nothing is due.
  if ((await store.takePrunable(database.read, before, 1)).length === 0) return 0
  return database.write(async (trx) => {
    const deliveries = await store.takePrunable(trx.db, before, batchMax)
    await store.deleteDeliveries(
      trx.db,
      deliveries.map(({ id }) => id),
    )
    for (const delivery of deliveries) countDelivery(trx, delivery, delivery.status, -1)
    return deliveries.length
  })
}

/** A day after its deletion no change can still be about to write a delivery for it. */
async function forgetDeleted({ database, clock }: Context): Promise<void> {
  const before = toTimestamp(clock.now() - dayMs)
  for (const id of await store.findForgettable(database.read, before)) {
    await database.write((trx) => store.deleteWebhook(trx.db, id))
  }
}
