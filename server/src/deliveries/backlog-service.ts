import type { Context } from '../context.ts'
import { fromTimestamp, secondMs } from '../lib/timestamps.ts'
import { type Circuit, circuitOf } from '../sending/health.ts'
import * as store from './backlog-store.ts'

/** The state of one receiver. */
export interface ReceiverState {
  id: number
  circuit: Circuit
  /** 0 when nothing is due. */
  oldestDueSeconds: number
}

export async function receiverStates({ database, clock }: Context): Promise<ReceiverState[]> {
  const nowMs = clock.now()
  const backlogs = await store.listBacklogs(database.read)
  return backlogs.map((backlog) => ({
    id: backlog.id,
    circuit: circuitOf(backlog, nowMs),
    oldestDueSeconds:
      backlog.oldest_due_at === null
        ? 0
        : Math.max(0, (nowMs - fromTimestamp(backlog.oldest_due_at)) / secondMs),
  }))
}

/** Events whose deliveries are still to be written. */
export function countQueued({ database }: Context): Promise<number> {
  return store.countFanOuts(database.read)
}
