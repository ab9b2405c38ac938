import { ConfigurationError, WebhookVerificationError } from './errors.ts'
import type { EventBody } from './event-types.ts'
import { isText } from './secrets.ts'
import { bytesOf, fromBase64, fromHex, isSignedBy, joined, utf8 } from './webhook-signature.ts'

const toleranceSecondsDefault = 300
const keyPrefix = 'whsec_'

/** The headers of the request as any server hands them over. */
export type WebhookHeaders = Headers | Record<string, string | readonly string[] | undefined>

/** A verified event. `switch (event.event)` narrows `event.data`. */
export type WebhookEvent = EventBody & {
  /** The same for every attempt and resend of an event; what was seen before can be passed over. Undefined where no signature covers it. */
  id: string | undefined
}

export interface VerifyOptions {
  /** How far the sender's clock may be off, and how old a delivery may be; 300 unless given. */
  toleranceSeconds?: number | undefined
  /**
   * Lets `X-Webhook-Signature` count where `webhook-signature` is absent. It covers the body alone: whoever has recorded a
   * delivery can play it back for ever.
   */
  acceptBodySignature?: boolean | undefined
  /** The present in milliseconds since 1970; for tests. */
  now?: (() => number) | undefined
}

/**
 * Whether what arrived was sent by the server that knows the secret, and what it says.
 *
 * `webhook-signature` (Standard Webhooks) covers id, time and body; any of its signatures may fit, since the server signs
 * with the old secret and the new one while one takes the place of the other. `X-Webhook-Signature` counts only for who
 * accepts it, or taking the better signature away would be all it takes to play a delivery back.
 *
 * @param rawBody the bytes as they arrived; parsed and serialised again they are others
 * @param secret as it was shown when the webhook was made
 * @throws ConfigurationError for a body that was parsed, and for no headers
 * @throws WebhookVerificationError whose `check` says which check failed
 */
export async function verifyWebhook(
  rawBody: string | Uint8Array | ArrayBuffer,
  headers: WebhookHeaders,
  secret: string | undefined,
  { toleranceSeconds = toleranceSecondsDefault, acceptBodySignature, now = Date.now }: VerifyOptions = {},
): Promise<WebhookEvent> {
  const body = bytesOf(rawBody)
  const keys = keysOf(secret)
  requireHeaders(headers)
  requireTolerance(toleranceSeconds)
  const signatures = headerOf(headers, 'webhook-signature')
  if (signatures === undefined && acceptBodySignature) {
    await requireBodySignature(headerOf(headers, 'x-webhook-signature'), body, keys.text)
    return { ...parsed(body), id: undefined }
  }
  const given = required('webhook-signature', signatures)
  const id = required('webhook-id', headerOf(headers, 'webhook-id'))
  const timestamp = checkedTimestamp(headerOf(headers, 'webhook-timestamp'), toleranceSeconds, now())
  await requireStandardSignature(given, joined(`${id}.${timestamp}.`, body), keys.standard)
  return { ...parsed(body), id }
}

async function requireStandardSignature(header: string, content: Uint8Array, key: Uint8Array): Promise<void> {
  for (const candidate of header.split(' ')) {
    const [version, encoded = ''] = candidate.split(',')
    if (version === 'v1' && (await isSignedBy(key, fromBase64(encoded), content))) return
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

/**
 * Standard Webhooks keys the HMAC with the decoded bytes; any other secret is a text and signs as one. Read before anything
 * is compared: a secret that is missing or cut must not become a key that a stranger can guess.
 */
function keysOf(secret: unknown): { standard: Uint8Array; text: Uint8Array } {
  // An environment variable that is not set is undefined, whatever the types say.
  if (!isText(secret)) {
    throw new WebhookVerificationError(
      'secret_malformed',
      'The secret must be a text, and it is missing or empty.',
    )
  }
  const text = utf8(secret)
  if (!secret.startsWith(keyPrefix)) return { standard: text, text }
  const key = fromBase64(secret.slice(keyPrefix.length))
  if (key !== undefined && key.length > 0) return { standard: key, text }
  throw new WebhookVerificationError(
    'secret_malformed',
    `A secret that begins with ${keyPrefix} goes on in base64; this one was cut, or changed on the way.`,
  )
}

function checkedTimestamp(text: string | undefined, toleranceSeconds: number, nowMs: number): string {
  const timestamp = required('webhook-timestamp', text)
  if (!/^\d{1,12}$/.test(timestamp)) {
    throw new WebhookVerificationError('timestamp_malformed', 'webhook-timestamp is no number of seconds.')
  }
  const ageSeconds = Math.floor(nowMs / 1_000) - Number(timestamp)
  const allowed = `more than the ${toleranceSeconds} s that are allowed`
  if (ageSeconds > toleranceSeconds) {
    throw new WebhookVerificationError('timestamp_too_old', `It was sent ${ageSeconds} s ago, ${allowed}.`)
  }
  if (-ageSeconds > toleranceSeconds) {
    const message = `Its time is ${-ageSeconds} s ahead, ${allowed}; compare the clocks.`
    throw new WebhookVerificationError('timestamp_too_new', message)
  }
  return timestamp
}

function parsed(body: Uint8Array): EventBody {
  try {
    const event = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
    if (typeof event?.event === 'string' && typeof event.data === 'object') return event
  } catch {
    // Falls through to the same error: what was signed is no event.
  }
  throw new WebhookVerificationError('body_malformed', 'The signature is right, but the body is no event.')
}

function headerOf(headers: WebhookHeaders, name: string): string | undefined {
  // Not by instanceof: a framework may bring a Headers of its own.
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
    `${name} does not fit: another secret, or the body is not what was sent, byte for byte.`,
  )
}

function requireHeaders(headers: unknown): void {
  if (typeof headers === 'object' && headers !== null) return
  throw new ConfigurationError('headers must be those of the request.')
}

/** Compared with NaN, no delivery would be too old. */
function requireTolerance(seconds: unknown): void {
  if (typeof seconds === 'number' && seconds >= 0) return
  throw new ConfigurationError('toleranceSeconds must be a number of seconds, 0 or more.')
}

/** What `comserv.webhooks` has beside its calls. */
export const webhookVerification = {
  /** Whether what arrived is from this server, and what it says; the same as `verifyWebhook`. */
  verify: verifyWebhook,
}

export type WebhookVerification = typeof webhookVerification
