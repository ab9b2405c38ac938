import type { FastifyRequest } from 'fastify'
import { confirmedForMs } from '../access/session-lifetime.ts'
import { AppError } from '../api/errors.ts'
import { minuteMs, secondMs } from '../lib/timestamps.ts'

/** Whether a route hands out access: always, or depending on its body. */
export type Confirmation = true | ((body: object) => boolean)

const minutes = confirmedForMs / minuteMs

/** The text in the OpenAPI document. */
export function describeConfirmation(confirm: Confirmation): string {
  const when = confirm === true ? 'A' : 'Depending on the body, a'
  return `${when} signed-in person must have given the password within the last ${minutes} minutes, or the response is a 403: see POST /api/v1/session/confirm. Requests with a key or token are not affected.`
}

/**
 * A session that somebody else got hold of must not hand out access that outlives it. Programs that present a key or a
 * token are never asked: they have no password. The header tells pages what to do (RFC 9470).
 * @throws AppError permission_denied
 */
export function requireConfirmed({ identity, routeOptions, body }: FastifyRequest): void {
  const { confirm } = routeOptions.config
  if (confirm === undefined || identity?.kind !== 'principal') return
  const { principal } = identity
  if (principal.kind !== 'person' || principal.isConfirmed) return
  if (confirm !== true && !confirm((body ?? {}) as object)) return
  const challenge = `error="insufficient_user_authentication", max_age="${confirmedForMs / secondMs}"`
  throw new AppError(
    'permission_denied',
    `This change needs your password again, because it was last given more than ${minutes} minutes ago: send it to POST /api/v1/session/confirm, and repeat the request.`,
    {
      message: 'Confirm your password first',
      headers: { 'www-authenticate': `Bearer realm="comserv", ${challenge}` },
    },
  )
}
