import type { Context } from '../context.ts'
import type { Task } from '../lib/background.ts'
import { dayMs, minuteMs, toTimestamp } from '../lib/timestamps.ts'
import { deleteEvents, takePrunable } from './store.ts'

const batchMax = 500

/** Lets go of events that are older than they are kept for, from the beginning of the log, a batch at a time. */
export function eventPruning(context: Context): Task {
  return {
    name: 'prune old events',
    everyMs: minuteMs,
    async run() {
      while ((await pruneBatch(context)) === batchMax);
    },
  }
}

async function pruneBatch({ database, clock, config }: Context): Promise<number> {
  const before = toTimestamp(clock.now() - config.eventRetentionDays * dayMs)
  // Looked up before a transaction is opened: nearly always nothing is due.
  const due = await takePrunable(database.read, before, 1)
  if (due.length === 0) return 0
  return database.write(async (trx) => {
    const events = await takePrunable(trx.db, before, batchMax)
    if (events.length > 0) await deleteEvents(trx, events)
    return events.length
  })
}
