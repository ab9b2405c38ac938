import type { FastifyReply, FastifyRequest } from 'fastify'
import { deviceOf, showsDevice } from '../access/known-devices.ts'
import { hashToken } from '../access/session-token.ts'
import type { Context } from '../context.ts'
import { countFurther, countRequest } from '../http/rate-limit.ts'
import { signInKeyOf } from '../lib/names/usernames.ts'
import { accountNamed } from '../users/accounts.ts'

/**
 * Limits guesses. A browser in which the person has signed in before has a window of its own, so that nobody elsewhere, at
 * another address or at the same one, can lock the person out. All others share the window of their address, which was
 * counted already, and that of the person, whom a username and an email address name alike.
 * @throws AppError rate_limit_exceeded
 */
export async function countSignIn(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  name: string,
): Promise<void> {
  const { config, vault, clock, limiter, database } = context
  const limit = config.rateLimits.signIn
  // Without a query: this is what a flood meets.
  if (request.overLimit && !showsDevice(config, request)) throw request.overLimit
  const account = await accountNamed(database.read, name)
  const device = account && deviceOf(config, vault, request, account.id, clock.now())
  if (device !== undefined) {
    request.overLimit = undefined
    const key = `sign-in-device:${account?.id}:${device}`
    return countRequest(limiter, clock, { policy: 'sign-in-device', key, limit }, reply)
  }
  if (request.overLimit) throw request.overLimit
  // Names that nobody has are counted alike. Hashed, because people type passwords into the wrong field.
  const person = account ? `user:${account.id}` : hashToken(signInKeyOf(name).key)
  return countFurther(context, { policy: 'sign-in-name', key: `sign-in-name:${person}`, limit }, reply)
}
