import type { Actor } from '../access/caller.ts'
import type { Reach } from '../access/roles.ts'
import type { Scope } from '../access/scopes.ts'
import { contains, everything } from '../access/slice.ts'
import type { EventType } from './types.ts'

/**
 * Who may see an event: exactly those who may read the record that it describes, by the scope that reads the resource and
 * within the reach of that scope. `events:read` opens the log, and nothing in it. To everybody else, an event looks as
 * if it did not exist: it is not listed, not counted, not found by its id, and not sent to their webhooks.
 *
 * Everything that shows events, or sends them, asks here.
 */
export type Sight = 'visible' | 'no_scope' | 'out_of_reach'

/** What somebody may do now, and the user who acts. */
type Reader = Pick<Actor, 'scopes' | 'reach' | 'userId'>

/** @param data of the event: the record as it was then; of no concern where the reader sees all of the type */
export function sightOf({ scopes, reach, userId }: Reader, type: EventType, data: object): Sight {
  if (!hasScope(scopes, type)) return 'no_scope'
  if (seesAllOf({ scopes, reach }, type)) return 'visible'
  return type.isWithin?.(reach, data, userId) === false ? 'out_of_reach' : 'visible'
}

export function hasScope(scopes: ReadonlySet<Scope>, { reads }: Pick<EventType, 'reads'>): boolean {
  return reads === null || scopes.has(reads)
}

/** Whether the reader may see all events of a type, so that none of them has to be looked at. */
export function seesAllOf({ scopes, reach }: Omit<Reader, 'userId'>, type: EventType): boolean {
  return hasScope(scopes, type) && (type.isWithin === undefined || isWhole(reach))
}

function isWhole({ documents }: Reach): boolean {
  return contains(documents.read, everything)
}
