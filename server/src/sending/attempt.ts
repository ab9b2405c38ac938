import { readFileSync } from 'node:fs'
import type { Database } from '../db/database.ts'
import { bodyContext } from '../events/outbox.ts'
import { BoundedMap } from '../lib/bounded-map.ts'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import { fromTimestamp, secondMs } from '../lib/timestamps.ts'
import type { Vault } from '../lib/vault.ts'
import type { ClientIdentity } from './client-certificate.ts'
import type { EventBodyRow, Leased, SecretRow, WebhookRow } from './dispatch-store.ts'
import type { Exchange } from './exchange.ts'
import type { Outcome } from './outcome.ts'
import { hidden, type Scrub, scrubbing } from './scrub.ts'
import type { Finished } from './settle.ts'
import { signatureHeaders } from './signature.ts'

const openedMax = 1_000

/** Makes one attempt of a delivery. */
export interface Sender {
  /** Never fails: any error becomes the outcome. */
  send(
    delivery: Leased,
    webhook: WebhookRow,
    event: EventBodyRow | undefined,
    secrets: readonly SecretRow[],
    signal?: AbortSignal,
  ): Promise<Finished>
}

interface SenderParts {
  vault: Vault
  clock: Clock
  exchange: Exchange
  database: Pick<Database, 'read' | 'subjects'>
  log: Log
}

export function createSender({ vault, clock, exchange, database, log }: SenderParts): Sender {
  // Unsealing takes longer than signing; the same few secrets sign everything.
  const opened = new BoundedMap<string, string>(openedMax)

  function open(sealed: string, context: string): string {
    const known = opened.get(sealed)
    if (known !== undefined) return known
    const plain = vault.open(sealed, context)
    opened.set(sealed, plain)
    return plain
  }

  function identityOf({ id, client_certificate, client_key }: WebhookRow): ClientIdentity | undefined {
    if (client_certificate === null || client_key === null) return undefined
    return { certificate: client_certificate, key: open(client_key, clientKeyContext(id)) }
  }

  /** Undefined when the person that the event is about was erased. */
  async function bodyOf({ body }: EventBodyRow): Promise<string | undefined> {
    const open = await database.subjects.opener(database.read, [body])
    return open(body, bodyContext) ?? undefined
  }

  return {
    async send(delivery, webhook, event, secrets, signal) {
      const startedMs = clock.now()
      const finished = (outcome: Outcome, requestHeaders: Finished['requestHeaders']): Finished => ({
        delivery,
        subject: event?.subject_id ?? null,
        outcome,
        startedMs,
        requestHeaders,
      })
      try {
        if (!event) throw new Error(`The event ${delivery.event_id} is gone.`)
        const body = await bodyOf(event)
        if (body === undefined) return finished({ kind: 'failed', reason: 'erased', durationMs: 0 }, {})
        if (secrets.length === 0) throw new Error(`The webhook ${webhook.id} has no secret to sign with.`)
        const plain = secrets.map(({ secret }) => open(secret, secretContext(webhook.id)))
        const own =
          webhook.headers === null ? {} : ownHeaders(open(webhook.headers, headersContext(webhook.id)))
        const ours = {
          'content-type': 'application/json',
          'user-agent': `Comserv/${productVersion}`,
          'x-webhook-event': delivery.event_type,
          'x-webhook-attempt': String(delivery.attempts),
          ...(delivery.is_test ? { 'x-webhook-test': 'true' } : {}),
          ...signatureHeaders(
            { id: messageId(event), timestamp: Math.floor(startedMs / secondMs), body },
            plain,
          ),
        }
        const identity = identityOf(webhook)
        const outcome = await exchange.post(webhook.url, { ...own, ...ours }, body, { signal, identity })
        const shown = scrubbed(outcome, scrubbing([...plain, ...Object.values(own)]))
        return finished(shown, { ...hideValues(own), ...ours })
      } catch (error) {
        log.error({ err: error, delivery: delivery.id }, 'a webhook delivery could not be sent')
        return finished({ kind: 'failed', reason: 'internal', durationMs: 0 }, {})
      }
    },
  }
}

/**
 * The `webhook-id`: the same for every attempt and resend of an event. It includes the instant because ids continue
 * from where a restored backup ends, and a receiver would take a new event for one that it has seen.
 */
export function messageId({ id, occurred_at }: Pick<EventBodyRow, 'id' | 'occurred_at'>): string {
  return `evt_${id}_${fromTimestamp(occurred_at) / secondMs}`
}

export function secretContext(webhookId: number): string {
  return `webhook ${webhookId} secret`
}

export function headersContext(webhookId: number): string {
  return `webhook ${webhookId} headers`
}

export function clientKeyContext(webhookId: number): string {
  return `webhook ${webhookId} client key`
}

export function ownHeaders(json: string): Record<string, string> {
  return JSON.parse(json) as Record<string, string>
}

/** The response as it is kept: receivers repeat what they were sent. */
function scrubbed(outcome: Outcome, scrub: Scrub): Outcome {
  if (outcome.kind !== 'responded') return outcome
  const headers = Object.entries(outcome.headers).map(([name, value]) => [name, scrub(value)])
  const body = scrub(outcome.body, outcome.bodyTruncated)
  return { ...outcome, headers: Object.fromEntries(headers), body }
}

function hideValues(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.keys(headers).map((name) => [name, hidden]))
}

const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))

const productVersion: string = manifest.version
