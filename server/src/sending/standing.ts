import { createHash } from 'node:crypto'
import { inspect } from 'node:util'
import type { Grant } from '../access/grant.ts'
import { narrowedBy, parsedRules } from '../access/rules.ts'
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
export const discardReasons = ['unsubscribed', 'excluded', 'erased', 'webhook_deleted', 'cancelled'] as const
export type DiscardReason = (typeof discardReasons)[number]

/** What becomes of a delivery that is not sent. */
export type Unsent = { held: HeldReason } | { discarded: DiscardReason }

interface Subscriber {
  owner_id: number
  status: string
  deleted_at: string | null
  /** Event types, separated by spaces. */
  events: string
  /** JSON of the rules that narrow what is sent to it. */
  rules: string | null
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
  const reader = grant && narrowedGrant(grant, webhook)

  function kindOf({ name, reads }: EventType): 'unsubscribed' | 'unreadable' | 'readable' {
    // A test of the webhook, which nobody subscribes to.
    if (reads !== null && !subscribed.has(name)) return 'unsubscribed'
    return reader && hasScope(reader.scopes, { reads }) ? 'readable' : 'unreadable'
  }

  const needsData = (name: string): boolean => {
    const type = types.get(name)
    return (
      type !== undefined && reader !== undefined && kindOf(type) === 'readable' && !seesAllOf(reader, type)
    )
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
     * @param data of the event, where `needsData` says so; without it, what depends on it is left to the next claim
     */
    whyUnsent(name: string, data?: object): Unsent | undefined {
      const type = types.get(name)
      if (webhook.deleted_at !== null) return { discarded: 'webhook_deleted' }
      if (!type || kindOf(type) === 'unsubscribed') return { discarded: 'unsubscribed' }
      if (resting) return { held: resting }
      if (!grant || !hasScope(grant.scopes, type)) return { held: 'owner_lacks_scope' }
      if (!data || !needsData(name)) return undefined
      const sees = (by: Grant | undefined) => by && sightOf({ ...by, userId: webhook.owner_id }, type, data)
      if (sees(grant) !== 'visible') return { held: 'owner_out_of_reach' }
      return sees(reader) === 'visible' ? undefined : { discarded: 'excluded' }
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

/** What the owner may do, as far as the webhook is to be sent it. */
function narrowedGrant({ scopes, reach }: Grant, { rules }: Pick<Subscriber, 'rules'>): Grant {
  const narrowing = { by: 'credential' as const, name: '', rules: parsedRules(rules) }
  return { scopes, reach: { ...reach, documents: narrowedBy(reach.documents, narrowing) } }
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
