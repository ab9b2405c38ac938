import { WebhookVerificationError } from './errors.ts'
import { requireKnown } from './given-values.ts'
import { authentic, decoded, type VerifyOptions, type WebhookHeaders } from './signed-request.ts'
import type { Document, HookCall, User } from './types.ts'

/** A verified call of a hook: the change that waits for the response. `switch (call.action)` narrows `call.record`. */
export type HookRequest<Action extends HookCall['action'] = HookCall['action']> = {
  [A in Action]: {
    /** Another one for every call. */
    id: string
    action: A
    /** When it was sent, RFC 3339 in UTC. */
    timestamp: string
    /** The `X-Request-Id` of the request that makes the change; null without one. */
    request_id: string | null
    /** Who makes it. */
    actor: { type: string; id: number | null; name: string }
    /** As the API shows it before the change; null for a create. */
    record: (A extends `user.${string}` ? User : Document) | null
    /** The body of the request, with what earlier hooks have made of it. */
    input: Record<string, unknown>
    /** True if nothing will be changed, whatever the response is. */
    test?: boolean
  }
}[Action]

export type VerifyHookOptions = Omit<VerifyOptions, 'acceptBodySignature'>

/**
 * Verifies that the request was sent by the server that knows the secret, and returns what the hook is called about.
 *
 * @param rawBody the bytes as they arrived; parsing and serializing changes them
 * @param secret as shown when the hook was created
 * @throws ConfigurationError for a parsed body or missing headers
 * @throws WebhookVerificationError whose `check` says which check failed
 */
export async function verifyHook(
  rawBody: string | Uint8Array | ArrayBuffer,
  headers: WebhookHeaders,
  secret: string | undefined,
  options: VerifyHookOptions = {},
): Promise<HookRequest> {
  requireKnown(options, ['toleranceSeconds', 'now'], 'options')
  const { body, id = '' } = await authentic(rawBody, headers, secret, options)
  try {
    const sent = decoded(body)
    if (typeof sent?.action === 'string' && isObject(sent.input) && 'record' in sent) return { ...sent, id }
  } catch {
    // Falls through to the same error: the signed body is not the call of a hook.
  }
  const message = 'The signature is valid, but the body is not the call of a hook.'
  throw new WebhookVerificationError('body_malformed', message)
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** What `comserv.hooks` has besides its endpoints. */
export const hookVerification = {
  /** Verifies that the request is from this server, and returns the call; the same as `verifyHook`. */
  verify: verifyHook,
}

export type HookVerification = typeof hookVerification
