import type { Db } from '../db/database.ts'
import { type EventFilter, type EventRow, listEvents } from './store.ts'

export { type EventRow, findEvent, findPrevious, listEvents } from './store.ts'

/**
 * The log as it is stored, for features that act on events rather than show them: before acting on one, ask
 * whether its owner may read it (`visibility.ts`).
 * @returns the newest first
 */
export function newestEvents(
  db: Db,
  seen: Pick<EventFilter, 'types' | 'narrowed'>,
  limit: number,
): Promise<EventRow[]> {
  return listEvents(db, { sort: '-log', ...seen }, limit)
}
