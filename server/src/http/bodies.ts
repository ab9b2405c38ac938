import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyRequest } from 'fastify'
import { AppError, invalidRequest } from '../api/errors.ts'
import { parseJsonBody } from '../api/json-body.ts'
import { mayBeAbsent } from '../api/schemas.ts'
import type { Pace } from '../lib/pace.ts'
import { callerKey, connectionClosed } from './caller.ts'
import type { App } from './pipeline.ts'

/** From here on, reading a body takes longer than most whole requests. */
const largeBytesMin = 64 * 1024

/** JSON everywhere; `application/merge-patch+json` (RFC 7396) where a resource is patched. */
export function acceptBodies(app: App, pace: Pace): void {
  app.removeAllContentTypeParsers()
  const types = ['application/json', 'application/merge-patch+json']
  app.addContentTypeParser(types, { parseAs: 'buffer' }, async (request: FastifyRequest, bytes: Buffer) => {
    if (isMergePatch(request) && request.method !== 'PATCH') {
      throw new AppError(
        'unsupported_media_type',
        'Send the body as application/json; a merge patch is for PATCH.',
      )
    }
    if (bytes.length > largeBytesMin) await turnFor(request, pace)
    // Some clients announce JSON without sending a body.
    return bytes.length === 0 && !needsBody(request) ? undefined : parseJsonBody(bytes)
  })
}

/** @throws Crowded; invalid_request when the caller disconnects before its turn */
async function turnFor(request: FastifyRequest, pace: Pace): Promise<void> {
  const { socket } = request.raw
  const gone = new AbortController()
  const leave = () => gone.abort(connectionClosed())
  socket.once('close', leave)
  try {
    await pace.turn({ key: callerKey(request), gone: gone.signal })
  } finally {
    socket.off('close', leave)
  }
}

/**
 * Runs before the body is read: JSON and forms are UTF-8 here, and bytes of another charset would be misread.
 * @throws AppError unsupported_media_type
 */
export function requireUtf8({ headers, routeOptions }: FastifyRequest): void {
  // A file may have another one, and its route decodes it.
  if (routeOptions.config.bodyTypes?.includes('application/octet-stream')) return
  const charset = charsetOf(headers)
  if (charset === undefined || /^(utf-?8|us-ascii)$/i.test(charset) || !hasBody(headers)) return
  throw new AppError('unsupported_media_type', 'Send the body in UTF-8; no other charset is supported.')
}

export function charsetOf(headers: IncomingHttpHeaders): string | undefined {
  return /;\s*charset\s*=\s*"?([^\s;"]*)/i.exec(headers['content-type'] ?? '')?.[1]
}

/**
 * Runs before the body is read: nothing decompresses it here, so it would look like broken JSON.
 * @throws AppError unsupported_media_type
 */
export function requireUncoded({ headers }: FastifyRequest): void {
  const coding = headers['content-encoding']?.trim().toLowerCase() ?? 'identity'
  if (coding === 'identity' || coding === '' || !hasBody(headers)) return
  throw new AppError(
    'unsupported_media_type',
    'Send the body uncompressed, without the Content-Encoding header.',
    // The codings that would be accepted (RFC 9110 §12.5.3).
    { headers: { 'accept-encoding': 'identity' } },
  )
}

function hasBody(headers: IncomingHttpHeaders): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

/**
 * Normalises the body before it is validated: a missing one becomes an empty object where every field is optional, and
 * a field that no route reads is refused, here as in every other body.
 * @throws AppError invalid_request
 */
export function settleBody(request: FastifyRequest): void {
  const { body, method, routeOptions } = request
  if (takesBody(request)) {
    if (body === undefined && mayBeAbsent(method, routeOptions.schema?.body)) request.body = {}
    return
  }
  if (body === undefined || body === null) return
  if (typeof body === 'object' && Object.keys(body).length === 0) return
  throw invalidRequest('This call takes no body.')
}

function takesBody({ routeOptions: { schema, config } }: FastifyRequest): boolean {
  return schema?.body !== undefined || config.bodyTypes !== undefined
}

function needsBody(request: FastifyRequest): boolean {
  return takesBody(request) && !mayBeAbsent(request.method, request.routeOptions.schema?.body)
}

function isMergePatch(request: FastifyRequest): boolean {
  return request.headers['content-type']?.startsWith('application/merge-patch+json') ?? false
}
