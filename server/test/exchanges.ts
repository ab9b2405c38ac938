import { after } from 'node:test'
import { createExchange, type Outcome } from '../src/sending/exchange.ts'
import { createGuard, type Guard } from '../src/sending/guard.ts'

/** What tests of exchanges with single receivers have in common. */
export const body = '{"event":"ping","data":{"title":"Zürich"}}'
export const loopback = ['127.0.0.0/8']
export const resolve = async () => ['127.0.0.1']
export const guard = createGuard({ allowHttp: true, allowedRanges: loopback, resolve })

export function exchangeWith(guard: Guard, timeoutMs: number, connectTimeoutMs?: number) {
  const exchange = createExchange({ guard, timeoutMs, ...(connectTimeoutMs ? { connectTimeoutMs } : {}) })
  after(exchange.close)
  return exchange
}

export function answered(outcome: Outcome) {
  if (outcome.kind !== 'responded') throw new Error(`The exchange failed: ${outcome.reason}.`)
  return outcome
}

export function reasonOf(outcome: Outcome): string {
  return outcome.kind === 'failed' ? outcome.reason : `answered ${outcome.status}`
}
