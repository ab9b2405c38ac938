import type { Delivery } from 'comserv'

const reasons: Readonly<Record<string, string>> = {
  paused: 'the webhook is paused',
  disabled: 'the webhook is disabled',
  owner_inactive: 'the owner of the webhook may not sign in',
  owner_lacks_scope: 'the owner of the webhook may not read such records',
  excluded: 'the rules of the webhook do not include this record',
  erased: 'the person it is about was erased',
  owner_out_of_reach: 'the owner of the webhook may not read this record',
  unsubscribed: 'the webhook does not subscribe to this event any more',
  webhook_deleted: 'the webhook was deleted',
  cancelled: 'it was cancelled',
}

/** Why a delivery is held or was discarded; undefined for any other. */
export function reasonOf({ reason }: Pick<Delivery, 'reason'>): string | undefined {
  return reason === null ? undefined : (reasons[reason] ?? reason)
}
