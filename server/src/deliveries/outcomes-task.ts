import type { Context } from '../context.ts'
import type { Task } from '../lib/background.ts'
import { dayMs, hourMs, toTimestamp } from '../lib/timestamps.ts'
import { deleteOutcomes } from '../sending/outcomes-store.ts'

/** As long as the use of credentials; the deliveries themselves go sooner. */
const keptDays = 400
const batchMax = 500

export function outcomePruning({ database, clock }: Context): Task {
  return {
    name: 'prune old delivery outcomes',
    everyMs: hourMs,
    async run() {
      const before = toTimestamp(clock.now() - keptDays * dayMs)
      while ((await database.write((trx) => deleteOutcomes(trx.db, before, batchMax))) === batchMax);
    },
  }
}
