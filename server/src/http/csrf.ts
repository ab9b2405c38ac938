import type { FastifyRequest } from 'fastify'
import { sessionTokenOf } from '../access/session-cookie.ts'
import { csrfTokenOf, isSame } from '../access/session-token.ts'
import { AppError } from '../api/errors.ts'
import type { Config } from '../config/decide.ts'
import { requireSameOrigin } from './same-origin.ts'

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS'])

export function changesSomething(method: string): boolean {
  return !safeMethods.has(method)
}

/**
 * Browsers add the cookie to any request that a page makes. So a change by cookie must also come from a page of this
 * server, and carry a token that only such a page could read.
 * @throws AppError permission_denied
 */
export function requireCsrfToken(config: Config, request: FastifyRequest): void {
  if (!changesSomething(request.method)) return
  requireSameOrigin(config.publicUrl, request)
  const sessionToken = sessionTokenOf(config, request)
  const given = request.headers['x-csrf-token']
  if (sessionToken !== undefined && typeof given === 'string' && isSame(given, csrfTokenOf(sessionToken)))
    return
  throw new AppError(
    'permission_denied',
    given === undefined
      ? 'A change by cookie needs the X-CSRF-Token header; GET /api/v1/session returns its value as csrf_token.'
      : 'The X-CSRF-Token header does not belong to this session; GET /api/v1/session returns the right one.',
  )
}
