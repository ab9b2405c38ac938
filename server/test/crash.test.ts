import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseArgs } from 'node:util'
import { sql } from 'kysely'
import { decideConfig } from '../src/config/decide.ts'
import { openDatabase } from '../src/db/open.ts'
import { createLog } from '../src/lib/log.ts'
import { vaultFor } from '../src/sealed-values.ts'
import { assertCountersExact } from './counters-exact.ts'
import { assertDelivered, type Sent } from './crash/deliveries.ts'
import { Line } from './crash/line.ts'
import { Processes } from './crash/processes.ts'
import { impatient, Subscribers } from './crash/subscribers.ts'
import { type Acknowledged, Writer } from './crash/writer.ts'
import { postgresUrl } from './fresh-database.ts'
import { Random, seedFrom } from './fuzz/random.ts'
import { install } from './product-process.ts'
import { assertTracesWhole } from './traces.ts'

const { values } = parseArgs({ options: { kills: { type: 'string', default: '25' } }, strict: false })
const kills = Number(values.kills)
const writersAtOnce = 6
/** Of the last acknowledged state of so many users and documents, the server is asked. */
const readBackMax = 300
/** How often somebody who writes looks after the webhooks. */
const looksAfterWebhooks = 0.01

const product = await install()
const seed = seedFrom('COMSERV_CRASH_SEED')
const random = new Random(seed)
const processes = new Processes(product, random, impatient)
const subscribers = new Subscribers(processes, random)

test(`a server killed ${kills} times under writes keeps and sends all that it acknowledged, and nothing by halves`, async (t) => {
  // The embedded database has one server. On PostgreSQL two answer, so that a writer goes on with the other one, and two send.
  await processes.start(
    ...(postgresUrl === undefined ? (['all'] as const) : (['api', 'all', 'worker'] as const)),
  )
  const line = new Line(processes, await makeKey(), await takesBatches())
  await subscribers.subscribe(line)
  const writers = Array.from(
    { length: writersAtOnce },
    (_, i) => new Writer(`w${i}x`, new Random(seed + i), line),
  )
  let isOver = false
  const writing = writers.map(async (writer) => {
    while (!isOver) {
      await writer.writeOne()
      if (random.chance(looksAfterWebhooks)) await subscribers.resume(line)
    }
  })
  try {
    await Promise.race([processes.killInTurn(kills), Promise.all(writing)])
  } finally {
    isOver = true
  }
  await Promise.all(writing)
  await subscribers.settled(line)

  const acknowledged = writers.flatMap((writer) => writer.acknowledged)
  const { requests, done } = line.lost
  t.diagnostic(
    `seed ${seed}: ${acknowledged.length} users and documents acknowledged; ${requests} requests without an answer, ${done} of them done`,
  )
  assert.ok(acknowledged.length > kills && requests > 0, 'the kills met nobody who wrote')
  await assertReadBack(line, acknowledged)
  await processes.stop()
  const { deliveries, attempts, interrupted } = await assertStored(acknowledged)
  t.diagnostic(`${deliveries} deliveries by ${attempts} attempts, ${interrupted} of them interrupted`)
  assert.ok(attempts > deliveries && interrupted > 0, 'the kills met nothing on its way')
  assert.deepEqual(subscribers.twiceAtOnce, [])
})

async function makeKey(): Promise<string> {
  const args = [
    '--name',
    'writers',
    '--scopes',
    'read write webhooks:read webhooks:write',
    '--tier',
    'premium',
    '--json',
  ]
  return JSON.parse((await product.run(['credential', 'create', ...args])).stdout).client_secret
}

async function takesBatches(): Promise<boolean> {
  const document = (await (await fetch(`${processes.urls[0]}/api/v1/openapi.json`)).json()) as {
    paths: object
  }
  return '/api/v1/documents/batch' in document.paths
}

async function assertReadBack(line: Line, acknowledged: readonly Acknowledged[]): Promise<void> {
  for (const { kind, id, etag, text, isDeleted } of acknowledged.slice(-readBackMax)) {
    const answer = await line.ask('GET', `/api/v1/${kind}/${id}`)
    const expected = isDeleted ? { status: 404, etag: '', text: '' } : { status: 200, etag, text }
    const found = { status: answer.status, etag: answer.etag, text: '' }
    if (answer.status === 200) found.text = answer.body.title ?? answer.body.profile.bio ?? ''
    assert.deepEqual(found, expected, `${kind} ${id}`)
  }
}

/** The rows are those that were acknowledged, no other and none twice, and each has its traces; what was to be sent was. */
async function assertStored(acknowledged: readonly Acknowledged[]): Promise<Sent> {
  const config = decideConfig(product.env)
  const { database: settings } = config
  const database = openDatabase(settings, createLog('error'))
  try {
    database.subjects.unlock((await vaultFor(config, database)).vault, database.read)
    const documents = await database.read
      .selectFrom('documents')
      .select(['id', 'version', 'deleted_at', 'title'])
      .execute()
    const users = await database.read
      .selectFrom('users')
      .select(['id', 'version', 'deleted_at', 'bio'])
      .where('is_system', '=', 0)
      .execute()
    const stored = [
      ...documents.map((row) => ({ kind: 'documents', ...row, text: row.title })),
      ...users.map((row) => ({ kind: 'users', ...row, text: row.bio ?? '' })),
    ]
    const inOneWay = (kind: string, id: number, version: number, isDeleted: boolean, text: string) =>
      `${kind} ${id}: version ${version}${isDeleted ? ', deleted' : ''}, ${text}`
    assert.deepEqual(
      stored.map((row) => inOneWay(row.kind, row.id, row.version, row.deleted_at !== null, row.text)).sort(),
      acknowledged.map((one) => inOneWay(one.kind, one.id, one.version, one.isDeleted, one.text)).sort(),
    )
    await assertTracesWhole(database)
    await assertCountersExact(database)
    const sent = await assertDelivered(database, subscribers.all, processes.killedAtMs)
    if (settings.kind === 'sqlite') {
      const { rows } = await sql`PRAGMA integrity_check`.execute(database.read)
      assert.deepEqual(
        rows.map((row) => ({ ...(row as object) })),
        [{ integrity_check: 'ok' }],
      )
    }
    return sent
  } finally {
    await database.close()
  }
}
