import type { Actor } from '../access/caller.ts'
import type { Reach } from '../access/roles.ts'
import { AppError } from '../api/errors.ts'
import type { DocumentFilter } from './schema.ts'

/**
 * Which documents a caller may see. Everything that reads documents for a caller passes here: a list narrows its filter,
 * which keeps its total exact, and a document that is not visible looks as if it did not exist.
 */
export function visiblePart<F extends DocumentFilter>({ reach }: Actor, filter: F): F {
  if (!reach.publishedOnly) return filter
  if (filter.status !== undefined && filter.status !== 'published') {
    throw new AppError(
      'permission_denied',
      `Your role sees published documents only; omit the 'status' query parameter, or set it to 'published'.`,
    )
  }
  if (filter.scheduled) {
    throw new AppError(
      'permission_denied',
      "Your role sees published documents only; omit the 'scheduled' query parameter.",
    )
  }
  return { ...filter, status: 'published' }
}

export function isVisible({ reach }: Actor, document: { status: string }): boolean {
  return isVisibleTo(reach, document)
}

export function isVisibleTo({ publishedOnly }: Reach, { status }: { status: string }): boolean {
  return !publishedOnly || status === 'published'
}

/** The versions of a published document include those that it had as a draft. */
export function requireHistory({ reach }: Actor): void {
  if (reach.publishedOnly)
    throw new AppError('permission_denied', 'Your role sees published documents, not their earlier versions.')
}
