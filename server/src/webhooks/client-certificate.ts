import { invalidRequest } from '../api/errors.ts'
import type { Context } from '../context.ts'
import { clientKeyContext } from '../sending/attempt.ts'
import { type ClientIdentity, checkedIdentity } from '../sending/client-certificate.ts'
import type { WebhookCreate } from './schema.ts'
import type { WebhookRow } from './store.ts'

type Columns = Pick<WebhookRow, 'client_certificate' | 'client_key'>

/** Undefined when nothing is said about it, null when there is to be none. @throws AppError invalid_request */
export function identityFrom(
  { clock }: Context,
  given: WebhookCreate['client_certificate'],
): ClientIdentity | null | undefined {
  return given && checkedIdentity(given, clock.now())
}

export function sealedIdentity(
  { vault }: Context,
  id: number,
  { certificate, key }: ClientIdentity,
): Columns {
  return { client_certificate: certificate, client_key: vault.seal(key, clientKeyContext(id)) }
}

/** Sealing the same key twice gives two values: an identity that is there already changes nothing. */
export function changedIdentity(
  context: Context,
  row: Pick<WebhookRow, 'id'> & Columns,
  identity: ClientIdentity | null | undefined,
): Partial<Columns> {
  if (identity === undefined) return {}
  if (identity === null) return { client_certificate: null, client_key: null }
  const { id, client_certificate, client_key } = row
  const isThere =
    client_certificate === identity.certificate &&
    client_key !== null &&
    context.vault.open(client_key, clientKeyContext(id)) === identity.key
  return isThere ? {} : sealedIdentity(context, id, identity)
}

/** @param url undefined for one that the caller could guess */
export function requireHttps(identity: ClientIdentity | null | undefined, url: string | undefined): void {
  if (identity && url !== undefined && URL.parse(url)?.protocol === 'http:')
    throw invalidRequest("The 'client_certificate' field needs a 'url' that begins with https://.")
}

/**
 * A certificate stays with the origin that it was given for, as header fields do: on another one, it would identify the
 * server to somebody else.
 * @param before undefined for a caller who could guess it
 */
export function requireOriginOfCertificate(before: string | undefined, after: string): void {
  if (before === undefined)
    throw invalidRequest(
      "The 'url' field needs the client certificate of the webhook again, because you may not read its present URL: send 'client_certificate', or null to remove it.",
    )
  const { origin } = new URL(before)
  if (new URL(after).origin === origin) return
  throw invalidRequest(
    `The 'url' field names another origin than ${origin}, for which the client certificate was given; send 'client_certificate' again, or null to remove it.`,
  )
}
