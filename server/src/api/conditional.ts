import type { FastifyReply } from 'fastify'
import { AppError } from './errors.ts'

/** A resource with its strong validator (RFC 9110 §8.8.1): the tag changes whenever the representation does. */
export interface Tagged<T> {
  etag: string
  resource: T
}

/** The value of `If-Match`; undefined or null when it was not sent. */
export type IfMatch = string | null | undefined

type TagPart = string | number | null

/** @param parts everything the representation depends on, such as its version; no quotes and no spaces */
export function etagOf(...parts: readonly TagPart[]): string {
  return `"${tagText(parts)}"`
}

/**
 * The same for a resource that also shows what the server records on its own, such as when it was last used. The tag
 * includes these notes, but `requireMatch` ignores them, because no change overwrites them: otherwise nobody could change
 * a credential while a program is using it.
 */
export function etagWithNotes(parts: readonly TagPart[], notes: readonly TagPart[]): string {
  return `"${tagText(parts)}~${tagText(notes)}"`
}

function tagText(parts: readonly TagPart[]): string {
  return parts.join('.')
}

/**
 * Refuses the change unless `If-Match` names the current state (RFC 9110 §13.1.1, strong comparison of all but the notes).
 * Call it inside the transaction of the change.
 * @throws AppError precondition_failed
 */
export function requireMatch(ifMatch: IfMatch, etag: string): void {
  if (ifMatch === undefined || ifMatch === null || ifMatch.trim() === '*') return
  if (tagsOf(ifMatch).map(plain).map(withoutNotes).includes(withoutNotes(etag))) return
  throw new AppError(
    'precondition_failed',
    'The resource has changed since the version in If-Match; read it again and retry.',
    {
      headers: { etag },
    },
  )
}

/** Sends one resource with its `ETag`; compression.ts makes a 304 of it where `If-None-Match` allows. */
export function sendTagged<T>(reply: FastifyReply, { etag, resource }: Tagged<T>) {
  return reply.header('etag', etag).send(resource)
}

function withoutNotes(tag: string): string {
  return tag.replace(/~.*"$/, '"')
}

/** RFC 9110 §13.1.2, weak comparison, in any content coding. */
export function hasSeen(ifNoneMatch: string, etag: string): boolean {
  if (ifNoneMatch.trim() === '*') return true
  const opaque = (tag: string) => plain(tag).replace(/^W\//, '')
  return tagsOf(ifNoneMatch).some((tag) => opaque(tag) === opaque(etag))
}

/** The tag of the same resource in a content coding: other bytes, so another strong tag (RFC 9110 §8.8.3.3). */
export function codedTag(etag: string, coding: string): string {
  return etag.startsWith('W/') ? etag : etag.replace(/"$/, `-${coding}"`)
}

function plain(tag: string): string {
  return tag.replace(/-(gzip|br)"$/, '"')
}

function tagsOf(list: string): string[] {
  return list.match(/(?:W\/)?"[^"]*"/g) ?? []
}
