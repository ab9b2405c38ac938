import type { FastifyRequest } from 'fastify'
import { confirmedForMs } from '../access/session-lifetime.ts'
import { AppError } from '../api/errors.ts'
import { minuteMs, secondMs } from '../lib/timestamps.ts'

/** Whether a route hands out access, or all that is known of a person: always, or depending on its body. */
export type Confirmation = true | ((body: object) => boolean)

const minutes = confirmedForMs / minuteMs

/** The text in the OpenAPI document. */
export function describeConfirmation(confirm: Confirmation): string {
  const when = confirm === true ? 'A' : 'Depending on the body, a'
  return `${when} signed-in person must have entered their password within the last ${minutes} minutes; otherwise the response is a 403 (see POST /api/v1/session/confirm). Requests with a key or token are not affected.`
}

/** Where every body needs it: before the body is read. @throws AppError permission_denied */
export function requireConfirmedAlways(request: FastifyRequest): void {
  if (request.routeOptions.config.confirm === true) requireConfirmed(request)
}

/** Where it depends on the body. @throws AppError permission_denied */
export function requireConfirmedFor(request: FastifyRequest): void {
  const { confirm } = request.routeOptions.config
  if (typeof confirm === 'function' && confirm((request.body ?? {}) as object)) requireConfirmed(request)
}

/**
 * An application never hands out access for a person, which would outlast what it was allowed.
 *
 * A session that somebody else got hold of must not hand out access that outlives it. Programs that present a key or a
 * token are never asked: they have no password. The header tells pages what to do (RFC 9470).
 * @throws AppError permission_denied
 */
function requireConfirmed({ identity }: FastifyRequest): void {
  if (identity?.kind !== 'principal') return
  const { principal } = identity
  if (principal.kind === 'delegate') {
    throw new AppError(
      'permission_denied',
      `This hands out access, which the application '${principal.application.name}' may not do for a person; do it in the console, or with a credential.`,
    )
  }
  if (principal.kind !== 'person' || principal.isConfirmed) return
  const challenge = `error="insufficient_user_authentication", max_age="${confirmedForMs / secondMs}"`
  throw new AppError(
    'permission_denied',
    `This needs your password again, because it was last given more than ${minutes} minutes ago: send it to POST /api/v1/session/confirm, and repeat the request.`,
    {
      message: 'Confirm your password first',
      headers: { 'www-authenticate': `Bearer realm="comserv", ${challenge}` },
    },
  )
}
