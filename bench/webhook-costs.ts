import type { Poster } from './processes.ts'
import { processorMs } from './server-process.ts'
import type { Arrival, Sink } from './sink.ts'
import { type Side, webhooks } from './webhook-side.ts'

const sendingAtOnce = 64
const lookEveryMs = 20
const patienceMs = 120_000

interface Cost {
  /** For each delivery. */
  processorMs: number
  perSecond: number
}

interface Example {
  headers: Record<string, string>
  body: string
}

/** What it costs to send events to all webhooks, beside only posting. @param events committed together */
export function webhookCosts(sink: Sink, events: number) {
  /** A backlog, from the moment that it is there until the last of it is written down. */
  async function costOfSending({ server, makeEvents, countOpen }: Side): Promise<Cost> {
    const expected = events * webhooks
    let arrived = 0
    let firstAtMs = 0
    sink.listen((_, { atMs }) => {
      arrived++
      firstAtMs ||= atMs
    })
    const before = processorMs(server.pid)
    await makeEvents(events)
    await condition(async () => arrived >= expected && (await countOpen()) === 0)
    const elapsedMs = performance.now() - firstAtMs
    return {
      processorMs: (processorMs(server.pid) - before) / expected,
      perSecond: (expected / elapsedMs) * 1_000,
    }
  }

  /** The same messages to the same receivers, by a process that does nothing else. */
  async function costOfPosting({ pid, post }: Poster, { headers, body }: Example): Promise<Cost> {
    const count = events * webhooks
    const [before, startedMs] = [processorMs(pid), performance.now()]
    const urls = Array.from({ length: webhooks }, (_, i) => `${sink.url}/${i}`)
    sink.listen(() => undefined)
    await post({ urls, headers, body, count, concurrency: sendingAtOnce })
    return {
      processorMs: (processorMs(pid) - before) / count,
      perSecond: (count / (performance.now() - startedMs)) * 1_000,
    }
  }

  /** A delivery as the sink sees it, without what the client writes by itself. */
  async function exampleOf({ makeEvents, countOpen }: Side): Promise<Example> {
    let example: Arrival | undefined
    sink.listen((_, arrival) => (example ??= arrival))
    await makeEvents(1)
    await condition(async () => example !== undefined && (await countOpen()) === 0)
    const own = ['host', 'connection', 'content-length', 'accept-encoding']
    const headers = Object.entries(example?.headers ?? {}).filter(([name]) => !own.includes(name))
    return { headers: Object.fromEntries(headers) as Record<string, string>, body: example?.body ?? '' }
  }

  return { costOfSending, costOfPosting, exampleOf }
}

export async function condition(isMet: () => Promise<boolean>): Promise<void> {
  const deadlineMs = performance.now() + patienceMs
  while (!(await isMet())) {
    if (performance.now() > deadlineMs) throw new Error('What was to be sent did not arrive.')
    await pause(lookEveryMs)
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
