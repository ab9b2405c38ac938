import type { FastifyReply, FastifyRequest } from 'fastify'
import { anonymousActor } from '../access/caller.ts'
import { deviceOf, showsDevice } from '../access/known-devices.ts'
import { hashToken } from '../access/session-token.ts'
import { AppError } from '../api/errors.ts'
import type { Context } from '../context.ts'
import { countFurther, countRequest } from '../http/rate-limit.ts'
import { plainAddress } from '../lib/ip-addresses.ts'
import { signInKeyOf } from '../lib/names/usernames.ts'
import { type Account, accountNamed } from '../users/accounts.ts'

/**
 * Limits guesses, and records refusals: the first of an address or a name, and their number a minute.
 * @throws AppError rate_limit_exceeded
 */
export async function countSignIn(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  name: string,
): Promise<void> {
  const tried: Tried = {}
  await count(context, request, reply, name, tried).catch((error: unknown) => {
    if (error instanceof AppError && error.code === 'rate_limit_exceeded')
      recordRefused(context, request, tried)
    throw error
  })
}

interface Tried {
  account?: Account | undefined
  /** Whose window was used up. */
  window?: 'browser' | 'name'
}

function recordRefused({ audit }: Context, request: FastifyRequest, { account, window }: Tried): void {
  const reason = `Too many attempts ${window === undefined ? 'from this address' : `for this ${window}`} in a minute.`
  audit.recordOutside(anonymousActor(plainAddress(request.ip), request.id), {
    action: 'user.refuse_sign_in',
    targetId: account?.id ?? null,
    details: { username: account?.username ?? null, reason },
    per: reason,
  })
}

/**
 * Limits guesses. A browser in which the person has signed in before has a window of its own, so that nobody elsewhere, at
 * another address or at the same one, can lock the person out. All others share the window of their address, which was
 * counted already, and that of the person, whom a username and an email address name alike.
 * @throws AppError rate_limit_exceeded
 */
async function count(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  name: string,
  tried: Tried,
): Promise<void> {
  const { config, vault, clock, limiter, database } = context
  const limit = config.rateLimits.signIn
  // Without a query: this is what a flood meets.
  if (request.overLimit && !showsDevice(config, request)) throw request.overLimit
  const account = await accountNamed(database.read, name)
  tried.account = account
  const device = account && deviceOf(config, vault, request, account.id, clock.now())
  if (device !== undefined) {
    request.overLimit = undefined
    tried.window = 'browser'
    const key = `sign-in-device:${account?.id}:${device}`
    return countRequest(limiter, clock, { policy: 'sign-in-device', key, limit }, reply)
  }
  if (request.overLimit) throw request.overLimit
  tried.window = 'name'
  // Names that nobody has are counted alike. Hashed, because people type passwords into the wrong field.
  const person = account ? `user:${account.id}` : hashToken(signInKeyOf(name).key)
  return countFurther(context, { policy: 'sign-in-name', key: `sign-in-name:${person}`, limit }, reply)
}
