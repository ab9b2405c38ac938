import { unlimitedActor } from '../access/caller.ts'
import type { Context } from '../context.ts'
import { dueTask } from '../db/due-task.ts'
import type { Task } from '../lib/background.ts'
import { dayMs, hourMs, toTimestamp } from '../lib/timestamps.ts'
import { changing } from '../resource/record.ts'
import { record } from './service.ts'
import * as store from './store.ts'

/** Finished requests hold reasons and contacts of people; the audit log keeps what was decided. */
const finishedKeptMs = 90 * dayMs

/** Notes approvals that were not collected in time, and removes finished requests later. */
export function requestLapsing(context: Context): Task {
  return dueTask(
    context,
    'lapse credential requests',
    hourMs,
    {
      atOnce: 50,
      async run(trx, dueMs, limit) {
        const ids = await store.takeLapsed(trx.db, toTimestamp(dueMs), limit)
        const actor = unlimitedActor({ type: 'system', name: 'lapse' }, 0)
        for (const id of ids) {
          await changing(context, actor, async (doing) => {
            const before = await record.requireForChange(doing, id)
            await record.write(doing, 'lapse', before, { status: 'lapsed' })
          })(trx)
        }
        return ids.length
      },
    },
    {
      keptMs: finishedKeptMs,
      run: ({ db }, dueMs, limit) => store.pruneFinished(db, toTimestamp(dueMs), limit),
    },
  )
}
