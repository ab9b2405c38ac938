import { join } from 'node:path'
import { sql } from 'kysely'
import { closeContext, createContext } from '../server/src/app.ts'
import { operator } from '../server/src/cli/actor.ts'
import { decideConfig } from '../server/src/config/decide.ts'
import { freePort } from '../server/src/config/free-port.ts'
import type { Context } from '../server/src/context.ts'
import { createCredential } from '../server/src/credentials/service.ts'
import { documentEvents } from '../server/src/documents/events.ts'
import { appendEvent } from '../server/src/events/outbox.ts'
import { createLog } from '../server/src/lib/log.ts'
import { FanOut } from '../server/src/sending/fan-out.ts'
import type { WebhookCreate } from '../server/src/webhooks/schema.ts'
import { createWebhook } from '../server/src/webhooks/service.ts'
import { type ServerProcess, startServer } from './server-process.ts'

export const webhooks = 50
/** Of one more webhook, the only one that is told when a document changes. */
export const onlyPath = '/only'
const eventsPerTransaction = 500

/** A server with webhooks, and a hand in its database. */
export interface Side {
  server: ServerProcess
  key: string
  /** In order of their ids. */
  paths: string[]
  /** Makes so many events, each on its way to every webhook, and resolves when they are committed. */
  makeEvents(count: number): Promise<void>
  /** Deliveries that have not ended. */
  countOpen(): Promise<number>
  /** What an operator does when a receiver works again. */
  resume(): Promise<void>
  stop(): Promise<void>
}

/** @param logRows deliveries that ended before */
export async function startSide(folder: string, sinkUrl: string, logRows: number): Promise<Side> {
  const env = {
    COMSERV_DATA_DIR: join(folder, String(logRows)),
    PORT: String(await freePort('127.0.0.1')),
    COMSERV_RATE_LIMIT_STANDARD: '1000000000',
    COMSERV_WEBHOOK_ALLOW_HTTP: 'true',
    COMSERV_WEBHOOK_ALLOWED_CIDRS: '127.0.0.0/8',
  }
  // Beside the server on the same database, as a command is; it sends nothing.
  const context = await createContext(decideConfig(env), createLog('warn'))
  const actor = await operator(context)
  const makeWebhook = async (input: WebhookCreate) =>
    context.database.write(await createWebhook(context, actor, input))
  const paths = Array.from({ length: webhooks }, (_, i) => `/${i}`)
  for (const path of paths) {
    await makeWebhook({ url: sinkUrl + path, events: ['document.created'] })
  }
  await makeWebhook({ url: sinkUrl + onlyPath, events: ['document.updated'] })
  await fillLog(context, logRows)
  const change = createCredential(context, actor, { name: 'bench', scopes: ['read', 'write'] })
  const { resource } = await context.database.write(change)
  const server = await startServer(env)
  return {
    server,
    key: resource.client_secret,
    paths,
    makeEvents: (count) => makeEvents(context, count),
    countOpen: async () => (await countOf(context, 'pending')) + (await countOf(context, 'sending')),
    async resume() {
      await context.database.write(async (trx) => {
        await trx.db
          .updateTable('webhooks')
          .set({ consecutive_failures: 0, failing_since: null, circuit_trips: 0, circuit_open_until: null })
          .execute()
      })
    },
    async stop() {
      await server.stop()
      await closeContext(context)
    },
  }
}

/** Over a partial index: the log may be long. */
async function countOf({ database }: Context, status: 'pending' | 'sending'): Promise<number> {
  const { count } = await database.read
    .selectFrom('deliveries')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('status', '=', sql.lit(status))
    .executeTakeFirstOrThrow()
  return count
}

async function makeEvents(context: Context, count: number): Promise<void> {
  await context.database.write(async (trx) => {
    for (let i = 0; i < count; i++) {
      const data = {
        id: i + 1,
        title: `Document ${i}: what was decided, and why`,
        category: 'reports',
        status: 'draft' as const,
        author_id: 1,
      }
      await appendEvent(trx, documentEvents.occurred('created', data), context.clock.now())
    }
  })
}

/** As if every delivery had succeeded at once, with a copy of an attempt as they are. */
async function fillLog(context: Context, rows: number): Promise<void> {
  if (rows === 0) return
  const fanOut = new FanOut(context)
  for (let left = Math.ceil(rows / webhooks); left > 0; left -= eventsPerTransaction) {
    await makeEvents(context, Math.min(left, eventsPerTransaction))
    while (await fanOut.some({ mayRest: false }));
  }
  await context.database.write(async ({ db }) => {
    await sql`
      UPDATE deliveries
      SET status = 'delivered', attempts = 1, last_attempt_at = created_at, finished_at = created_at, next_attempt_at = NULL
    `.execute(db)
    await sql`
      INSERT INTO delivery_attempts (delivery_id, number, started_at, duration_ms, outcome, request_headers,
        response_status, response_headers, response_body)
      SELECT id, 1, created_at, 12, 'succeeded', ${JSON.stringify(likeThoseSent)}, 204, ${'{"date":"x"}'}, ''
      FROM deliveries
    `.execute(db)
    await sql`
      UPDATE counters SET scope = replace(scope, 'pending', 'delivered') WHERE scope LIKE 'deliveries/%pending%'
    `.execute(db)
  })
}

const likeThoseSent = {
  'content-type': 'application/json',
  'user-agent': 'Comserv/0.1.0',
  'x-webhook-event': 'document.created',
  'x-webhook-attempt': '1',
  'webhook-id': 'evt_123456_1768465800',
  'webhook-timestamp': '1768465800',
  'webhook-signature': `v1,${'x'.repeat(44)}`,
  'x-webhook-signature': 'x'.repeat(64),
}
