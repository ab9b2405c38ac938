import type { Context } from '../context.ts'
import type { Db } from '../db/database.ts'
import type { Task } from '../lib/background.ts'
import { dayMs, hourMs, secondMs, toTimestamp } from '../lib/timestamps.ts'
import { minutesKeptMs } from './service.ts'
import { deleteTotals, deleteUsage } from './store.ts'

const keptDays = 400
const batchMax = 500

export function usageWriting({ usage }: Context): Task {
  return { name: 'write down usage', everyMs: 5 * secondMs, run: () => usage.flush() }
}

/** Longer than a year, so that a month can be held against the same one of the year before. Minutes go after a day. */
export function usagePruning({ database, clock }: Context): Task {
  return {
    name: 'prune old usage',
    everyMs: hourMs,
    async run() {
      const nowMs = clock.now()
      const before = toTimestamp(nowMs - keptDays * dayMs)
      // A report that begins where the minutes do must find its first one whole.
      const minutesBefore = toTimestamp(nowMs - minutesKeptMs - hourMs)
      await inBatches((db) => deleteUsage(db, before, batchMax))
      await inBatches((db) => deleteTotals(db, 'hour', before, batchMax))
      await inBatches((db) => deleteTotals(db, 'minute', minutesBefore, batchMax))
    },
  }

  async function inBatches(deleteSome: (db: Db) => Promise<number>): Promise<void> {
    while ((await database.write((trx) => deleteSome(trx.db))) === batchMax);
  }
}
