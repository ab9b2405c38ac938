import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { Context } from '../context.ts'
import { toInstant, toTimestamp } from '../lib/timestamps.ts'
import { secretContext } from '../sending/attempt.ts'
import { findSecrets } from '../sending/dispatch-store.ts'
import { isTestReceiverToken, testReceiverPath } from '../sending/own-receiver.ts'
import { hidden } from '../sending/scrub.ts'
import { type SignatureProblem, verifySignature } from '../sending/signature.ts'
import { receiptContext } from './service.ts'
import * as store from './store.ts'

/** Webhooks with the same URL whose secrets are tried. */
const triedMax = 10

/** Headers that a delivery has of its own; others hold what the owner of the webhook keeps secret. */
const shownHeaders = new Set([
  'accept-encoding',
  'connection',
  'content-length',
  'content-type',
  'host',
  'user-agent',
  'webhook-id',
  'webhook-signature',
  'webhook-timestamp',
  'x-webhook-attempt',
  'x-webhook-event',
  'x-webhook-signature',
  'x-webhook-test',
])

export interface Received {
  problem: SignatureProblem | null
  webhookId: number | null
}

export async function findByToken(
  { database, clock }: Context,
  token: string,
): Promise<store.ReceiverRow | undefined> {
  if (!isTestReceiverToken(token)) return undefined
  return store.findReceiver(database.read, { token }, toTimestamp(clock.now()))
}

/**
 * Verifies a request as a receiver has to, with the secrets of the webhooks that have this URL, and keeps it. The body is
 * kept only if it is verified, and so is ours: nobody else can store a text here.
 */
export async function receive(
  context: Context,
  receiver: store.ReceiverRow,
  { headers, rawHeaders }: Pick<IncomingMessage, 'headers' | 'rawHeaders'>,
  body: string,
): Promise<Received> {
  const { database, clock } = context
  const nowMs = clock.now()
  const verdict = await verify(context, receiver, headers, body, nowMs)
  const isOurs = verdict.problem === null
  const eventId = isOurs ? eventIn(headers) : null
  const subject = eventId === null ? null : await store.subjectOfEvent(database.read, eventId)
  await database.write(async (trx) => {
    await store.insertReceipt(
      trx.db,
      {
        receiver_id: receiver.id,
        received_at: toInstant(nowMs),
        problem: verdict.problem,
        webhook_id: verdict.webhookId,
        event_id: eventId,
        event_type: eventId === null ? null : String(headers['x-webhook-event'] ?? '') || null,
        headers: JSON.stringify(shown(headers, rawHeaders)),
        body: isOurs ? await trx.seal(subject ?? null, receiptContext, body) : null,
      },
      receiver,
    )
  })
  return verdict
}

async function verify(
  { config, database, vault }: Context,
  { token }: store.ReceiverRow,
  headers: IncomingHttpHeaders,
  body: string,
  nowMs: number,
): Promise<Received> {
  const url = `${config.publicUrl}${testReceiverPath}${token}`
  const ids = await store.webhooksAt(database.read, url, triedMax)
  const secrets = await findSecrets(database.read, ids, toTimestamp(nowMs))
  let problem: SignatureProblem = 'no_webhook'
  for (const [id, rows] of secrets) {
    for (const { secret } of rows) {
      const found = verifySignature(headers, body, vault.open(secret, secretContext(id)), nowMs)
      if (found === undefined) return { problem: null, webhookId: id }
      problem = found
    }
  }
  return { problem, webhookId: null }
}

/** In the `webhook-id` of a request that is verified: `evt_17_1689323530`. */
function eventIn(headers: IncomingHttpHeaders): number | null {
  const id = /^evt_(\d{1,15})_/.exec(String(headers['webhook-id']))?.[1]
  return id === undefined ? null : Number(id)
}

/** With the names as they were sent: `X-Webhook-Signature`. */
function shown(headers: IncomingHttpHeaders, rawHeaders: readonly string[]): Record<string, string> {
  const sent = new Map(rawHeaders.filter((_, i) => i % 2 === 0).map((name) => [name.toLowerCase(), name]))
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      sent.get(name) ?? name,
      shownHeaders.has(name) ? [value].flat().join(', ').replaceAll('\0', '') : hidden,
    ]),
  )
}
