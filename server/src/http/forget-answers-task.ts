import type { Context } from '../context.ts'
import type { Task } from '../lib/background.ts'
import { hourMs, toTimestamp } from '../lib/timestamps.ts'
import { responsesKeptMs } from './idempotency.ts'
import { forgetResponses } from './idempotency-store.ts'

const batchMax = 200

/** Removes the answers to repeated POSTs that are too old to be given again. */
export function responseForgetting({ database, clock }: Context): Task {
  return {
    name: 'forget answers',
    everyMs: hourMs,
    async run() {
      const expiry = toTimestamp(clock.now() - responsesKeptMs)
      while ((await database.write((trx) => forgetResponses(trx.db, expiry, batchMax))) === batchMax);
    },
  }
}
