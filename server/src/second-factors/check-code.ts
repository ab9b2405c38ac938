import type { Actor, ActorName } from '../access/caller.ts'
import { recordAudit } from '../audit/record.ts'
import type { Context } from '../context.ts'
import type { Transaction } from '../db/database.ts'
import { fromTimestamp, minuteMs, toTimestamp } from '../lib/timestamps.ts'
import { hashOfCode, plainCode } from './recovery-codes.ts'
import * as store from './store.ts'
import { stepOf } from './totp.ts'

/** So many wrong codes in a row, and then one more in each pause: somebody guesses who knows the password. */
const failuresMax = 10
const pauseMs = 15 * minuteMs

export type Checked = { isRight: true } | { isRight: false; reason: string }

export const secretContext = (userId: number) => `totp ${userId}`

/**
 * Checks a code of the app or a recovery code, in a transaction that has to be committed either way: a right one is used
 * up, and a wrong one is counted.
 */
export async function checkCode(
  { vault, clock }: Context,
  trx: Transaction,
  actor: Actor | ActorName,
  userId: number,
  given: string,
): Promise<Checked> {
  const nowMs = clock.now()
  const code = plainCode(given)
  if (!/^\d{6}$/.test(code)) {
    const isRight = await store.takeCode(trx.db, userId, hashOfCode(vault, userId, code))
    if (!isRight) return wrong
    await recordAudit(trx, actor, toTimestamp(nowMs), {
      action: 'user.use_recovery_code',
      targetId: userId,
      before: null,
      after: { recovery_codes_left: await store.countCodes(trx.db, userId) },
    })
    return { isRight }
  }
  const totp = await store.findTotp(trx.db, userId, { forUpdate: true })
  if (!totp?.secret) return wrong
  const waitsUntilMs = totp.failed_at === null ? 0 : fromTimestamp(totp.failed_at) + pauseMs
  if (totp.failures >= failuresMax && nowMs < waitsUntilMs)
    return {
      isRight: false,
      reason: `Too many wrong codes: the next one is accepted at ${toTimestamp(waitsUntilMs)}. A recovery code works now.`,
    }
  const step = await stepOf(vault.open(totp.secret, secretContext(userId)), code, nowMs)
  if (step !== undefined && step > totp.last_step) {
    await store.changeTotp(trx.db, userId, { last_step: step, failures: 0, failed_at: null })
    return { isRight: true }
  }
  await store.changeTotp(trx.db, userId, { failures: totp.failures + 1, failed_at: toTimestamp(nowMs) })
  return step === undefined ? wrong : used
}

const wrong: Checked = {
  isRight: false,
  reason: 'The code is wrong. The clock of your phone may be off; a recovery code works, too.',
}
const used: Checked = {
  isRight: false,
  reason: 'This code was used already; wait until the app shows the next one.',
}
