import type { Actor } from '../access/caller.ts'
import { AppError } from '../api/errors.ts'
import type { DocumentFilter } from './schema.ts'

/**
 * Who sees which documents. Everything that reads documents for a caller asks here: a list narrows its filter, so that
 * its total stays exact, and a single document that is not visible is answered as if it did not exist.
 */
export function visiblePart<F extends DocumentFilter>({ reach }: Actor, filter: F): F {
  if (!reach.publishedOnly) return filter
  if (filter.status !== undefined && filter.status !== 'published') {
    throw new AppError(
      'permission_denied',
      `Your role sees published documents only; leave the 'status' query parameter out, or ask for 'published'.`,
    )
  }
  if (filter.scheduled) {
    throw new AppError(
      'permission_denied',
      "Your role sees published documents only; leave the 'scheduled' query parameter out.",
    )
  }
  return { ...filter, status: 'published' }
}

export function isVisible({ reach }: Actor, { status }: { status: string }): boolean {
  return !reach.publishedOnly || status === 'published'
}

/** The versions of a published document are also those that it had as a draft. */
export function requireHistory({ reach }: Actor): void {
  if (reach.publishedOnly)
    throw new AppError('permission_denied', 'Your role sees published documents, not their earlier versions.')
}
