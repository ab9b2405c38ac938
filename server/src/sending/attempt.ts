import { readFileSync } from 'node:fs'
import type { Database } from '../db/database.ts'
import { bodyContext, previousContext } from '../events/outbox.ts'
import { type Expressions, Resting } from '../expressions/expressions.ts'
import { extensionOf } from '../extension/names.ts'
import { BoundedMap } from '../lib/bounded-map.ts'
import { Crowded } from '../lib/bounded-queue.ts'
import { onBehalfOf } from '../lib/caller.ts'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import { secondMs } from '../lib/timestamps.ts'
import type { Vault } from '../lib/vault.ts'
import { bodyFor, isSentAsStored, messageId, type Opened, toldBy } from './body.ts'
import type { ClientIdentity } from './client-certificate.ts'
import type { EventBodyRow, Leased, SecretRow, WebhookRow } from './dispatch-store.ts'
import type { Exchange } from './exchange.ts'
import type { Outcome } from './outcome.ts'
import { hidden, type Scrub, scrubbing } from './scrub.ts'
import type { Finished } from './settle.ts'
import { NotShaped, passes, transformed } from './shape.ts'
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
    options?: SendOptions,
  ): Promise<Finished>
}

interface SendOptions {
  signal?: AbortSignal
  /** Whether the webhook may be sent a record, as it was before a change; none unless given. */
  sees?(eventType: string, data: object): boolean
}

export interface SenderParts {
  vault: Vault
  clock: Clock
  exchange: Exchange
  expressions: Expressions
  database: Pick<Database, 'read' | 'subjects'>
  log: Log
  /** The address of this server. */
  source: string
  /** Hands an event to an extension, in the place of a URL. */
  toExtension(name: string, handed: ToExtension): Promise<Outcome>
}

/** An event on its way to a function. */
export interface ToExtension {
  eventId: number
  type: string
  /** The JSON of the event. */
  body: string
  previous: string | null
  attempt: number
  signal: AbortSignal | undefined
}

export function createSender(parts: SenderParts): Sender {
  const { vault, clock, exchange, expressions, database, log, source } = parts
  const open = rememberingOpener(vault)

  function identityOf({ id, client_certificate, client_key }: WebhookRow): ClientIdentity | undefined {
    if (client_certificate === null || client_key === null) return undefined
    return { certificate: client_certificate, key: open(client_key, clientKeyContext(id)) }
  }

  /** Undefined when the person that the event is about was erased. */
  async function bodyOf({ body, previous }: EventBodyRow): Promise<Opened | undefined> {
    const open = await database.subjects.opener(database.read, [body, previous])
    const text = open(body, bodyContext)
    return text === null ? undefined : { body: text, previous: open(previous, previousContext) }
  }

  const shape = shaping(expressions, source)

  return {
    async send(delivery, webhook, event, secrets, { signal, sees = () => false } = {}) {
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
        const opened = await bodyOf(event)
        if (opened === undefined) return finished({ kind: 'failed', reason: 'erased', durationMs: 0 }, {})
        const called = toExtension(parts, delivery, webhook, opened, signal)
        if (called) return finished(await called, {})
        if (secrets.length === 0) throw new Error(`The webhook ${webhook.id} has no secret to sign with.`)
        const plain = secrets.map(({ secret }) => open(secret, secretContext(webhook.id)))
        const own =
          webhook.headers === null ? {} : ownHeaders(open(webhook.headers, headersContext(webhook.id)))
        const shaped = await shape(delivery, webhook, event, opened, (data) =>
          sees(delivery.event_type, data),
        )
        if (shaped === undefined) return finished({ kind: 'failed', reason: 'filtered', durationMs: 0 }, {})
        const { contentType, text: body } = shaped
        const ours = {
          ...deliveryHeaders(delivery, contentType),
          ...signatureHeaders(
            { id: messageId(event), timestamp: Math.floor(startedMs / secondMs), body },
            plain,
            secrets.flatMap(({ signing_key }) =>
              signing_key === null ? [] : [open(signing_key, signingKeyContext(webhook.id))],
            ),
          ),
        }
        const identity = identityOf(webhook)
        const outcome = await exchange.post(webhook.url, { ...own, ...ours }, body, {
          contentType,
          signal,
          identity,
        })
        const shown = scrubbed(outcome, scrubbing([...plain, ...Object.values(own)]))
        return finished(shown, { ...hideValues(own), ...ours })
      } catch (error) {
        const known = knownFailure(error, clock.now() - startedMs)
        if (known) return finished(known, {})
        log.error({ err: error, delivery: delivery.id }, 'a webhook delivery could not be sent')
        return finished({ kind: 'failed', reason: 'internal', durationMs: 0 }, {})
      }
    },
  }
}

/** Undefined where the webhook has a URL. */
function toExtension(
  parts: SenderParts,
  { event_id: eventId, event_type: type, attempts: attempt }: Leased,
  { url }: WebhookRow,
  opened: Opened,
  signal: AbortSignal | undefined,
): Promise<Outcome> | undefined {
  const name = extensionOf(url)
  return name === undefined
    ? undefined
    : parts.toExtension(name, { eventId, type, ...opened, attempt, signal })
}

/**
 * Undefined when the filter excludes the event. The expressions are those of the owner, and see what the webhook may be
 * sent at this moment. A test is not filtered: it was asked for.
 */
function shaping(expressions: Expressions, source: string) {
  return async (
    { is_test }: Leased,
    webhook: WebhookRow,
    event: EventBodyRow,
    opened: Opened,
    sees: (data: object) => boolean,
  ) => {
    if (isSentAsStored(webhook, opened.previous))
      return { contentType: 'application/json', text: opened.body }
    const told = toldBy({ ...opened, webhook, sees })
    const { format } = webhook
    return onBehalfOf({ key: `user ${webhook.owner_id}` }, async () => {
      if (is_test === 0 && !(await passes(expressions, webhook, told))) return undefined
      return bodyFor({
        told,
        transformed: await transformed(expressions, webhook, told),
        event,
        format,
        source,
      })
    })
  }
}

/** Beside those of the signature. */
export function deliveryHeaders(
  { event_type, attempts, is_test }: Pick<Leased, 'event_type' | 'attempts' | 'is_test'>,
  contentType: string,
) {
  return {
    'content-type': contentType,
    'user-agent': `Comserv/${productVersion}`,
    'x-webhook-event': event_type,
    'x-webhook-attempt': String(attempts),
    ...(is_test ? { 'x-webhook-test': 'true' } : {}),
  }
}

/** Of the expressions. Where too many wait it is attempted again at once, and where one rests, after that. */
function knownFailure(error: unknown, durationMs: number): Outcome | undefined {
  if (error instanceof NotShaped) return { kind: 'failed', reason: error.reason, durationMs }
  if (error instanceof Crowded) return { kind: 'failed', reason: 'interrupted', durationMs }
  if (!(error instanceof Resting)) return undefined
  return { kind: 'failed', reason: 'interrupted', durationMs: 0, putOffMs: Math.ceil(error.leftMs) }
}

/** Unsealing takes longer than signing; the same few secrets sign everything. */
function rememberingOpener(vault: Vault): (sealed: string, context: string) => string {
  const opened = new BoundedMap<string, string>(openedMax)
  return (sealed, context) => {
    const known = opened.get(sealed)
    if (known !== undefined) return known
    const plain = vault.open(sealed, context)
    opened.set(sealed, plain)
    return plain
  }
}

export function secretContext(webhookId: number): string {
  return `webhook ${webhookId} secret`
}

export function signingKeyContext(webhookId: number): string {
  return `webhook ${webhookId} signing key`
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
