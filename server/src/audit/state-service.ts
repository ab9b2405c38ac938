import type { Context } from '../context.ts'
import { fromTimestamp, secondMs } from '../lib/timestamps.ts'
import { oldestUnchained, readState } from './chain-store.ts'
import { sentThrough } from './sink-store.ts'

export interface AuditState {
  seq: number
  hash: string
  unchainedSeconds: number
  sinkLagRows: number
}

/** What the metrics show; a few rows are read. */
export async function auditState({ database, clock, config }: Context): Promise<AuditState> {
  const { seq, hash } = await readState(database.read)
  const [oldest, sent] = await Promise.all([
    oldestUnchained(database.read),
    config.auditSink ? sentThrough(database.read, config.auditSink.target) : seq,
  ])
  const ageMs = oldest === undefined ? 0 : Math.max(0, clock.now() - fromTimestamp(oldest))
  return { seq, hash, unchainedSeconds: ageMs / secondMs, sinkLagRows: seq - sent }
}
