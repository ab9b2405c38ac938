import type { Context } from '../context.ts'
import type { Task } from '../lib/background.ts'
import { dayMs, hourMs, secondMs, toTimestamp } from '../lib/timestamps.ts'
import { deleteUsage } from './usage-store.ts'

const keptDays = 400
const batchMax = 500

export function usageWriting({ usage }: Context): Task {
  return { name: 'write down usage', everyMs: 5 * secondMs, run: () => usage.flush() }
}

/** Longer than a year, so that a month can be held against the same one of the year before. */
export function usagePruning({ database, clock }: Context): Task {
  return {
    name: 'prune old usage',
    everyMs: hourMs,
    async run() {
      const before = toTimestamp(clock.now() - keptDays * dayMs)
      while ((await database.write((trx) => deleteUsage(trx.db, before, batchMax))) === batchMax);
    },
  }
}
