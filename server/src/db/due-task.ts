import type { Task } from '../lib/background.ts'
import type { Clock } from '../lib/clock.ts'
import type { Database, Db, Transaction } from './database.ts'

/** Rows that are due at some instant: to be deleted when they are old enough, to be published when their time has come. */
export interface Due {
  /** For how long they are left alone; 0 unless given. */
  keptMs?: number
  /** How many are worked on in one transaction: few, so that no other change waits long. */
  atOnce?: number
  /** Asked before a transaction is opened, where nearly always nothing is due. */
  isDue?(db: Db, dueMs: number): Promise<boolean>
  /** @returns how many it worked on; at most `limit` */
  run(trx: Transaction, dueMs: number, limit: number): Promise<number>
}

/** A task that works through what is due, one batch and one transaction after the other. */
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
