import { createHash } from 'node:crypto'
import { inspect } from 'node:util'
import type { Grant } from '../access/grant.ts'
import type { EventType } from '../events/types.ts'
import { hasScope, seesAllOf, sightOf } from '../events/visibility.ts'

/** Why a delivery is held: it is sent as soon as the reason is gone. */
export const heldReasons = [
  'paused',
  'disabled',
  'owner_inactive',
  'owner_lacks_scope',
  'owner_out_of_reach',
] as const
export type HeldReason = (typeof heldReasons)[number]

/** Why a delivery is not sent any more. */
export const discardReasons = ['unsubscribed', 'webhook_deleted', 'cancelled'] as const
export type DiscardReason = (typeof discardReasons)[number]

/** What becomes of a delivery that is not sent. */
export type Unsent = { held: HeldReason } | { discarded: DiscardReason }

interface Subscriber {
  owner_id: number
  status: string
  deleted_at: string | null
  /** Event types, separated by spaces. */
  events: string
}

export type Standing = ReturnType<typeof standingOf>

/**
 * Where a webhook and its owner stand when something is to be sent, whatever they might do when the event happened.
 * @param grant what the owner may do now; undefined for an owner who may not sign in
 */
export function standingOf(
  webhook: Subscriber,
  grant: Grant | undefined,
  types: ReadonlyMap<string, EventType>,
) {
  const subscribed = new Set(webhook.events.split(' '))
  const resting = whyResting(webhook, grant)

  function kindOf({ name, reads }: EventType): 'unsubscribed' | 'unreadable' | 'readable' {
    // A test of the webhook, which nobody subscribes to.
    if (reads !== null && !subscribed.has(name)) return 'unsubscribed'
    return grant && hasScope(grant.scopes, { reads }) ? 'readable' : 'unreadable'
  }

  const needsData = (name: string): boolean => {
    const type = types.get(name)
    return type !== undefined && grant !== undefined && kindOf(type) === 'readable' && !seesAllOf(grant, type)
  }

  return {
    /** Why nothing is sent to the webhook at all. */
    resting,

    /** Whether some of the events that it subscribes to may have to be held one by one. */
    isNarrow: [...subscribed].some(needsData),

    /** Whether events of this type are decided one by one, by what they tell. */
    needsData,

    /**
     * Why an event is not sent; undefined when it is.
     * @param data of the event, where `needsData` says so
     */
    whyUnsent(name: string, data: object = {}): Unsent | undefined {
      const type = types.get(name)
      if (webhook.deleted_at !== null) return { discarded: 'webhook_deleted' }
      if (!type || kindOf(type) === 'unsubscribed') return { discarded: 'unsubscribed' }
      if (resting) return { held: resting }
      const sight = grant ? sightOf({ ...grant, userId: webhook.owner_id }, type, data) : 'no_scope'
      if (sight === 'visible') return undefined
      return { held: sight === 'no_scope' ? 'owner_lacks_scope' : 'owner_out_of_reach' }
    },

    /** The names of the types that the webhook does not subscribe to, that its owner may not read, and the others. */
    typesByKind() {
      const all = [...types.values()]
      const names = (kind: ReturnType<typeof kindOf>) =>
        all.filter((type) => kindOf(type) === kind).map(({ name }) => name)
      return {
        unsubscribed: names('unsubscribed'),
        unreadable: names('unreadable'),
        readable: names('readable'),
      }
    },
  }
}

/** Why nothing is sent to a webhook at all. @param grant of its owner; undefined for one who may not sign in */
export function whyResting(
  { status }: Pick<Subscriber, 'status'>,
  grant: Grant | undefined,
): HeldReason | undefined {
  if (status === 'paused' || status === 'disabled') return status
  return grant ? undefined : 'owner_inactive'
}

/** The same for grants that allow the same. */
export function fingerprintOf(grant: Grant | undefined): string {
  const text = inspect(grant, { depth: null, sorted: true, maxArrayLength: null, maxStringLength: null })
  return createHash('sha256').update(text).digest('base64url')
}
