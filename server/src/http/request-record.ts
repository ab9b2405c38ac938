import type { FastifyReply, FastifyRequest } from 'fastify'
import type { AppError } from '../api/errors.ts'
import type { Context } from '../context.ts'
import { plainAddress } from '../lib/ip-addresses.ts'
import { isApi, placeOf } from './request-path.ts'
import { withoutValues } from './without-values.ts'

/** The error that a response tells. Few requests have one, so that it is kept beside them. */
const errors = new WeakMap<FastifyRequest, Pick<AppError, 'code' | 'details'>>()

export function noteError(request: FastifyRequest, { code, details }: AppError): void {
  errors.set(request, { code, details })
}

/**
 * Adds a request to the request log: those of credentials and sessions, and those that were refused although their
 * credential is known. Anybody could fill the log with requests of nobody. Waits for nothing.
 */
export function recordRequest({ requestLog }: Context, request: FastifyRequest, reply: FastifyReply): void {
  const caller = requestLog.isOn && isApi(placeOf(request)) ? callerOf(request) : undefined
  if (!caller) return
  const { routeOptions, is404 } = request
  const error = reply.statusCode < 400 ? undefined : errors.get(request)
  requestLog.record({
    ...caller,
    method: request.method,
    route: is404 ? null : (routeOptions.url ?? null),
    isDeprecated: routeOptions.config.deprecation !== undefined,
    status: reply.statusCode,
    durationMs: reply.elapsedTime,
    error: error && { code: error.code, details: withoutValues(error.details, request) },
    requestId: request.id,
    ip: plainAddress(request.ip),
  })
}

function callerOf({ identity }: FastifyRequest) {
  const nobody = { credentialId: null, sessionId: null, applicationId: null }
  // Missing where the request ended before its caller was identified.
  if (identity?.kind === 'principal') {
    const { principal } = identity
    if (principal.kind === 'delegate')
      return { ...nobody, userId: principal.id, applicationId: principal.application.id }
    return principal.kind === 'person'
      ? { ...nobody, userId: principal.id, sessionId: principal.sessionId }
      : { ...nobody, userId: principal.ownerId, credentialId: principal.id }
  }
  if (identity?.kind !== 'refused' || !identity.credential) return undefined
  const { ownerId, targetId } = identity.credential
  return { ...nobody, userId: ownerId, credentialId: targetId }
}
