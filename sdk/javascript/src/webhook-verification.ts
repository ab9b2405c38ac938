import { WebhookVerificationError } from './errors.ts'
import type { EventBody } from './event-types.ts'
import { authentic, decoded, type VerifyOptions, type WebhookHeaders } from './signed-request.ts'

/** A verified event. `switch (event.event)` narrows `event.data`. */
export type WebhookEvent = EventBody & {
  /** The same for every attempt and resend, so skip ids that you have seen. Undefined where no signature covers it.
   * */
  id: string | undefined
}

/**
 * Verifies that the request was sent by the server that knows the secret, and returns the event.
 *
 * `webhook-signature` (Standard Webhooks) covers id, time and body; one matching signature is enough, because during
 * a rotation the server signs with the old and the new secret. `X-Webhook-Signature` must be accepted explicitly;
 * otherwise removing the better signature would be enough to replay a delivery.
 *
 * The body of a webhook with `format: cloudevents` is returned as the same event as any other.
 *
 * @param rawBody the bytes as they arrived; parsing and serializing changes them
 * @param secret as shown when the webhook was created, or one of its `public_keys` (`whpk_…`)
 * @throws ConfigurationError for a parsed body or missing headers
 * @throws WebhookVerificationError whose `check` says which check failed
 */
export async function verifyWebhook(
  rawBody: string | Uint8Array | ArrayBuffer,
  headers: WebhookHeaders,
  secret: string | undefined,
  options?: VerifyOptions,
): Promise<WebhookEvent> {
  const { body, id } = await authentic(rawBody, headers, secret, options)
  return { ...eventOf(body), id }
}

function eventOf(body: Uint8Array): EventBody {
  try {
    const sent = decoded(body)
    const event = typeof sent?.specversion === 'string' ? standard(sent) : sent
    if (typeof event?.event === 'string' && typeof event.data === 'object') return event
  } catch {
    // Falls through to the same error: the signed body is not an event.
  }
  throw new WebhookVerificationError(
    'body_malformed',
    'The signature is valid, but the body is not an event.',
  )
}

/** A CloudEvent as the same event in the standard format. */
function standard({ type, time, test, data: { previous, ...data } }: CloudEvent) {
  const more = { ...(previous === undefined ? {} : { previous }), ...(test === undefined ? {} : { test }) }
  return { event: type, timestamp: time, data, ...more }
}

interface CloudEvent {
  type: string
  time: string
  /** Of a sample. */
  test?: boolean
  data: { previous?: object }
}

/** What `comserv.webhooks` has besides its endpoints. */
export const webhookVerification = {
  /** Verifies that the request is from this server, and returns the event; the same as `verifyWebhook`. */
  verify: verifyWebhook,
}

export type WebhookVerification = typeof webhookVerification
