import { ConfigurationError, WebhookVerificationError } from './errors.ts'
import { requireKnown } from './given-values.ts'
import { isText } from './secrets.ts'
import { shown } from './shown.ts'
import {
  bytesOf,
  fromBase64,
  fromHex,
  isSignedBy,
  isSignedByOwnerOf,
  joined,
  utf8,
} from './webhook-signature.ts'

const toleranceSecondsDefault = 300
const keyPrefix = 'whsec_'
const publicKeyPrefix = 'whpk_'
const publicKeyBytes = 32

/** The headers of the request, as any server passes them. */
export type WebhookHeaders = Headers | Record<string, string | readonly string[] | undefined>

export interface VerifyOptions {
  /** Allowed clock difference and age of a delivery; by default 300. */
  toleranceSeconds?: number | undefined
  /**
   * Accepts `X-Webhook-Signature` if `webhook-signature` is absent. It covers the body alone, so a recorded delivery
   * can be replayed forever.
   */
  acceptBodySignature?: boolean | undefined
  /** The current time in milliseconds since 1970; for tests. */
  now?: (() => number) | undefined
}

/** What a webhook and a hook are sent, before it is read. */
export interface Authentic {
  body: Uint8Array
  /** Undefined where no signature covers it. */
  id: string | undefined
}

/**
 * Returns the body of a request once its signature is verified.
 * @throws ConfigurationError for a parsed body or missing headers
 * @throws WebhookVerificationError whose `check` says which check failed
 */
export async function authentic(
  rawBody: string | Uint8Array | ArrayBuffer,
  headers: WebhookHeaders,
  secret: string | undefined,
  options?: VerifyOptions,
): Promise<Authentic> {
  const body = bytesOf(rawBody)
  const keys = keysOf(secret)
  requireHeaders(headers)
  const { toleranceSeconds, acceptBodySignature, now } = checkedOptions(options)
  const signatures = headerOf(headers, 'webhook-signature')
  if (signatures === undefined && acceptBodySignature && keys.text) {
    await requireBodySignature(headerOf(headers, 'x-webhook-signature'), body, keys.text)
    return { body, id: undefined }
  }
  const given = required('webhook-signature', signatures)
  const id = required('webhook-id', headerOf(headers, 'webhook-id'))
  const timestamp = checkedTimestamp(headerOf(headers, 'webhook-timestamp'), toleranceSeconds, now())
  await requireStandardSignature(given, joined(`${id}.${timestamp}.`, body), keys)
  return { body, id }
}

async function requireStandardSignature(
  header: string,
  content: Uint8Array,
  { version, key, isSigned }: Keys,
): Promise<void> {
  for (const candidate of header.split(' ')) {
    const [given, encoded = ''] = candidate.split(',')
    if (given === version && (await isSigned(key, fromBase64(encoded), content))) return
  }
  throw mismatch('webhook-signature')
}

async function requireBodySignature(
  header: string | undefined,
  body: Uint8Array,
  key: Uint8Array,
): Promise<void> {
  const given = required('webhook-signature nor X-Webhook-Signature', header)
  if (!(await isSignedBy(key, fromHex(given), body))) throw mismatch('X-Webhook-Signature')
}

interface Keys {
  /** Of the signatures that the key verifies. */
  version: 'v1' | 'v1a'
  key: Uint8Array
  isSigned: typeof isSignedBy
  /** Keys `X-Webhook-Signature`; a public key must not, or anybody could sign. */
  text?: Uint8Array
}

/**
 * Standard Webhooks keys the HMAC with the decoded bytes; any other secret is used as text. Read before anything is
 * compared: a missing or truncated secret must not become a key that can be guessed.
 */
function keysOf(secret: unknown): Keys {
  // An unset environment variable is undefined, whatever the types say.
  if (!isText(secret)) {
    throw new WebhookVerificationError(
      'secret_malformed',
      'The secret must be a string; it is missing or empty.',
    )
  }
  if (secret.startsWith(publicKeyPrefix)) return publicKeyOf(secret)
  const text = utf8(secret)
  const hmac = { version: 'v1', isSigned: isSignedBy, text } as const
  if (!secret.startsWith(keyPrefix)) return { ...hmac, key: text }
  const key = fromBase64(secret.slice(keyPrefix.length))
  if (key !== undefined && key.length > 0) return { ...hmac, key }
  throw new WebhookVerificationError(
    'secret_malformed',
    `A secret that begins with ${keyPrefix} must continue in base64; this one was truncated or changed.`,
  )
}

function publicKeyOf(text: string): Keys {
  const key = fromBase64(text.slice(publicKeyPrefix.length))
  if (key?.length === publicKeyBytes) return { version: 'v1a', key, isSigned: isSignedByOwnerOf }
  throw new WebhookVerificationError(
    'secret_malformed',
    `A key that begins with ${publicKeyPrefix} must continue in the base64 of ${publicKeyBytes} bytes; this one was truncated or changed.`,
  )
}

function checkedTimestamp(text: string | undefined, toleranceSeconds: number, nowMs: number): string {
  const timestamp = required('webhook-timestamp', text)
  if (!/^\d{1,12}$/.test(timestamp)) {
    throw new WebhookVerificationError('timestamp_malformed', 'webhook-timestamp is not a number of seconds.')
  }
  const ageSeconds = Math.floor(nowMs / 1_000) - Number(timestamp)
  const allowed = `more than the allowed ${toleranceSeconds} s`
  if (ageSeconds > toleranceSeconds) {
    throw new WebhookVerificationError('timestamp_too_old', `It was sent ${ageSeconds} s ago, ${allowed}.`)
  }
  if (-ageSeconds > toleranceSeconds) {
    const message = `Its timestamp is ${-ageSeconds} s ahead, ${allowed}; compare the clocks.`
    throw new WebhookVerificationError('timestamp_too_new', message)
  }
  return timestamp
}

function headerOf(headers: WebhookHeaders, name: string): string | undefined {
  // Not by instanceof: a framework may have its own Headers.
  if (isHeaders(headers)) return headers.get(name) ?? undefined
  const found: unknown = Object.entries(headers).find(([given]) => given.toLowerCase() === name)?.[1]
  if (Array.isArray(found)) return found.join(' ')
  return typeof found === 'string' ? found : undefined
}

function isHeaders(headers: WebhookHeaders): headers is Headers {
  return typeof headers.get === 'function'
}

function required(name: string, value: string | undefined): string {
  if (value !== undefined) return value
  throw new WebhookVerificationError('header_missing', `There is no ${name} header.`)
}

function mismatch(name: string): WebhookVerificationError {
  return new WebhookVerificationError(
    'signature_mismatch',
    `${name} does not match: the secret is another one, or the body is not byte for byte what was sent.`,
  )
}

function requireHeaders(headers: unknown): void {
  if (typeof headers === 'object' && headers !== null && !Array.isArray(headers)) return
  throw new ConfigurationError(`headers must be those of the request, not ${shown(headers)}.`)
}

function checkedOptions(given: VerifyOptions = {}) {
  requireKnown(given, ['toleranceSeconds', 'acceptBodySignature', 'now'], 'options')
  const { toleranceSeconds = toleranceSecondsDefault, acceptBodySignature = false, now = Date.now } = given
  // With NaN, no delivery would ever be too old.
  if (typeof toleranceSeconds !== 'number' || !(toleranceSeconds >= 0))
    throw new ConfigurationError(
      `toleranceSeconds must be a number of seconds, 0 or more, not ${shown(toleranceSeconds)}.`,
    )
  // 'false' would be true.
  if (typeof acceptBodySignature !== 'boolean')
    throw new ConfigurationError(
      `acceptBodySignature must be true or false, not ${shown(acceptBodySignature)}.`,
    )
  if (typeof now !== 'function') throw new ConfigurationError(`now must be a function, not ${shown(now)}.`)
  return { toleranceSeconds, acceptBodySignature, now }
}

/** @throws SyntaxError or TypeError for bytes that are not JSON in UTF-8 */
export function decoded(body: Uint8Array) {
  return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
}
