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

/** An extension that receives events. */
interface Receiving {
  name: string
  about?: string | undefined
  /** Event types and patterns. */
  events: readonly string[]
}

/**
 * Gives each extension that receives events a webhook, whose deliveries are calls of its functions: with the rows, the
 * retries, the log and the resends of all others. One whose extension is gone is disabled, so that its deliveries wait.
 * @param systemId the account that owns them
 */
export async function keepExtensionWebhooks(
  context: Context,
  extensions: readonly Receiving[],
  systemId: number,
): Promise<void> {
  for (const extension of extensions) {
    const actor = unlimitedActor({ type: 'system', name: titleOf(extension) }, systemId)
    await context.database.write(changing(context, actor, (doing) => keepOne(doing, extension)))
  }
}

async function keepOne(doing: Doing, extension: Receiving): Promise<void> {
  const { trx, context, nowMs, now } = doing
  const events = extension.events.join(' ')
  const subscribe = (id: number) =>
    store.subscribe(trx.db, id, chosenTypes(extension.events, context.catalog.eventTypes))
  const known = await store.findByReceiver(trx.db, receiverOf(extension), now)
  if (!known) {
    const id = await store.insertReceiver(trx.db, {
      ...columnsOf(doing.actor, extension),
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
  if (known.events === events && !isBack) return
  if (isBack) await makeAllDue(trx.db, { webhook_id: known.id }, toInstant(nowMs))
  trx.hint('work')
  await record.write(doing, 'update', known, {
    events,
    standing: known.standing + 1,
    ...(isBack ? { status: 'active', disabled_reason: null, ...fresh } : {}),
  })
}

/** As of a receiver that responded with 410, which a function never does. */
const gone = 'gone'

/** Those of extensions that are not loaded any more. */
export async function disableGoneExtensions(context: Context, names: readonly string[]): Promise<void> {
  const { database, clock } = context
  const urls = names.map((name) => receiverOf({ name }))
  const left = (await store.listReceivers(database.read)).filter(
    ({ url, status }) => status !== 'disabled' && !urls.includes(url),
  )
  for (const { id, url } of left) {
    const name = titleOf({ name: extensionOf(url) ?? '' })
    const actor = unlimitedActor({ type: 'system', name }, 0)
    await database.write(
      changing(context, actor, async (doing) => {
        const row = await record.read(context, doing.trx.db, actor, id, { forUpdate: true })
        if (row.status === 'disabled') return
        const changes = { status: 'disabled', disabled_reason: gone, standing: row.standing + 1 }
        await record.write(doing, 'disable', row, changes)
        context.log.warn({ webhook: id, at: clock.now() }, `the ${name} is not loaded: its events wait`)
      }),
    )
  }
}

function columnsOf({ userId }: Actor, { name, about }: Receiving) {
  return {
    url: receiverOf({ name }),
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
