import type { Loaded, Tools } from '../extension/declaration.ts'
import type { ToExtension } from '../sending/attempt.ts'
import type { Outcome } from '../sending/outcome.ts'
import { inExtension } from './mistakes.ts'
import type { Counted } from './statistics.ts'

const keptCharactersMax = 4_000

/** An event on its way to an extension. */
export interface Handed extends ToExtension {
  /** The end of the attempt. */
  timeoutMs: number
}

/**
 * Calls the function for an event. The outcome is that of an HTTP exchange, so that the log of deliveries needs no other
 * words: 200 when it has ended, 500 with its error when it failed.
 */
export async function receive(
  extension: Loaded,
  tools: Tools,
  { eventId, type, body, previous, attempt, signal, timeoutMs }: Handed,
  counted: Counted,
): Promise<Outcome> {
  const startedMs = performance.now()
  const ended = (status: number, text: string): Outcome => ({
    kind: 'responded',
    status,
    headers: {},
    body: text.slice(0, keptCharactersMax).toWellFormed(),
    bodyTruncated: text.length > keptCharactersMax,
    durationMs: Math.round(performance.now() - startedMs),
  })
  const handle = extension.on?.[type]
  if (!handle) return ended(200, 'The extension has no function for this event any more.')
  const ending = new AbortController()
  const overdue = setTimeout(() => ending.abort('timeout'), timeoutMs)
  const interrupt = () => ending.abort('interrupted')
  signal?.addEventListener('abort', interrupt, { once: true })
  if (signal?.aborted) interrupt()
  try {
    const event = { id: eventId, type, ...eventOf(body, previous) }
    const handled = inExtension(extension, async () =>
      handle({ event, attempt, signal: ending.signal, ...tools }),
    )
    await Promise.race([handled, aborted(ending.signal)])
    counted.handled(extension.name)
    return ended(200, '')
  } catch (error) {
    if (ending.signal.aborted) {
      const durationMs = Math.round(performance.now() - startedMs)
      if (ending.signal.reason === 'timeout') counted.failed(extension.name, 'on')
      return { kind: 'failed', reason: ending.signal.reason, durationMs }
    }
    counted.failed(extension.name, 'on')
    tools.log.error({ err: error, event: eventId, type, attempt }, 'an extension failed on an event')
    return ended(500, String((error as Error | undefined)?.stack ?? error))
  } finally {
    clearTimeout(overdue)
    signal?.removeEventListener('abort', interrupt)
  }
}

function eventOf(body: string, previous: string | null) {
  const { timestamp, data } = JSON.parse(body) as { timestamp: string; data: object }
  return { timestamp, data, ...(previous === null ? {} : { previous: JSON.parse(previous) as object }) }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(new Error('aborted'))
    else signal.addEventListener('abort', () => reject(new Error('aborted')), { once: true })
  })
}
