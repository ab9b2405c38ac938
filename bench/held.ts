import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { sql } from 'kysely'
import { closeContext, createContext } from '../server/src/app.ts'
import { operator } from '../server/src/cli/actor.ts'
import { decideConfig } from '../server/src/config/decide.ts'
import { freePort } from '../server/src/config/free-port.ts'
import type { Context } from '../server/src/context.ts'
import { createCredential } from '../server/src/credentials/service.ts'
import { countDelivery } from '../server/src/events/outbox.ts'
import { createLog } from '../server/src/lib/log.ts'
import { dayMs, toInstant, toTimestamp } from '../server/src/lib/timestamps.ts'
import { createWebhook } from '../server/src/webhooks/service.ts'
import { type Figure, median, printTable, recordResults } from './report.ts'
import { processorMs, startServer } from './server-process.ts'
import { startSink } from './sink.ts'

/**
 * `npm run bench:held`: a paused webhook with a million held deliveries. What its lists cost, how long resuming, pausing
 * and purging take, and how long another webhook waits for its events meanwhile.
 */
const { values } = parseArgs({
  options: {
    deliveries: { type: 'string', default: '1000000' },
    events: { type: 'string', default: '50' },
    'no-record': { type: 'boolean' },
  },
})
const deliveries = Number(values.deliveries)
const events = Number(values.events)
const fewDeliveries = 1_000
const rowsPerTransaction = 20_000
const retentionDays = 30
const patienceMs = 900_000

const folder = mkdtempSync(join(tmpdir(), 'comserv-bench-held-'))
const env = {
  COMSERV_DATA_DIR: folder,
  PORT: String(await freePort('127.0.0.1')),
  COMSERV_RATE_LIMIT_STANDARD: '1000000000',
  COMSERV_WEBHOOK_ALLOW_HTTP: 'true',
  COMSERV_WEBHOOK_ALLOWED_CIDRS: '127.0.0.0/8',
  COMSERV_WEBHOOK_RETENTION_DAYS: String(retentionDays),
}
const sink = await startSink()
const context = await createContext(decideConfig(env), createLog('warn'))
const actor = await operator(context)
const subscribed = async (path: string, event: string) =>
  (
    await context.database.write(
      await createWebhook(context, actor, { url: sink.url + path, events: [event] }),
    )
  ).resource.id
const full = await subscribed('/held', 'document.deleted')
const few = await subscribed('/few', 'document.published')
await subscribed('/other', 'document.created')
const change = createCredential(context, actor, { name: 'bench', scopes: ['admin'] })
const { resource: credential } = await context.database.write(change)
const server = await startServer(env)

const figures: Figure[] = []
/** Shown at once: a million deliveries take a while. */
function note(figure: Figure): void {
  figures.push(figure)
  process.stdout.write(`${figure.name}: ${median(figure.samples).toFixed(2)} ${figure.unit}\n`)
}
try {
  for (const id of [full, few]) await setStatus(id, 'paused')
  process.stdout.write(`Loading ${deliveries} held deliveries …\n`)
  await load(context, full, 'document.deleted', deliveries)
  await load(context, few, 'document.published', fewDeliveries)

  for (const query of ['status=held', 'status=held&page=10', 'event_type=document.deleted&sort=created_at'])
    note({
      name: `list ?${query}`,
      unit: 'times',
      atMost: 1.25,
      samples: [
        (await costOfList(full, query)) / (await costOfList(few, query.replace('deleted', 'published'))),
      ],
    })
  const alone = await delays()
  note({ name: 'another webhook, nothing going on', unit: 'ms', samples: alone })
  await during('resume', () => setStatus(full, 'active'), 'held')
  await during('pause', () => setStatus(full, 'paused'), 'pending')
  await during('purge', makeOld, 'held')
  printTable(figures)
  if (!values['no-record']) recordResults(figures, { deliveries, events }, 'held')
} finally {
  await server.stop()
  await closeContext(context)
  sink.stop()
  rmSync(folder, { recursive: true, force: true })
}

async function call(method: string, path: string, body?: object): Promise<{ status: number; ms: number }> {
  const startMs = performance.now()
  const response = await fetch(`${server.url}/api/v1${path}`, {
    method,
    headers: { 'x-api-key': credential.client_secret, 'content-type': 'application/json' },
    ...(body ? { body: JSON.stringify(body) } : {}),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${path} got ${response.status}: ${text}`)
  return { status: response.status, ms: performance.now() - startMs }
}

async function setStatus(id: number, status: 'active' | 'paused'): Promise<number> {
  return (await call('PATCH', `/webhooks/${id}`, { status })).ms
}

/** As if a million changes had been made while the webhook was paused. */
async function load({ database }: Context, id: number, type: string, rows: number): Promise<void> {
  const { standing } = await database.read
    .selectFrom('webhooks')
    .select('standing')
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  const [now, instant] = [toTimestamp(Date.now()), toInstant(Date.now())]
  const body = JSON.stringify({ event: type, timestamp: now, data: { id: 1 } })
  for (let left = rows; left > 0; left -= rowsPerTransaction) {
    const count = Math.min(left, rowsPerTransaction)
    await database.write(async (trx) => {
      const { rows: last } = await sql<{ id: number }>`select coalesce(max(id), 0) as id from events`.execute(
        trx.db,
      )
      await sql`
        with recursive n(i) as (select 1 union all select i + 1 from n where i < ${count})
        insert into events (type, occurred_at, resource_type, resource_id, body, category, status, author_id)
        select ${type}, ${now}, 'document', 1, ${body}, 'reports', 'draft', 1 from n
      `.execute(trx.db)
      await sql`
        insert into deliveries (webhook_id, event_id, event_type, generation, status, created_at, reason, standing)
        select ${id}, id, type, 1, 'held', ${instant}, 'paused', ${standing} from events where id > ${last[0]?.id ?? 0}
      `.execute(trx.db)
      countDelivery(trx, { webhook_id: id, event_type: type }, 'held', count)
    })
  }
}

async function costOfList(id: number, query: string): Promise<number> {
  const calls = 100
  const path = `/webhooks/${id}/deliveries?limit=20&${query}`
  for (let i = 0; i < 10; i++) await call('GET', path)
  const before = processorMs(server.pid)
  for (let i = 0; i < calls; i++) await call('GET', path)
  return (processorMs(server.pid) - before) / calls
}

/** From the request that creates a document until the other webhook has its event. */
async function delays(until: () => boolean = () => true): Promise<number[]> {
  const arrivals: (() => void)[] = []
  sink.listen((path) => {
    if (path === '/other') arrivals.shift()?.()
  })
  const took: number[] = []
  for (let i = 0; i < events || !until(); i++) {
    const startMs = performance.now()
    const arrived = new Promise<void>((resolve) => arrivals.push(resolve))
    await call('POST', '/documents', { title: `Document ${i}`, category: 'reports' })
    await arrived
    took.push(performance.now() - startMs)
    await pause(100)
  }
  return took
}

/** Starts something, and measures the other webhook until no delivery of the full one has the status any more. */
async function during(
  name: string,
  start: () => Promise<number>,
  leaving: 'held' | 'pending',
): Promise<void> {
  process.stdout.write(`${name} …\n`)
  const startMs = performance.now()
  const callMs = await start()
  // Making them old is the work of this program.
  if (start !== makeOld)
    note({ name: `${name}: the call itself`, unit: 'ms', atMost: 1_000, samples: [callMs] })
  let isDone = false
  const watching = (async () => {
    while ((await countOf(leaving)) > 0 && performance.now() - startMs < patienceMs) await pause(1_000)
    isDone = true
  })()
  const took = await delays(() => isDone)
  await watching
  const left = await countOf(leaving)
  if (left > 0) throw new Error(`${left} deliveries are still ${leaving}`)
  note({ name: `${name}: until all are moved`, unit: 'ms', samples: [performance.now() - startMs] })
  note({ name: `${name}: another webhook, median`, unit: 'ms', samples: [median(took)] })
  note({ name: `${name}: another webhook, longest`, unit: 'ms', samples: [Math.max(...took)] })
}

async function countOf(status: 'held' | 'pending'): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from deliveries where webhook_id = ${full} and status = ${sql.lit(status)}
  `.execute(context.database.read)
  return Number(rows[0]?.count)
}

/** As if the retention had passed; the task that prunes runs each minute. */
async function makeOld(): Promise<number> {
  const startMs = performance.now()
  const old = toInstant(Date.now() - (retentionDays + 1) * dayMs)
  await context.database.write(async ({ db }) => {
    await db.updateTable('deliveries').set({ created_at: old }).where('webhook_id', '=', full).execute()
  })
  return performance.now() - startMs
}
