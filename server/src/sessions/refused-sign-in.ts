import { type ActorName, anonymousActor } from '../access/caller.ts'
import { AppError } from '../api/errors.ts'
import type { Context } from '../context.ts'
import { accountNamed } from '../users/accounts.ts'
import type { Arrival } from './sign-in.ts'

/**
 * Records a sign-in that failed. The name is recorded only when a user has it: people type passwords into the wrong field.
 * @throws the error of the sign-in
 */
export async function recordRefusedSignIn(
  { audit, database, signIns }: Context,
  name: string,
  { ip, requestId }: Arrival,
  error: unknown,
): Promise<never> {
  if (error instanceof AppError && error.code === 'authentication_failed') {
    signIns.count('refused')
    const account = await accountNamed(database.read, name).catch(() => undefined)
    audit.recordOutside(anonymousActor(ip, requestId), {
      action: 'user.refuse_sign_in',
      targetId: account?.id ?? null,
      details: { username: account?.username ?? null, reason: error.details },
      per: error.details,
    })
  }
  throw error
}

export function refused(details: string): AppError {
  return new AppError('authentication_failed', details, {
    message: 'The credentials are not valid',
    headers: { 'www-authenticate': 'Bearer realm="comserv"' },
  })
}

/** Counted, and recorded once a minute. */
export function recordWrongCode(
  { audit, signIns }: Context,
  actor: ActorName,
  userId: number,
  reason: string,
): void {
  signIns.count('wrong_code')
  audit.recordOutside(actor, {
    action: 'user.refuse_code',
    targetId: userId,
    details: { reason },
    per: '',
  })
}

/** Each counted, and each reason recorded once a minute. */
export function recordRefusedPasskey(
  { audit, signIns }: Context,
  actor: ActorName,
  userId: number | null,
  reason: string,
): void {
  signIns.count('refused_passkey')
  audit.recordOutside(actor, {
    action: 'user.refuse_passkey',
    targetId: userId,
    details: { reason },
    per: reason,
  })
}
