import type { Actor } from '../access/caller.ts'
import { maySee } from '../access/grant-use.ts'
import type { Reach } from '../access/roles.ts'
import { excludedBy, type NarrowedScope, rulesInWords } from '../access/rules.ts'
import {
  cellsOf,
  everything,
  hasOwn,
  includes,
  intersection,
  isSame,
  type Placed,
  partOf,
  type Within,
  withoutOwn,
} from '../access/slice.ts'
import { AppError } from '../api/errors.ts'
import type { DocumentFilter } from './schema.ts'

/** A filter, and the documents that it is restricted to where no single filter says that. */
export type SeenFilter = DocumentFilter & { within?: Within }

/**
 * Which documents a caller may see. Everything that reads documents for a caller passes here: a list narrows its filter,
 * which keeps its total exact, and a document that is not visible looks as if it did not exist.
 * @returns undefined when the caller sees no document that matches
 */
export function visiblePart(actor: Actor, filter: DocumentFilter): SeenFilter | undefined {
  refuseUnpublished(actor, filter)
  return narrowed(filter, reachOf(actor))
}

/** The documents that a caller sees: callers who may write but not read documents see those that they may write. */
export function reachOf(actor: Pick<Actor, 'scopes' | 'reach' | 'userId'>): Within {
  const { reach, userId } = actor
  const { documents } = reach
  return { slice: maySee(actor, 'documents:read') ? documents.read : documents.write, userId }
}

/** As few conditions as possible: those of a single filter are those that every index and counter knows. */
export function narrowed(filter: DocumentFilter, { slice, userId }: Within): SeenFilter | undefined {
  const part = partOf(slice, filter)
  const cells = cellsOf(part)
  if (!hasOwn(part)) {
    const [only] = cells
    return cells.length > 1 ? { ...filter, within: { slice: part, userId } } : only && { ...filter, ...only }
  }
  if (cells.length === 0) {
    if (filter.author_id !== undefined && filter.author_id !== userId) return undefined
    const [only, ...more] = cellsOf(withoutOwn(part))
    if (only && more.length === 0) return { ...filter, ...only, author_id: userId }
  }
  return { ...filter, within: { slice: part, userId } }
}

/** Undefined where the caller sees every document. */
export function withinReach(actor: Actor): Within | undefined {
  const within = reachOf(actor)
  return isSame(within.slice, everything) ? undefined : within
}

/** What of the trash a caller sees; undefined for all. */
export function restorableBy(actor: Actor): Within | undefined {
  const { slice, userId } = reachOf(actor)
  const part = intersection(slice, actor.reach.documents.write)
  return isSame(part, everything) ? undefined : { slice: part, userId }
}

/** Whether a caller who may read documents sees one that an event describes. */
export function isVisibleTo(reach: Reach, document: Placed, userId: number): boolean {
  return includes(reach.documents.read, document, userId)
}

export function isVisible(actor: Actor, document: Placed): boolean {
  const { slice, userId } = reachOf(actor)
  return includes(slice, document, userId)
}

/** For a document before a change. @throws AppError permission_denied */
export function requireWritable(actor: Actor, document: Placed): void {
  const scope: NarrowedScope = 'documents:write'
  const narrowing = excludedBy(actor.reach.documents, scope, document, actor.userId)
  if (!narrowing) return
  const { by, name } = narrowing
  const { category, status, author_id } = document
  const author = author_id === actor.userId ? '' : ', written by another user'
  // Some of it may be what is stored, and not what was sent.
  const about = maySee(actor, 'documents:read')
    ? `; this is about the category '${category}' and the status '${status}'${author}`
    : ''
  throw new AppError(
    'permission_denied',
    `The ${by} '${name}' may write only ${rulesInWords(narrowing, scope)}${about}.`,
    { message: 'Insufficient permissions' },
  )
}

/** For a document after a change: a draft with a time of publication is published without another check. */
export function requireOutcome(actor: Actor, document: Placed & { publish_at: string | null }): void {
  requireWritable(actor, document)
  if (document.publish_at !== null) requireWritable(actor, { ...document, status: 'published' })
}

/** Whether a caller sees a draft and may have it published. */
export function mayPublish(caller: Pick<Actor, 'scopes' | 'reach' | 'userId'>, draft: Placed): boolean {
  const { slice, userId } = reachOf(caller)
  const { write } = caller.reach.documents
  return (
    includes(slice, draft, userId) &&
    includes(write, draft, userId) &&
    includes(write, { ...draft, status: 'published' }, userId)
  )
}

/** A role that sees published documents only is told so, instead of getting an empty list. */
function refuseUnpublished({ reach }: Actor, { status, scheduled }: DocumentFilter): void {
  if (!reach.publishedOnly) return
  if (status !== undefined && status !== 'published') {
    throw new AppError(
      'permission_denied',
      `Your role sees published documents only; omit the 'status' query parameter, or set it to 'published'.`,
    )
  }
  if (scheduled) {
    throw new AppError(
      'permission_denied',
      "Your role sees published documents only; omit the 'scheduled' query parameter.",
    )
  }
}

/** The versions of a published document include those that it had as a draft. */
export function requireHistory({ reach }: Actor): void {
  if (reach.publishedOnly)
    throw new AppError('permission_denied', 'Your role sees published documents, not their earlier versions.')
}
