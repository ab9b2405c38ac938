import { anonymousActor } from '../access/caller.ts'
import { hashToken } from '../access/session-token.ts'
import type { Context } from '../context.ts'
import { toTimestamp } from '../lib/timestamps.ts'
import { checkPasskey, type Refused, usePasskey } from '../second-factors/passkey-check.ts'
import { findAccount, holdAccount } from '../users/accounts.ts'
import { openSession } from './open-session.ts'
import { recordRefusedPasskey, refused } from './refused-sign-in.ts'
import type { Arrival, SignedIn } from './sign-in.ts'
import * as steps from './step-store.ts'

/** The tokens of the cookies of a browser. */
export interface BrowserTokens {
  passkey: string | undefined
  step: string | undefined
}

/**
 * A passkey is both steps in one: somebody has the device, and the device has verified who they are. Where a password was
 * given before, it has to be the same person's.
 * @throws AppError authentication_failed
 */
export async function signInWithPasskey(
  context: Context,
  tokens: BrowserTokens,
  response: Record<string, unknown>,
  from: Arrival,
): Promise<SignedIn> {
  const outcome = await tryPasskey(context, tokens, response, from)
  if ('token' in outcome) return outcome
  const { ip, requestId } = from
  recordRefusedPasskey(context, anonymousActor(ip, requestId), outcome.userId, outcome.reason)
  throw refused(outcome.reason)
}

async function tryPasskey(
  context: Context,
  tokens: BrowserTokens,
  response: Record<string, unknown>,
  from: Arrival,
): Promise<SignedIn | Refused> {
  const proof = await checkPasskey(context, `use ${tokens.passkey ?? ''}`, response)
  if ('reason' in proof) return proof
  const { userId } = proof
  // A response that was used is used up also where it is refused, so that the transaction is committed either way.
  return context.database.write(async (trx) => {
    const before = await findAccount(trx.db, userId)
    const account = before && (await holdAccount(trx, before))
    if (!account) return { reason: 'The user of this passkey is gone.', userId: null }
    if (account.status !== 'active')
      return { reason: `The account is ${account.status}; ask an administrator.`, userId }
    const waiting =
      tokens.step &&
      (await steps.findSignIn(trx.db, hashToken(tokens.step), toTimestamp(context.clock.now())))
    if (waiting && waiting.user_id !== userId)
      return { reason: 'This passkey belongs to somebody else than the password that you gave.', userId }
    const refusal = await usePasskey(context, trx, proof)
    if (refusal) return refusal
    if (waiting) await steps.deleteSignIn(trx.db, waiting.token_hash)
    return openSession(context, trx, account, from)
  })
}
