import type { Context } from '../context.ts'
import type { Transaction } from '../db/database.ts'
import { toTimestamp } from '../lib/timestamps.ts'
import { nextTime } from './definition.ts'
import { rightsOf } from './rights.ts'
import { writeRuns } from './runs.ts'
import { triggerOf } from './service.ts'
import { hasDueSchedule, takeDueSchedules, updateAutomation } from './store.ts'

const rulesAtOnce = 50

type Dependencies = Pick<Context, 'database' | 'clock'>

/**
 * Begins the runs of schedules that are due. One that was missed while the server was down is made up for once, however
 * often it was missed.
 * @returns whether there was anything to do; call again then
 */
export async function beginScheduled({ database, clock }: Dependencies): Promise<boolean> {
  const nowMs = clock.now()
  if (!(await hasDueSchedule(database.read, toTimestamp(nowMs)))) return false
  return (await database.write((trx) => begin(trx, nowMs))) > 0
}

async function begin(trx: Transaction, nowMs: number): Promise<number> {
  const now = toTimestamp(nowMs)
  const due = await takeDueSchedules(trx.db, now, rulesAtOnce)
  const rights = await rightsOf(trx.db, due, now)
  for (const rule of due) {
    const may = rights.get(rule.id)
    if (may && !('problem' in may))
      await writeRuns(trx, [{ rule, trigger_type: 'schedule', depth: 1 }], nowMs)
    await updateAutomation(trx.db, rule.id, { next_run_at: toTimestamp(nextTime(triggerOf(rule), nowMs)) })
  }
  return due.length
}
