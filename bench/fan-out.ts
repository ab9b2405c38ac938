import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { freePort } from '../server/src/config/free-port.ts'
import { type Figure, median, printTable, recordResults } from './report.ts'
import type { ServerProcess } from './server-process.ts'
import { startSink } from './sink.ts'

/**
 * `npm run bench:fan-out -- [FOLDER]`: what webhooks with dead receivers cost a change, how long others wait while a batch
 * goes to a thousand of them, and the time from a response until a receiver has the event; beside another checkout.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    webhooks: { type: 'string', default: '1000' },
    changes: { type: 'string', default: '60' },
    record: { type: 'boolean' },
  },
})
const [few, many] = [300, Number(values.webhooks)]
const changes = Number(values.changes)
const batch = 100
const quietMs = 3_000

interface Side {
  name: string
  server: ServerProcess
  key: string
}

async function start(root: string, name: string): Promise<Side> {
  const of = (file: string) => import(join(root, file))
  const server: typeof import('./server-process.ts') = await of('bench/server-process.ts')
  const { operator }: typeof import('../server/src/cli/actor.ts') = await of('server/src/cli/actor.ts')
  const { createCredential }: typeof import('../server/src/credentials/service.ts') = await of(
    'server/src/credentials/service.ts',
  )
  const { closeContext, createContext }: typeof import('../server/src/app.ts') = await of('server/src/app.ts')
  const { decideConfig }: typeof import('../server/src/config/decide.ts') = await of(
    'server/src/config/decide.ts',
  )
  const { createLog }: typeof import('../server/src/lib/log.ts') = await of('server/src/lib/log.ts')
  const dataDir = mkdtempSync(join(tmpdir(), 'comserv-fan-out-'))
  process.on('exit', () => rmSync(dataDir, { recursive: true, force: true }))
  const env = {
    COMSERV_DATA_DIR: dataDir,
    COMSERV_RATE_LIMIT_STANDARD: '100000000',
    COMSERV_SYSTEM_WEBHOOKS_MAX: String(many + 10),
    COMSERV_WEBHOOK_ALLOW_HTTP: 'true',
    COMSERV_WEBHOOK_ALLOWED_CIDRS: '127.0.0.0/8',
    PORT: String(await freePort('127.0.0.1')),
  }
  const context = await createContext(decideConfig(env), createLog('warn'))
  const asked = { name: 'bench', scopes: ['admin' as const] }
  const { resource } = await context.database.write(createCredential(context, await operator(context), asked))
  await closeContext(context)
  return { name, key: resource.client_secret, server: await server.startServer(env) }
}

async function call({ server, key }: Side, method: string, path: string, json?: object): Promise<void> {
  const headers = { 'x-api-key': key, 'content-type': 'application/json' }
  const body = json && JSON.stringify(json)
  const response = await fetch(`${server.url}/api/v1${path}`, { method, headers, ...(body ? { body } : {}) })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
}

async function subscribe(side: Side, count: number): Promise<void> {
  for (let i = 0; i < count; i++)
    await call(side, 'POST', '/webhooks', { url: `http://127.0.0.1:9/${i}`, events: ['document.created'] })
}

const create = (side: Side) => call(side, 'POST', '/documents', { title: 'To be told' })

async function timed(work: () => Promise<void>): Promise<number> {
  const startMs = performance.now()
  await work()
  return performance.now() - startMs
}

async function changeMs(side: Side): Promise<number[]> {
  const took: number[] = []
  for (let i = 0; i < changes; i++) took.push(await timed(() => create(side)))
  return took
}

/** From the response to a change until the receiver of the one webhook that is told has it. */
async function receiptMs(side: Side, path: string): Promise<number[]> {
  const took: number[] = []
  for (let i = 0; i < changes; i++) {
    let arrivedMs = 0
    const arrived = new Promise<void>((done) => {
      sink.listen((to, { atMs }) => {
        if (to !== path) return
        arrivedMs = atMs
        done()
      })
    })
    await create(side)
    const respondedMs = performance.now()
    await arrived
    took.push(arrivedMs - respondedMs)
    await pause(20)
  }
  return took
}

/** Of calls, one after the other, from a batch on until `quietMs` later. */
async function waitsBesideBatch(side: Side): Promise<number[]> {
  const items = Array.from({ length: batch }, (_, i) => ({
    action: 'create',
    data: { title: `Document ${i}` },
  }))
  let isOver = false
  const sent = call(side, 'POST', '/documents/batch', { items })
    .then(() => pause(quietMs))
    .finally(() => {
      isOver = true
    })
  const took: number[] = []
  // One that is refused has waited, too.
  while (!isOver) took.push(await timed(() => create(side).catch(() => undefined)))
  await sent
  return took
}

const sink = await startSink()
const own = await start(join(import.meta.dirname, '..'), 'here')
const [folder] = positionals
const sides = folder === undefined ? [own] : [await start(resolve(folder), 'there'), own]
const figures: Figure[] = []
const note = (figure: Figure) => {
  process.stdout.write(`${figure.name}: ${median(figure.samples).toFixed(2)} ${figure.unit}\n`)
  figures.push(figure)
}
for (const side of sides) {
  const { name } = side
  await changeMs(side)
  const alone = median(await changeMs(side))
  await call(side, 'POST', '/webhooks', { url: `${sink.url}/${name}`, events: ['document.created'] })
  const receipt = await receiptMs(side, `/${name}`)
  note({ name: `${name}: response to receipt, one webhook, median`, unit: 'ms', samples: receipt })
  let subscribed = 1
  for (const count of [few, many]) {
    await subscribe(side, count - subscribed)
    subscribed = count
    // Until the circuits are open.
    for (let i = 0; i < 8; i++) await create(side)
    await pause(quietMs)
    const samples = (await changeMs(side)).map((ms) => ms / alone)
    note({
      name: `${name}: a change with ${count} dead webhooks, beside none`,
      unit: 'times',
      atMost: 1.5,
      samples,
    })
    await pause(quietMs)
    const beside = await receiptMs(side, `/${name}`)
    note({ name: `${name}: response to receipt beside ${count}, median`, unit: 'ms', samples: beside })
  }
  await pause(2 * quietMs)
  const waits = await waitsBesideBatch(side)
  note({
    name: `${name}: a change beside a batch of ${batch} to ${many}, median`,
    unit: 'ms',
    samples: waits,
  })
  note({ name: `${name}: the longest of them`, unit: 'ms', samples: [Math.max(...waits)] })
}
printTable(figures)
const base =
  folder && execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: folder, encoding: 'utf8' }).trim()
if (values.record) recordResults(figures, { webhooks: many, changes, base: base ?? '' }, 'fan-out')
for (const { server } of sides) await server.stop()
sink.stop()
