import type { Event } from '../events/schema.ts'
import { secondMs } from '../lib/timestamps.ts'
import { deliveryHeaders } from '../sending/attempt.ts'
import { messageId } from '../sending/body.ts'
import { createExchange, type Outcome } from '../sending/exchange.ts'
import { createGuard } from '../sending/guard.ts'
import { signatureHeaders } from '../sending/signature.ts'
import { CommandError } from './command.ts'
import { pauseFor, pauseMsOf } from './followed-events.ts'

/** The response of the receiver. */
export interface Forwarded {
  status: number
  /** Of the last attempt. */
  durationMs: number
  attempts: number
}

export interface Forwarder {
  /** Returns once the receiver has responded, however long it is away. @throws the reason of `stop` */
  forward(event: Event, stop: AbortSignal): Promise<Forwarded>
  close(): void
}

/** As a webhook has by default. */
const timeoutMs = 15 * secondMs
/** The receiver is busy, or a gateway says that it is away: nobody has seen the event. */
const away: readonly number[] = [429, 502, 503, 504]

/**
 * Posts events as a webhook would. The URL is the operator's own choice, on the operator's own machine: every address may
 * be used, and none is reached by a redirect.
 * @throws CommandError when the URL cannot be used
 */
export function createForwarder(url: string, secret: string, tell: (line: string) => void): Forwarder {
  const guard = createGuard({ allowHttp: true, allowedRanges: ['0.0.0.0/0', '::/0'] })
  const vetted = guard.vet(url)
  if (vetted.kind === 'refused') throw new CommandError(`--forward cannot be used. ${vetted.reason}`)
  const exchange = createExchange({ guard, timeoutMs })
  const shown = vetted.url.origin + vetted.url.pathname

  return {
    async forward(event, stop) {
      const body = JSON.stringify(event.payload)
      for (let attempts = 1; ; attempts++) {
        const delivery = { event_type: event.type, attempts, is_test: 0 }
        const timestamp = Math.floor(Date.now() / secondMs)
        const headers = {
          ...deliveryHeaders(delivery, 'application/json'),
          ...signatureHeaders({ id: messageId(event), timestamp, body }, [secret]),
        }
        const outcome = await exchange.post(url, headers, body, { signal: stop })
        stop.throwIfAborted()
        if (outcome.kind === 'responded' && !away.includes(outcome.status))
          return { status: outcome.status, durationMs: outcome.durationMs, attempts }
        if (attempts === 1)
          tell(
            `${shown} ${absenceOf(outcome)}. Event ${event.id} waits, and is sent again until there is a response.`,
          )
        await pauseFor(pauseMsOf(attempts - 1), stop)
      }
    },
    close: () => exchange.close(),
  }
}

const absences: Readonly<Record<string, string>> = {
  refused: 'refuses connections',
  dns: 'has a name that leads nowhere',
  timeout: `has not responded within ${timeoutMs / secondMs} seconds`,
  connect_timeout: 'cannot be connected to in time',
  reset: 'has closed the connection without a response',
  protocol: 'does not speak HTTP',
}

function absenceOf(outcome: Outcome): string {
  if (outcome.kind === 'responded') return `responds with ${outcome.status}`
  return absences[outcome.reason] ?? `cannot be reached (${outcome.reason})`
}
