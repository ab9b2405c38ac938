import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Principal } from '../access/caller.ts'
import { plainAddress } from '../lib/ip-addresses.ts'
import { loggedPath } from './request-path.ts'

/** The path without its query, which may hold anything, even secrets. */
export function logRequest(request: FastifyRequest, reply: FastifyReply): void {
  const principal = request.identity?.kind === 'principal' ? request.identity.principal : undefined
  request.log.info(
    {
      method: request.method,
      path: loggedPath(request),
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime * 10) / 10,
      ip: plainAddress(request.ip),
      ...nameOf(principal),
    },
    'request',
  )
}

function nameOf(principal: Principal | undefined) {
  if (!principal) return {}
  if (principal.kind === 'delegate') return { user: principal.id, application: principal.application.id }
  return principal.kind === 'person'
    ? { user: principal.id, session: principal.sessionId }
    : { credential: principal.id }
}
