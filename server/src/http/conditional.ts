import type { FastifyReply, FastifyRequest } from 'fastify'
import { AppError } from './errors.ts'

/** A resource with its strong validator (RFC 9110 §8.8.1): the tag is another one whenever the representation is. */
export interface Tagged<T> {
  etag: string
  resource: T
}

/** What the caller last saw, from `If-Match`; undefined when it did not say. */
export type IfMatch = string | undefined

type TagPart = string | number | null

/** @param parts whatever changes with the representation, such as its version; no quotes and no spaces */
export function etagOf(...parts: readonly TagPart[]): string {
  return `"${tagText(parts)}"`
}

/**
 * The same for a resource that also shows what the server notes on its own, such as when it was last used. The tag changes
 * with the notes, because the representation does; but a change overwrites none of them, so `requireMatch` passes over
 * them: or else nobody could change a credential, by what was seen a moment ago, while a program is using it.
 */
export function etagWithNotes(parts: readonly TagPart[], notes: readonly TagPart[]): string {
  return `"${tagText(parts)}~${tagText(notes)}"`
}

function tagText(parts: readonly TagPart[]): string {
  return parts.join('.')
}

/**
 * Lets a change through only when the caller has seen the resource as it is now (RFC 9110 §13.1.1, strong comparison of
 * all but the notes).
 * To be asked inside the transaction of the change.
 * @throws AppError precondition_failed
 */
export function requireMatch(ifMatch: IfMatch, etag: string): void {
  if (ifMatch === undefined || ifMatch.trim() === '*') return
  if (tagsOf(ifMatch).map(withoutNotes).includes(withoutNotes(etag))) return
  throw new AppError(
    'precondition_failed',
    'The resource is not what If-Match names any more; read it again and repeat.',
    {
      headers: { etag },
    },
  )
}

/** Answers one resource with its `ETag`, or 304 when the caller has it already (RFC 9110 §13.1.2, weak comparison). */
export function answerTagged<T>(request: FastifyRequest, reply: FastifyReply, { etag, resource }: Tagged<T>) {
  reply.header('etag', etag)
  const ifNoneMatch = request.headers['if-none-match']
  const isRead = request.method === 'GET' || request.method === 'HEAD'
  if (isRead && ifNoneMatch !== undefined && hasSeen(ifNoneMatch, etag)) return reply.code(304).send()
  return reply.send(resource)
}

function withoutNotes(tag: string): string {
  return tag.replace(/~.*"$/, '"')
}

function hasSeen(ifNoneMatch: string, etag: string): boolean {
  if (ifNoneMatch.trim() === '*') return true
  return tagsOf(ifNoneMatch).some((tag) => tag.replace(/^W\//, '') === etag)
}

function tagsOf(list: string): string[] {
  return list.match(/(?:W\/)?"[^"]*"/g) ?? []
}
