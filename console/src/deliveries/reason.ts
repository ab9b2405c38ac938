import type { Delivery } from 'comserv'
import { t } from '../i18n/t.ts'

export const erasedReason = t('the person it is about was erased, so that nothing is left to send')

/** Nobody can read its body any more, and it cannot be sent again. */
export function isErased({ reason, last_error }: Pick<Delivery, 'reason' | 'last_error'>): boolean {
  return reason === 'erased' || last_error === 'erased'
}

const reasons: Readonly<Record<string, string>> = {
  paused: t('the webhook is paused'),
  disabled: t('the webhook is disabled'),
  owner_inactive: t('the owner of the webhook may not sign in'),
  owner_lacks_scope: t('the owner of the webhook may not read such records'),
  excluded: t('the rules of the webhook do not include this record'),
  filtered: t('the filter of the webhook excludes this event'),
  erased: erasedReason,
  owner_out_of_reach: t('the owner of the webhook may not read this record'),
  credential_ended: t('the key that made the webhook was revoked or has expired'),
  credential_lacks_scope: t('the key that made the webhook may not read such records any more'),
  order: t('an earlier event about the same record has to be delivered first'),
  unsubscribed: t('the webhook does not subscribe to this event any more'),
  webhook_deleted: t('the webhook was deleted'),
  cancelled: t('it was cancelled'),
}

/** Why a delivery is held or was discarded; undefined for any other. */
export function reasonOf({ reason }: Pick<Delivery, 'reason'>): string | undefined {
  return reason === null ? undefined : (reasons[reason] ?? reason)
}

const errors: Readonly<Record<NonNullable<Delivery['last_error']>, string>> = {
  timeout: t('timed out'),
  connect_timeout: t('connection timed out'),
  dns: t('host name not resolved'),
  blocked: t('private network'),
  refused: t('connection refused'),
  reset: t('connection closed'),
  tls_name: t('certificate for another name'),
  tls_expired: t('certificate expired'),
  tls_chain: t('certificate chain incomplete'),
  tls_authority: t('certificate not trusted'),
  tls_protocol: t('no common TLS version'),
  tls_client_certificate: t('client certificate required'),
  tls: t('TLS failed'),
  proxy_unreachable: t('proxy unreachable'),
  proxy_timeout: t('no response from the proxy'),
  proxy_auth: t('proxy sign-in refused'),
  proxy_refused: t('refused by the proxy'),
  proxy_failed: t('not reached by the proxy'),
  protocol: t('invalid response'),
  test_receiver_deleted: t('test receiver deleted'),
  interrupted: t('interrupted'),
  internal: t('internal error'),
  erased: t('person erased'),
  filtered: t('excluded by the filter'),
  filter_failed: t('filter failed'),
  filter_too_long: t('filter took too long'),
  transform_failed: t('transform failed'),
  transform_too_long: t('transform took too long'),
  transform_too_large: t('transform gave too much'),
}

/** Why an attempt got no response, in a few words. */
export function shortly(error: NonNullable<Delivery['last_error']>): string {
  return errors[error] ?? error
}

export const errorWords = Object.entries(errors).map(([value, label]) => ({ value, label }))
