import type { Outcome as ExchangeOutcome } from './exchange.ts'
import { exchangeFailures } from './failure.ts'
import { type ExpressionFailure, expressionFailures } from './shape.ts'

/** Why an attempt got no response; `internal` is an error of this server, which its log explains. */
export const failureReasons = [
  ...exchangeFailures,
  'internal',
  'erased',
  'filtered',
  ...expressionFailures,
] as const

/** How an attempt ended. */
export type Outcome =
  | ExchangeOutcome
  /** Nothing was attempted yet, and is after this time. */
  | { kind: 'failed'; reason: 'interrupted'; durationMs: number; putOffMs?: number }
  | { kind: 'failed'; reason: 'internal' | 'erased' | 'filtered' | ExpressionFailure; durationMs: number }

const gone = 410

export function isSuccess(outcome: Outcome): boolean {
  return outcome.kind === 'responded' && outcome.status >= 200 && outcome.status <= 299
}

/** To filter by: the class of the response, or why there was none. */
export function resultOf(outcome: Outcome): string {
  return outcome.kind === 'responded' ? `${Math.floor(outcome.status / 100)}xx` : outcome.reason
}

/** It is unknown whether the receiver has it. */
export function isInterrupted(outcome: Outcome): boolean {
  return outcome.kind === 'failed' && outcome.reason === 'interrupted'
}

/** Undefined where something was attempted. @returns the time until it can be, in milliseconds */
export function putOffMsOf(outcome: Outcome): number | undefined {
  return 'putOffMs' in outcome ? outcome.putOffMs : undefined
}

/** The person that the event is about was erased before it could be sent. */
export function isErased(outcome: Outcome): boolean {
  return outcome.kind === 'failed' && outcome.reason === 'erased'
}

/** The filter of the webhook excludes the event: nothing was attempted. */
export function isFiltered(outcome: Outcome): boolean {
  return outcome.kind === 'failed' && outcome.reason === 'filtered'
}

/** The filter or the transform failed on the event, whatever the receiver would have responded. */
export function isExpressionFault(outcome: Outcome): boolean {
  return outcome.kind === 'failed' && (expressionFailures as readonly string[]).includes(outcome.reason)
}

/** The proxy failed, whatever the receiver behind it would have responded. */
export function isProxyFault(outcome: Outcome): boolean {
  return outcome.kind === 'failed' && proxyFaults.includes(outcome.reason)
}

const proxyFaults: readonly string[] = ['proxy_unreachable', 'proxy_timeout', 'proxy_auth']

/** The receiver says that it is gone for good (RFC 9110 §15.5.11), or was a test receiver, whose URL nobody gets again. */
export function isGone(outcome: Outcome): boolean {
  return outcome.kind === 'responded' ? outcome.status === gone : outcome.reason === 'test_receiver_deleted'
}

/** An event for an extension that this process does not have. */
export const notLoaded: Outcome = {
  kind: 'responded',
  status: 503,
  headers: {},
  body: 'This process does not have the extension: is its folder the same everywhere?',
  bodyTruncated: false,
  durationMs: 0,
}
