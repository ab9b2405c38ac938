import type { ServerResponse } from 'node:http'
import type { Random } from '../fuzz/random.ts'
import { type Received, startReceiver } from '../receiver.ts'
import { until } from '../until.ts'
import type { Line } from './line.ts'
import type { Processes } from './processes.ts'

/** What a receiver did about a request; `dropped` is a connection closed without a byte. */
export type Deed = 'accepted' | 'failed' | 'hung' | 'dropped' | 'broken off'

export interface Arrival extends Received {
  deed: Deed
}

export interface Subscriber {
  id: number
  secret: string
  events: readonly string[]
  /** In order. */
  arrivals: Arrival[]
}

const subscriptions = [
  {
    concurrency: 32,
    events: [
      ...['user.created', 'user.updated', 'user.deleted', 'document.created'],
      ...['document.updated', 'document.published', 'document.deleted'],
    ],
  },
  { concurrency: 5, events: ['document.published', 'user.created'] },
  { concurrency: 1, events: ['document.deleted', 'user.updated'] },
]
const deeds: Record<Deed, number> = { accepted: 85, failed: 7, hung: 1, dropped: 4, 'broken off': 3 }
/** Now and then so many requests in a row find the receiver down, which opens its circuit. */
const outages = 0.002
const outageMax = 12

/** What the receivers need of the product to be as bad as they are within the time of a test. */
export const impatient = {
  COMSERV_WEBHOOK_RETRY_SCHEDULE: Array(30).fill('0.05').join(','),
  COMSERV_WEBHOOK_LEASE_SECONDS: '2',
  COMSERV_WEBHOOK_TIMEOUT_SECONDS: '1',
  COMSERV_WEBHOOK_ALLOW_HTTP: 'true',
  COMSERV_WEBHOOK_ALLOWED_CIDRS: '127.0.0.0/8',
}

/** Webhooks whose receivers answer, fail, hang and hang up at random, and remember what they got. */
export class Subscribers {
  readonly all: Subscriber[] = []
  /** The same delivery on its way twice at one time: it had two leases. */
  readonly twiceAtOnce: string[] = []
  readonly #processes: Processes
  readonly #random: Random
  #areKind = false

  constructor(processes: Processes, random: Random) {
    this.#processes = processes
    this.#random = random
  }

  async subscribe(line: Line): Promise<void> {
    for (const { events, concurrency } of subscriptions) {
      const receiver = await startReceiver()
      const json = { url: receiver.url, events, concurrency }
      const { body } = await line.ask('POST', '/api/v1/webhooks', { json })
      const subscriber: Subscriber = { id: body.id, secret: body.secret, events, arrivals: [] }
      this.all.push(subscriber)
      receiver.answer(this.#answering(subscriber))
    }
  }

  /** What an operator does about a receiver that works again: sends to it at once, not when its circuit closes. */
  async resume(line: Line): Promise<void> {
    const { body } = await line.ask('GET', '/api/v1/webhooks')
    for (const { id, health, status } of body.data) {
      if (health.circuit === 'closed' && status === 'active') continue
      for (const status of ['paused', 'active'])
        await line.ask('PATCH', `/api/v1/webhooks/${id}`, { json: { status } })
    }
  }

  /** From now on they accept everything; resolves once there is nothing more to send. */
  async settled(line: Line): Promise<void> {
    this.#areKind = true
    for (let left = Number.POSITIVE_INFINITY; left > 0; ) {
      left = await until('deliveries to go on', async () => {
        await this.resume(line)
        const open = await this.#countOpen(line)
        return open < left ? open : undefined
      })
    }
  }

  async #countOpen(line: Line): Promise<number> {
    let open = 0
    for (const { id } of this.all) {
      // One under way at the first look may have failed by the second; one that begins after that is accepted.
      for (const status of ['sending', 'pending', 'sending']) {
        const { body } = await line.ask('GET', `/api/v1/webhooks/${id}/deliveries?limit=1&status=${status}`)
        open += body.meta.total_count
      }
    }
    return open
  }

  #answering({ id, arrivals }: Subscriber) {
    const underWay = new Set<unknown>()
    let downFor = 0
    return (response: ServerResponse, received: Received) => {
      this.#processes.requested()
      const messageId = received.headers['webhook-id']
      if (underWay.has(messageId)) this.twiceAtOnce.push(`${messageId} to webhook ${id}`)
      underWay.add(messageId)
      response.once('close', () => underWay.delete(messageId))

      if (downFor === 0 && this.#random.chance(outages)) downFor = this.#random.between(1, outageMax)
      const isDown = downFor > 0 && downFor-- > 0
      const deed = this.#areKind ? 'accepted' : isDown ? 'failed' : this.#anyDeed()
      arrivals.push({ ...received, deed })
      act(response, deed)
    }
  }

  #anyDeed(): Deed {
    return this.#random.pickWeighted(Object.keys(deeds) as Deed[], (deed) => deeds[deed])
  }
}

function act(response: ServerResponse, deed: Deed): void {
  if (deed === 'accepted') response.writeHead(204).end()
  else if (deed === 'failed') response.writeHead(500).end('Not now.')
  else if (deed === 'dropped') response.destroy()
  else if (deed === 'broken off') {
    response.writeHead(200, { 'content-length': 100 })
    response.write('Half of', () => response.destroy())
  }
}
