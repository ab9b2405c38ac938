import type { FastifyReply } from 'fastify'
import { AppError } from './errors.ts'

/** A resource with its strong validator (RFC 9110 §8.8.1): the tag is another one whenever the representation is. */
export interface Tagged<T> {
  etag: string
  resource: T
}

/** What the caller last saw, from `If-Match`; nothing when it did not say. */
export type IfMatch = string | null | undefined

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
  if (ifMatch === undefined || ifMatch === null || ifMatch.trim() === '*') return
  if (tagsOf(ifMatch).map(plain).map(withoutNotes).includes(withoutNotes(etag))) return
  throw new AppError(
    'precondition_failed',
    'The resource is not what If-Match names any more; read it again and repeat.',
    {
      headers: { etag },
    },
  )
}

/** Answers one resource with its `ETag`; a 304 is made of it where the caller has it already (compression.ts). */
export function sendTagged<T>(reply: FastifyReply, { etag, resource }: Tagged<T>) {
  return reply.header('etag', etag).send(resource)
}

function withoutNotes(tag: string): string {
  return tag.replace(/~.*"$/, '"')
}

/** RFC 9110 §13.1.2, weak comparison; which coding the caller has it in makes no difference. */
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
