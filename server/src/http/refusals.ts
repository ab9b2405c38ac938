import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Context } from '../context.ts'
import { actorNameOf } from './caller.ts'

/** Windows of what shows a secret: a caller beyond their limit may be guessing. */
const ofSecrets: ReadonlySet<string> = new Set(['token', 'sign-in', 'password-link', 'password'])

/**
 * Records a response that refused its caller: 403, 429 where secrets are shown, and 401 for a credential that is known but does not work now. A 401
 * for an unknown key says nothing about anybody here and is not recorded; the rate limit of the address counts it.
 */
export function recordRefusal({ audit }: Context, request: FastifyRequest, reply: FastifyReply): void {
  const { statusCode: status } = reply
  if (status !== 403 && status !== 401 && !(status === 429 && isOfSecrets(request, reply))) return
  // Missing where the request ended before its caller was identified.
  const identity = request.identity as FastifyRequest['identity'] | null
  const credential = identity?.kind === 'refused' ? identity.credential : undefined
  if (status === 401 && !credential) return
  const { method, routeOptions } = request
  const path = routeOptions.url ?? ''
  const caller = actorNameOf(request)
  const where = { method, path, status, ...missingScopes(reply) }
  const per = `${method} ${path} ${status}`
  if (credential) {
    const { targetId, reason } = credential
    audit.recordOutside(caller, { action: 'credential.refuse', targetId, details: { ...where, reason }, per })
  } else audit.recordOutside(caller, { action: 'request.refuse', details: where, per })
}

/** A sign-in records its refusals itself, with the user. */
function isOfSecrets({ routeOptions: { url } }: FastifyRequest, reply: FastifyReply): boolean {
  const policy = /^"([^"]+)"/.exec(String(reply.getHeader('ratelimit-policy') ?? ''))?.[1]
  return policy !== undefined && ofSecrets.has(policy) && url !== '/api/v1/session'
}

/** As the response names them (RFC 6750 §3). */
function missingScopes(reply: FastifyReply): { scope?: string } {
  const scope = /scope="([^"]*)"/.exec(String(reply.getHeader('www-authenticate') ?? ''))?.[1]
  return scope === undefined ? {} : { scope }
}
