import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import type { Database } from '../../src/db/database.ts'
import { bodyContext } from '../../src/events/outbox.ts'
import { fromTimestamp, secondMs } from '../../src/lib/timestamps.ts'
import { messageId } from '../../src/sending/body.ts'
import { type Arrival, type Deed, impatient, type Subscriber } from './subscribers.ts'

const leaseMs = Number(impatient.COMSERV_WEBHOOK_LEASE_SECONDS) * secondMs
/** What the sender may say of an answer that the machine was too busy to bring in time. */
const late: readonly unknown[] = ['timeout', 'connect_timeout']

interface Attempt {
  number: number
  outcome: string
  error: string | null
  started_at: string
  duration_ms: number
}

export interface Sent {
  deliveries: number
  attempts: number
  interrupted: number
}

/**
 * Holds the deliveries against the events and against what the receivers saw: every event was delivered to whoever
 * subscribed to it, nothing else was, and the log tells every attempt as it was, those included that a kill cut short.
 * @param killedAtMs of the only process there was: what it had begun is taken back by the next one, which need not wait
 */
export async function assertDelivered(
  { read, dialect, subjects }: Database,
  subscribers: readonly Subscriber[],
  killedAtMs: readonly number[],
): Promise<Sent> {
  const mayBeTakenBack = ({ started_at, duration_ms }: Attempt) => {
    const startedMs = fromTimestamp(started_at)
    if (duration_ms >= leaseMs) return true
    return dialect === 'sqlite' && killedAtMs.some((ms) => ms >= startedMs && ms <= startedMs + duration_ms)
  }
  const stored = await read.selectFrom('events').selectAll().execute()
  const open = await subjects.opener(
    read,
    stored.map(({ body }) => body),
  )
  const events = stored.map((event) => ({ ...event, body: open(event.body, bodyContext) }))
  const deliveries = await read.selectFrom('deliveries').selectAll().execute()
  const rows = await read
    .selectFrom('delivery_attempts')
    .select(['delivery_id', 'number', 'outcome', 'error', 'started_at', 'duration_ms'])
    .orderBy('number')
    .execute()
  const attempts = Map.groupBy(rows, (row) => row.delivery_id)
  const byKey = new Map(deliveries.map((row) => [`${row.event_id} to ${row.webhook_id}`, row]))

  const wanted = subscribers.flatMap((subscriber) =>
    events.filter(({ type }) => subscriber.events.includes(type)).map((event) => ({ subscriber, event })),
  )
  assert.equal(deliveries.length, wanted.length, 'deliveries, and what was subscribed to')
  const arrived = new Map(
    subscribers.map(({ id, arrivals }) => [id, Map.groupBy(arrivals, (one) => one.headers['webhook-id'])]),
  )
  for (const { subscriber, event } of wanted) {
    const name = `${event.type} ${event.id} to webhook ${subscriber.id}`
    const delivery = byKey.get(`${event.id} to ${subscriber.id}`)
    assert.ok(delivery, name)
    assert.deepEqual([delivery.generation, delivery.status], [1, 'delivered'], name)
    const arrivals = arrived.get(subscriber.id)?.get(messageId(event)) ?? []
    for (const arrival of arrivals) {
      assert.equal(arrival.raw, event.body, name)
      assertSigned(arrival, subscriber.secret)
    }
    const made = attempts.get(delivery.id) ?? []
    assert.equal(made.length, delivery.attempts, name)
    assertLogged(name, made, arrivals, mayBeTakenBack)
  }
  for (const { id, arrivals } of subscribers) {
    const known = new Set(events.map(messageId))
    const strange = arrivals.filter(({ headers }) => !known.has(`${headers['webhook-id']}`))
    assert.deepEqual(strange, [], `what arrived at webhook ${id}, and nobody knows of`)
  }
  const interrupted = rows.filter(({ outcome }) => outcome === 'interrupted').length
  return { deliveries: deliveries.length, attempts: rows.length, interrupted }
}

/** The attempts are numbered without a gap, only the last one succeeded, and each is what the receiver made of it. */
function assertLogged(
  name: string,
  made: readonly Attempt[],
  arrivals: readonly Arrival[],
  mayBeTakenBack: (attempt: Attempt) => boolean,
): void {
  const byNumber = Map.groupBy(arrivals, ({ headers }) => Number(headers['x-webhook-attempt']))
  made.forEach((one, i) => {
    const { number, outcome, error } = one
    const attempt = `attempt ${number} of ${name}`
    assert.equal(number, i + 1, attempt)
    const seen = (byNumber.get(number) ?? []).map(({ deed }) => deed)
    byNumber.delete(number)
    // Sent once for each lease; once more where the receiver closed a connection that was open before.
    assert.deepEqual(
      seen.slice(0, -1).filter((deed) => deed !== 'dropped'),
      [],
      attempt,
    )
    assert.ok(seen.length <= 2, attempt)
    if (outcome === 'succeeded') assert.ok(isAccepted(seen.at(-1)), attempt)
    else if (outcome === 'failed') assert.ok(late.includes(error) || !isAccepted(seen.at(-1)), attempt)
    else assert.ok(mayBeTakenBack(one), `${attempt} was taken back while its lease lasted`)
    assert.equal(outcome === 'succeeded', i === made.length - 1, attempt)
  })
  assert.deepEqual([...byNumber.keys()], [], `attempts of ${name} that the log does not tell of`)
}

function assertSigned({ headers, raw }: Arrival, secret: string): void {
  const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text)
  assert.equal(headers['x-webhook-signature'], hmac(secret, raw).digest('hex'))
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64')
  const content = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${raw}`
  assert.equal(headers['webhook-signature'], `v1,${hmac(key, content).digest('base64')}`)
}

/** A response that breaks off has told its status before. */
function isAccepted(deed: Deed | undefined): boolean {
  return deed === 'accepted' || deed === 'broken off'
}
