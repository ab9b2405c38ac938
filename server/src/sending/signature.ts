import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { isKey, signatureBy } from './key-pair.ts'

const prefix = 'whsec_'
export const secretCharactersMin = 16
export const secretCharactersMax = 256
const keyBytesMin = 24
const keyBytesMax = 64
const generatedKeyBytes = 32

export type SignatureHeaders = {
  'webhook-id': string
  'webhook-timestamp': string
  'webhook-signature': string
  'x-webhook-signature': string
}

/**
 * Signs one message in two ways. `webhook-signature` follows Standard Webhooks 1.0.0: `v1,` and the base64 of
 * HMAC-SHA256 over `id.timestamp.body`, once for every secret, then `v1a,` and the base64 of Ed25519 over the same, once
 * for every key. `x-webhook-signature` is what a receiver computes with one line and no library: the lower-case hex of
 * HMAC-SHA256 over the body, keyed with the text of the current secret.
 *
 * @param message.timestamp Unix seconds
 * @param secrets the current one first, then those that sign beside it for a while
 * @param signingKeys in the same order
 */
export function signatureHeaders(
  message: { id: string; timestamp: number; body: string },
  secrets: readonly string[],
  signingKeys: readonly string[] = [],
): SignatureHeaders {
  const [current] = secrets
  if (current === undefined) throw new Error('A message needs at least one secret to be signed.')
  const content = `${message.id}.${message.timestamp}.${message.body}`
  return {
    'webhook-id': message.id,
    'webhook-timestamp': String(message.timestamp),
    'webhook-signature': [
      ...secrets.map(
        (secret) => `v1,${createHmac('sha256', keyOf(secret)).update(content).digest('base64')}`,
      ),
      ...signingKeys.map((key) => signatureBy(key, content)),
    ].join(' '),
    'x-webhook-signature': createHmac('sha256', current).update(message.body).digest('hex'),
  }
}

/** Why a signature does not hold, for a receiver of our own. */
export const signatureProblems = ['no_webhook', 'headers_missing', 'timestamp', 'signature'] as const
export type SignatureProblem = (typeof signatureProblems)[number]

const toleranceSeconds = 300

/**
 * Verifies what `signatureHeaders` has signed, as receivers do.
 * @param headers with lower-case names
 */
export function verifySignature(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  body: string,
  secret: string,
  nowMs: number,
): SignatureProblem | undefined {
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures } = headers
  if (typeof id !== 'string' || typeof signatures !== 'string' || !/^\d{1,12}$/.test(String(timestamp)))
    return 'headers_missing'
  if (Math.abs(nowMs / 1_000 - Number(timestamp)) > toleranceSeconds) return 'timestamp'
  const wanted = createHmac('sha256', keyOf(secret)).update(`${id}.${timestamp}.${body}`).digest()
  const isRight = signatures.split(' ').some((signature) => {
    const [, encoded] = /^v1,([A-Za-z0-9+/=]{44})$/.exec(signature) ?? []
    return encoded !== undefined && timingSafeEqual(Buffer.from(encoded, 'base64'), wanted)
  })
  return isRight ? undefined : 'signature'
}

export function generateSecret(): string {
  return prefix + randomBytes(generatedKeyBytes).toString('base64')
}

/** What is wrong with a secret given by a user, in one sentence; undefined when it can be used. */
export function secretProblem(secret: string): string | undefined {
  const characters = [...secret].length
  if (characters < secretCharactersMin || characters > secretCharactersMax) {
    return `A secret has ${secretCharactersMin} to ${secretCharactersMax} characters, this one has ${characters}.`
  }
  // Invisible characters get lost when a secret is copied, and then no signature matches.
  if (/[\p{C}\p{Z}]/u.test(secret)) {
    return 'A secret consists of visible characters, without spaces, line breaks or control characters.'
  }
  if (isKey(secret))
    return 'This is a key of an Ed25519 key pair; give a secret, or set ed25519 to get a key pair.'
  if (!secret.startsWith(prefix)) return undefined
  const encoded = secret.slice(prefix.length)
  const key = Buffer.from(encoded, 'base64')
  // Node ignores characters that are not base64; the libraries of receivers do not.
  const isBase64 = key.toString('base64') === encoded
  if (!isBase64 || key.length < keyBytesMin || key.length > keyBytesMax) {
    return `A secret that begins with ${prefix} must continue with the base64 of ${keyBytesMin} to ${keyBytesMax} bytes, with its padding.`
  }
  return undefined
}

/** Standard Webhooks keys the HMAC with the decoded bytes; any other secret is a text and signs as one. */
function keyOf(secret: string): Buffer | string {
  return secret.startsWith(prefix) ? Buffer.from(secret.slice(prefix.length), 'base64') : secret
}
