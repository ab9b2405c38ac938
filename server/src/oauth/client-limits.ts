import type { FastifyReply, FastifyRequest } from 'fastify'
import type { CredentialPrincipal } from '../access/caller.ts'
import { isWellFormedClientId } from '../access/secret.ts'
import type { Context } from '../context.ts'
import { countFurther, countRequest } from '../http/rate-limit.ts'

/**
 * Counts an authenticated client in a window of its own, whatever was counted at its address: programs that keep no token,
 * such as a page that fetches one each time, may fetch as many as they may make requests.
 * @throws AppError rate_limit_exceeded
 */
export async function countClient(
  { limiter, clock, config }: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  { id, tier }: CredentialPrincipal,
): Promise<void> {
  request.overLimit = undefined
  const limit = config.rateLimits[tier]
  await countRequest(limiter, clock, { policy: 'token', key: `token:client:${id}`, limit }, reply)
}

/**
 * Counts a failed authentication: its address was counted already, the client id that it named is counted here. No window
 * of failures keeps the right secret out, so nobody can lock out a client by guessing. Ids that nobody has are counted
 * alike.
 * @throws AppError rate_limit_exceeded
 */
export async function countFailure(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  clientId: string | undefined,
): Promise<void> {
  if (request.overLimit) throw request.overLimit
  if (clientId === undefined || !(isWellFormedClientId(clientId) || clientId.startsWith('cs_app_'))) return
  const limit = context.config.rateLimits.anonymous
  await countFurther(context, { policy: 'token', key: `token:failed:${clientId}`, limit }, reply)
}
