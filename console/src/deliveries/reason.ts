import type { Delivery } from 'comserv'

export const erasedReason = 'the person it is about was erased, so that nothing is left to send'

/** Nobody can read its body any more, and it cannot be sent again. */
export function isErased({ reason, last_error }: Pick<Delivery, 'reason' | 'last_error'>): boolean {
  return reason === 'erased' || last_error === 'erased'
}

const reasons: Readonly<Record<string, string>> = {
  paused: 'the webhook is paused',
  disabled: 'the webhook is disabled',
  owner_inactive: 'the owner of the webhook may not sign in',
  owner_lacks_scope: 'the owner of the webhook may not read such records',
  excluded: 'the rules of the webhook do not include this record',
  erased: erasedReason,
  owner_out_of_reach: 'the owner of the webhook may not read this record',
  credential_ended: 'the key that made the webhook was revoked or has expired',
  credential_lacks_scope: 'the key that made the webhook may not read such records any more',
  unsubscribed: 'the webhook does not subscribe to this event any more',
  webhook_deleted: 'the webhook was deleted',
  cancelled: 'it was cancelled',
}

/** Why a delivery is held or was discarded; undefined for any other. */
export function reasonOf({ reason }: Pick<Delivery, 'reason'>): string | undefined {
  return reason === null ? undefined : (reasons[reason] ?? reason)
}

const errors: Readonly<Record<NonNullable<Delivery['last_error']>, string>> = {
  timeout: 'timed out',
  connect_timeout: 'no connection in time',
  dns: 'host name not resolved',
  blocked: 'private network',
  refused: 'connection refused',
  reset: 'connection closed',
  tls_name: 'certificate for another name',
  tls_expired: 'certificate expired',
  tls_chain: 'certificate chain incomplete',
  tls_authority: 'certificate not trusted',
  tls_protocol: 'no common TLS version',
  tls_client_certificate: 'client certificate required',
  tls: 'TLS failed',
  proxy_unreachable: 'proxy unreachable',
  proxy_auth: 'proxy sign-in refused',
  proxy_refused: 'refused by the proxy',
  proxy_failed: 'not reached by the proxy',
  protocol: 'invalid response',
  interrupted: 'interrupted',
  internal: 'failed in this server',
  erased: 'person erased',
}

/** Why an attempt got no response, in a few words. */
export function shortly(error: NonNullable<Delivery['last_error']>): string {
  return errors[error] ?? error
}

export const errorWords = Object.entries(errors).map(([value, label]) => ({ value, label }))
