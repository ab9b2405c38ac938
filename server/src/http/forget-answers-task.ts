import type { Context } from '../context.ts'
import type { Task } from '../lib/background.ts'
import { hourMs, toTimestamp } from '../lib/timestamps.ts'
import { answersKeptMs } from './idempotency.ts'
import { forgetAnswers } from './idempotency-store.ts'

const batchMax = 200

/** Removes the answers to repeated POSTs that are too old to be given again. */
export function answerForgetting({ database, clock }: Context): Task {
  return {
    name: 'forget answers',
    everyMs: hourMs,
    async run() {
      const expiry = toTimestamp(clock.now() - answersKeptMs)
      while ((await database.write((trx) => forgetAnswers(trx.db, expiry, batchMax))) === batchMax);
    },
  }
}
