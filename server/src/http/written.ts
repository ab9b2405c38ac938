import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Scope } from '../access/scopes.ts'
import { picked } from '../lib/picked.ts'
import { pathOf } from './request-path.ts'

/** The response to a change, made from its result. */
export interface WriteResponse {
  status: 200 | 201 | 202 | 204
  headers?: Readonly<Record<string, string>>
  body?: unknown
}

/** What the response to a change shows of records that are stored: their whole state, or a batch of such. */
export interface Shows {
  reads: Scope
  /** Fields that the change itself made, such as a secret: shown alone, as 201, to callers who may not read the rest. */
  made?: readonly string[]
  /** Of a created record, where the caller may not read it: instead of what the create did not make. */
  unread?: Readonly<Record<string, unknown>> | undefined
  /** The part of the result that is shown to callers who may not read all of it. */
  cut?(body: unknown): unknown
  batch?: true
}

/** What a batch says about an item. */
interface ItemResult {
  status: number
  resource?: unknown
}

/**
 * Sends the response to a change, also when it is replayed: with the stored state for a caller who may read it now, and
 * otherwise without, as 204 with the `ETag`. Callers who may only write would read by changing nothing. A response with
 * 201 shows such callers what they sent, defaults, and what was made for the record, but nothing of other records.
 * @returns the reply itself, which tells Fastify that it was sent; typed as `never` because it is not a body
 */
export function sendWritten(request: FastifyRequest, reply: FastifyReply, response: WriteResponse): never {
  const { status, headers = {}, body } = asReadable(request, response)
  return reply.code(status).headers(headers).send(body) as never
}

function asReadable(request: FastifyRequest, response: WriteResponse): WriteResponse {
  const { shows } = request.routeOptions.config
  if (!shows || request.actor().scopes.has(shows.reads)) return response
  const { status, headers = {}, body } = response
  if (status === 201) return { ...response, body: { ...(body as object), ...shows.unread } }
  if (status !== 200 && status !== 202) return response
  if (shows.cut) return { ...response, body: shows.cut(body) }
  if (shows.made) {
    const location = headers.location ?? pathOf(request).replace(/\/[^/]+$/, '')
    const made = picked(body as Record<string, unknown>, shows.made)
    return { status: 201, headers: { ...headers, location }, body: made }
  }
  if (!shows.batch) return { status: 204, headers }
  const { data, ...rest } = body as { data: readonly ItemResult[] }
  return { ...response, body: { ...rest, data: data.map((result) => withoutState(result, shows)) } }
}

function withoutState({ resource, ...result }: ItemResult, { unread }: Shows): ItemResult {
  if (resource === undefined) return result
  if (result.status !== 201) return { ...result, status: 204 }
  return { ...result, resource: { ...(resource as object), ...unread } }
}
