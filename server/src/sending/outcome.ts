import type { Outcome as ExchangeOutcome } from './exchange.ts'

/** Why an attempt got no answer; `internal` is a fault on our side, which the log explains. */
export const failureReasons = [
  'timeout',
  'connect_timeout',
  'dns',
  'blocked',
  'refused',
  'reset',
  'tls',
  'protocol',
  'interrupted',
  'internal',
] as const

/** How an attempt ended. */
export type Outcome = ExchangeOutcome | { kind: 'failed'; reason: 'internal'; durationMs: number }

const gone = 410

export function isSuccess(outcome: Outcome): boolean {
  return outcome.kind === 'responded' && outcome.status >= 200 && outcome.status <= 299
}

/** Nobody knows whether the receiver has it. */
export function isInterrupted(outcome: Outcome): boolean {
  return outcome.kind === 'failed' && outcome.reason === 'interrupted'
}

/** The receiver says that it is not there any more (RFC 9110 §15.5.11). */
export function isGone(outcome: Outcome): boolean {
  return outcome.kind === 'responded' && outcome.status === gone
}
