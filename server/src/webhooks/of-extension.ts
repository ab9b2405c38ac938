import { type Actor, unlimitedActor } from '../access/caller.ts'
import type { Context } from '../context.ts'
import { chosenTypes } from '../events/patterns.ts'
import { extensionOf, receiverOf, titleOf } from '../extension/names.ts'
import { toInstant } from '../lib/timestamps.ts'
import { changing, type Doing } from '../resource/record.ts'
import { makeAllDue } from '../sending/dispatch-store.ts'
import { fresh } from '../sending/health.ts'
import { generateSecret } from '../sending/signature.ts'
import { webhookDefaults } from './schema.ts'
import { record } from './service.ts'
import { signersOf } from './signers.ts'
import * as store from './store.ts'

/** A function of an extension that receives the events of a type. */
interface Receiving {
  name: string
  about?: string | undefined
  type: string
}

/**
 * Gives each function of an extension that receives events a webhook, whose deliveries are its calls: with the rows, the
 * retries, the log and the resends of all others, and a circuit breaker of its own. One whose function is gone is
 * disabled, so that its deliveries wait.
 * @param systemId the account that owns them
 */
export async function keepExtensionWebhooks(
  context: Context,
  receiving: readonly Receiving[],
  systemId: number,
): Promise<void> {
  for (const one of receiving) {
    const actor = unlimitedActor({ type: 'system', name: titleOf(one) }, systemId)
    await context.database.write(changing(context, actor, (doing) => keepOne(doing, one)))
  }
}

async function keepOne(doing: Doing, receiving: Receiving): Promise<void> {
  const { trx, context, nowMs, now } = doing
  const { type: events } = receiving
  const subscribe = (id: number) =>
    store.subscribe(trx.db, id, chosenTypes([events], context.catalog.eventTypes))
  const known = await store.findByReceiver(trx.db, receiverOf(receiving, events), now)
  if (!known) {
    const id = await store.insertReceiver(trx.db, {
      ...columnsOf(doing.actor, receiving),
      events,
      created_at: now,
      updated_at: now,
    })
    // Another process was faster.
    if (id === undefined) return
    await subscribe(id)
    await store.insertSecret(trx.db, id, signersOf(context, { id, ed25519: 0 }, generateSecret()), now)
    trx.count('webhooks', 1)
    await record.tell(doing, 'create', { after: await record.read(context, trx.db, doing.actor, id) })
    return
  }
  const isBack = known.disabled_reason === gone
  await subscribe(known.id)
  if (!isBack) return
  await makeAllDue(trx.db, { webhook_id: known.id }, toInstant(nowMs))
  trx.hint('work')
  await record.write(doing, 'update', known, {
    standing: known.standing + 1,
    status: 'active',
    disabled_reason: null,
    ...fresh,
  })
}

/** As of a receiver that responded with 410, which a function never does. */
const gone = 'gone'

/** Those of functions that are not loaded any more. */
export async function disableGoneReceivers(context: Context, receiving: readonly Receiving[]): Promise<void> {
  const { database, clock } = context
  const urls = receiving.map((one) => receiverOf(one, one.type))
  const left = (await store.listReceivers(database.read)).filter(
    ({ url, status }) => status !== 'disabled' && !urls.includes(url),
  )
  for (const { id, url } of left) {
    const actor = unlimitedActor({ type: 'system', name: titleOf({ name: extensionOf(url) ?? '' }) }, 0)
    await database.write(
      changing(context, actor, async (doing) => {
        const row = await record.read(context, doing.trx.db, actor, id, { forUpdate: true })
        if (row.status === 'disabled') return
        const changes = { status: 'disabled', disabled_reason: gone, standing: row.standing + 1 }
        await record.write(doing, 'disable', row, changes)
        context.log.warn({ webhook: id, at: clock.now() }, `${url} is not loaded: its events wait`)
      }),
    )
  }
}

function columnsOf({ userId }: Actor, { name, about, type }: Receiving) {
  return {
    url: receiverOf({ name }, type),
    description: about ?? '',
    rules: null,
    headers: null,
    client_certificate: null,
    client_key: null,
    concurrency: webhookDefaults.concurrency,
    rate_limit_per_minute: null,
    // Its function is told what an update replaced.
    include_previous: 1,
    status: 'active',
    disabled_reason: null,
    owner_id: userId,
    credential_id: null,
    version: 1,
  }
}
