import type { Task } from '../lib/background.ts'
import type { Clock } from '../lib/clock.ts'
import type { Database, Db, Transaction } from './database.ts'

/** Rows that become due: to be deleted when they are old enough, or published at their time. */
export interface Due {
  /** How long they are kept before; 0 unless given. */
  keptMs?: number
  /** Rows per transaction: few, so that no other change waits long. */
  atOnce?: number
  /** A check before a transaction is opened, for tasks that rarely have anything due. */
  isDue?(db: Db, dueMs: number): Promise<boolean>
  /** @returns how many rows it processed; at most `limit` */
  run(trx: Transaction, dueMs: number, limit: number): Promise<number>
}

/** A task that processes everything due, one batch and transaction after the other. */
export function dueTask(
  { database, clock }: { database: Database; clock: Clock },
  name: string,
  everyMs: number,
  ...kinds: readonly Due[]
): Task {
  return {
    name,
    everyMs,
    async run() {
      for (const { keptMs = 0, atOnce = 500, isDue, run } of kinds) {
        for (let done = atOnce; done === atOnce; ) {
          const dueMs = clock.now() - keptMs
          const mayBeDue = isDue === undefined || (await isDue(database.read, dueMs))
          done = mayBeDue ? await database.write((trx) => run(trx, dueMs, atOnce)) : 0
        }
      }
    },
  }
}
