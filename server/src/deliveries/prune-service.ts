import type { Context } from '../context.ts'
import { dueTask } from '../db/due-task.ts'
import { countDelivery } from '../events/outbox.ts'
import type { Task } from '../lib/background.ts'
import { dayMs, hourMs, minuteMs, toInstant, toTimestamp } from '../lib/timestamps.ts'
import { deleteOutcomes } from '../sending/outcomes-store.ts'
import * as store from './prune-store.ts'

/**
 * Deletes deliveries with their attempts: those that ended longer ago than the retention, those that were held as long,
 * and all of a deleted webhook. The webhook itself goes last, a day after its deletion: by then no
 * change can still be about to write a delivery for it.
 */
export function deliveryPruning(context: Context): Task {
  return dueTask(
    context,
    'prune old deliveries',
    minuteMs,
    {
      keptMs: context.config.webhooks.retentionDays * dayMs,
      isDue: async (db, dueMs) => (await store.takePrunable(db, toInstant(dueMs), 1)).length > 0,
      async run(trx, dueMs, limit) {
        const deliveries = await store.takePrunable(trx.db, toInstant(dueMs), limit)
        const ids = deliveries.map(({ id }) => id)
        await store.deleteDeliveries(trx.db, ids)
        for (const delivery of deliveries) countDelivery(trx, delivery, delivery.status, -1)
        const held = deliveries.filter(({ status }) => status === 'held').length
        trx.afterCommit(() => {
          context.dispatcher.statistics.expiredHeld += held
        })
        return ids.length
      },
    },
    {
      keptMs: dayMs,
      atOnce: 20,
      isDue: async (db, dueMs) => (await store.findForgettable(db, toTimestamp(dueMs), 1)).length > 0,
      async run({ db }, dueMs, limit) {
        const ids = await store.findForgettable(db, toTimestamp(dueMs), limit)
        for (const id of ids) await store.deleteWebhook(db, id)
        return ids.length
      },
    },
  )
}

/** Kept as long as the use of credentials; the deliveries themselves go sooner. */
export function outcomePruning(context: Context): Task {
  return dueTask(context, 'prune old delivery outcomes', hourMs, {
    keptMs: 400 * dayMs,
    run: ({ db }, dueMs, limit) => deleteOutcomes(db, toTimestamp(dueMs), limit),
  })
}
