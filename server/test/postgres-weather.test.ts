import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import pg from 'pg'
import { startPostgres } from '../../scripts/postgres.ts'
import { openPostgres } from '../src/db/postgres.ts'
import { postgresUrl } from './fresh-database.ts'
import { startServer } from './harness.ts'
import { assertRefused } from './refusals.ts'
import { until } from './until.ts'
import { startProxy } from './weather/proxy.ts'
import { startWriters, type Writers } from './weather/writers.ts'

const answeredWithinMs = 12_000

// The embedded database has no network and no server that could be restarted.
if (postgresUrl !== undefined) {
  const scrapeToken = 'a-scrape-token-of-the-weather-tests'
  const postgres = await startPostgres()
  const proxy = await startProxy(Number(new URL(postgres.url).port))
  const throughProxy = new URL(postgres.url)
  throughProxy.port = String(proxy.port)
  const server = await startServer({
    env: { DATABASE_URL: throughProxy.href, COMSERV_METRICS_TOKEN: scrapeToken },
  })
  const { secret: key } = await server.credential('admin')
  after(async () => {
    await server.stop()
    await proxy.close()
    await postgres.stop()
  })

  const create = (title: string) => server.call('POST', '/api/v1/documents', { key, json: { title } })
  const ready = async () => (await server.call('GET', '/health/ready')).status
  const administer = async (...statements: string[]) => {
    const client = new pg.Client({ connectionString: postgres.url })
    // A statement may end its own connection, too.
    client.on('error', () => undefined)
    await client.connect()
    for (const statement of statements) await client.query(statement)
    await client.end()
  }
  const endSessions = `select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'comserv%'`

  async function assertNothingLost({ seen }: Writers): Promise<void> {
    assert.deepEqual(
      [...seen.statuses.keys()].filter((status) => status !== 201 && status !== 503),
      [],
    )
    assert.equal(seen.withoutRetryAfter, 0)
    const rows = await server.context.database.read.selectFrom('documents').select('title').execute()
    const stored = rows.map(({ title }) => title)
    assert.equal(new Set(stored).size, stored.length, 'a document was made twice')
    for (const title of seen.acknowledged) assert.ok(stored.includes(title), `${title} was acknowledged`)
  }

  test('PostgreSQL restarts under writers: 503 meanwhile, then they go on, and nothing acknowledged is lost', async () => {
    const writers = startWriters(server.url, key, 10)
    for (const how of ['shut down', 'killed'] as const) {
      await writers.next()
      await postgres.restart(how)
      await writers.next()
    }
    await writers.stop()
    await assertNothingLost(writers)
    await until('readiness', async () => (await ready()) === 200 || undefined)
  })

  test('connections that are reset, or ended by the server, cost at most the requests that used them', async () => {
    const writers = startWriters(server.url, key, 10)
    for (const break_ of [() => proxy.reset(), () => administer(endSessions)]) {
      await writers.next()
      await break_()
      await writers.next()
    }
    await writers.stop()
    await assertNothingLost(writers)
  })

  test('hints from other processes arrive again after the connection was lost', async () => {
    let arrived = 0
    const unlisten = server.context.database.hints.listen('work', () => arrived++)
    const other = openPostgres(postgres.url, server.context.log)
    try {
      for (let round = 0; round < 2; round++) {
        const before = arrived
        await until('a hint', () => {
          other.hints.send('work')
          return arrived > before || undefined
        })
        proxy.reset()
      }
    } finally {
      unlisten()
      await other.close()
    }
  })

  test('while the network is silent every request gets a response, and the server is not ready', async () => {
    assert.equal((await create('before')).status, 201)
    proxy.silence()
    try {
      const beganMs = performance.now()
      const answers = await Promise.all([
        create('silence'),
        server.call('GET', '/api/v1/users', { key }),
        server.call('GET', '/api/v1/documents?q=word', { key }),
        until('the server not to be ready', async () =>
          (await ready()) === 503 ? { status: 503 } : undefined,
        ),
      ])
      assert.deepEqual([...new Set(answers.map(({ status }) => status))], [503])
      assert.ok(performance.now() - beganMs < answeredWithinMs)
      assert.equal((await server.call('GET', '/health/live')).status, 200)
      assert.equal((await server.call('GET', '/metrics', { token: scrapeToken })).status, 200)
    } finally {
      proxy.pass()
      proxy.reset()
    }
    await until('readiness', async () => (await ready()) === 200 || undefined)
    assert.equal((await create('after')).status, 201)
  })

  test('a database that became read-only refuses changes with 503, is read, and the server is not ready', async () => {
    const name = new URL(postgres.url).pathname.slice(1)
    await administer(`alter database ${name} set default_transaction_read_only = on`, endSessions)
    await until('the server not to be ready', async () => (await ready()) === 503 || undefined)
    const refused = await until('a refusal', async () => {
      const answer = await create('read-only')
      return /read-only/.test(answer.body.error?.details) ? answer : undefined
    })
    assertRefused(refused, 503, /^The database is read-only at the moment/)
    assert.equal(refused.headers.get('retry-after'), '10')
    assert.equal((await server.call('GET', '/api/v1/documents', { key })).status, 200)

    await administer(
      'set default_transaction_read_only = off',
      `alter database ${name} reset default_transaction_read_only`,
    )
    await until('readiness', async () => (await ready()) === 200 || undefined)
    assert.equal((await create('writable')).status, 201)
  })

  test('beside 25 changes that wait for one locked row, everything is read, and the server is ready', async () => {
    const { body } = await create('locked')
    const holder = new pg.Client({ connectionString: postgres.url })
    await holder.connect()
    await holder.query('begin')
    await holder.query('select id from documents where id = $1 for update', [body.id])
    const changes = Array.from({ length: 25 }, (_, i) =>
      server.call('PATCH', `/api/v1/documents/${body.id}`, { key, json: { title: `${i}` } }),
    )
    await until('the changes to wait', () => server.context.database.statistics().waiting > 0 || undefined)
    assert.equal(await ready(), 200)
    for (const path of ['/api/v1/users', '/api/v1/documents?q=locked', `/api/v1/documents/${body.id}`])
      assert.equal((await server.call('GET', path, { key })).status, 200, path)
    const answers = await Promise.all(changes)
    for (const answer of answers) {
      assertRefused(answer, 503, /nothing was changed/)
      assert.ok(answer.headers.get('retry-after'))
    }
    await holder.end()
  })

  test('locks of a frozen process are released before those who wait for them give up', async () => {
    const frozen = openPostgres(postgres.url, server.context.log)
    let isFrozen = false
    let thaw = () => {}
    const thawed = new Promise<void>((resolve) => {
      thaw = resolve
    })
    const change = frozen.write(async (trx) => {
      await trx.db
        .selectFrom('counters')
        .select('scope')
        .where('scope', '=', 'documents')
        .forUpdate()
        .execute()
      isFrozen = true
      await thawed
      await trx.db.selectFrom('counters').select('scope').execute()
    })
    change.catch(() => undefined)
    await until('the process to hold the rows', () => isFrozen || undefined)
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, i) => create(`beside a frozen process ${i}`)),
    )
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [201])
    thaw()
    await assert.rejects(change, /^DatabaseUnavailable|database/)
    await frozen.close()
  })
}
