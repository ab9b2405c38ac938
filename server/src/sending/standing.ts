import { createHash } from 'node:crypto'
import { inspect } from 'node:util'
import type { Grant } from '../access/grant.ts'
import { narrowedBy, parsedRules } from '../access/rules.ts'
import { readerOf, type Sender } from '../access/senders.ts'
import { chosenTypes } from '../events/patterns.ts'
import type { EventType } from '../events/types.ts'
import { hasScope, seesAllOf, sightOf } from '../events/visibility.ts'

/** Why a delivery is held: it is sent as soon as the reason is gone. */
export const heldReasons = [
  'paused',
  'disabled',
  'owner_inactive',
  'owner_lacks_scope',
  'owner_out_of_reach',
  'credential_ended',
  'credential_lacks_scope',
  'order',
] as const
export type HeldReason = (typeof heldReasons)[number]

/** Why a delivery is not sent any more. */
export const discardReasons = [
  'unsubscribed',
  'excluded',
  'filtered',
  'erased',
  'webhook_deleted',
  'cancelled',
] as const
export type DiscardReason = (typeof discardReasons)[number]

/** What becomes of a delivery that is not sent. */
export type Unsent = { held: HeldReason } | { discarded: DiscardReason }

interface Subscriber {
  owner_id: number
  status: string
  deleted_at: string | null
  /** Event types and patterns, separated by spaces. */
  events: string
  /** JSON of the rules that narrow what is sent to it. */
  rules: string | null
}

export type Standing = ReturnType<typeof standingOf>

/**
 * Where a webhook, its owner and the credential that made it stand when something is to be sent, whatever they might do
 * when the event happened.
 */
export function standingOf(webhook: Subscriber, sender: Sender, types: ReadonlyMap<string, EventType>) {
  const subscribed = new Set(chosenTypes(webhook.events.split(' '), types))
  const resting = whyResting(webhook, sender)
  const { owner } = sender
  const bounded = readerOf(sender)
  const reader = bounded && narrowedGrant(bounded, webhook)

  function kindOf({ name, reads }: EventType): 'unsubscribed' | 'unreadable' | 'withheld' | 'readable' {
    // A test of the webhook, which nobody subscribes to.
    if (reads !== null && !subscribed.has(name)) return 'unsubscribed'
    if (!owner || !hasScope(owner.scopes, { reads })) return 'unreadable'
    return reader && hasScope(reader.scopes, { reads }) ? 'readable' : 'withheld'
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
      if (kindOf(type) === 'unreadable') return { held: 'owner_lacks_scope' }
      if (kindOf(type) === 'withheld') return { held: 'credential_lacks_scope' }
      if (!data || !needsData(name)) return undefined
      const sees = (by: Grant | undefined) => by && sightOf({ ...by, userId: webhook.owner_id }, type, data)
      if (sees(owner) !== 'visible') return { held: 'owner_out_of_reach' }
      return sees(reader) === 'visible' ? undefined : { discarded: 'excluded' }
    },

    /** The names of the types that it does not subscribe to, that its owner or its maker may not read, and the others. */
    typesByKind() {
      const all = [...types.values()]
      const names = (kind: ReturnType<typeof kindOf>) =>
        all.filter((type) => kindOf(type) === kind).map(({ name }) => name)
      return {
        unsubscribed: names('unsubscribed'),
        unreadable: names('unreadable'),
        withheld: names('withheld'),
        readable: names('readable'),
      }
    },
  }
}

/** What the sender may read, as far as the webhook is to be sent it. */
function narrowedGrant({ scopes, reach }: Grant, { rules }: Pick<Subscriber, 'rules'>): Grant {
  const narrowing = { by: 'credential' as const, name: '', rules: parsedRules(rules) }
  return { scopes, reach: { ...reach, documents: narrowedBy(reach.documents, narrowing) } }
}

/** Why nothing is sent to a webhook at all. */
export function whyResting(
  { status }: Pick<Subscriber, 'status'>,
  { owner, maker }: Sender,
): HeldReason | undefined {
  if (status === 'paused' || status === 'disabled') return status
  if (!owner) return 'owner_inactive'
  return maker === 'ended' ? 'credential_ended' : undefined
}

/** The same for senders that allow the same. */
export function fingerprintOf(sender: Sender | undefined): string {
  const text = inspect(sender, { depth: null, sorted: true, maxArrayLength: null, maxStringLength: null })
  return createHash('sha256').update(text).digest('base64url')
}
