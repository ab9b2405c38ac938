import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import { ConfigError, decideConfig } from '../src/config/decide.ts'
import { startServer, type TestServer } from './harness.ts'
import { holdSearches } from './held-searches.ts'
import { listen } from './listening.ts'
import { startReceiver } from './receiver.ts'
import { until } from './until.ts'

const scrapeToken = 'a-token-for-prometheus-alone-0123456789'
const server = await startServer({ env: { COMSERV_METRICS_TOKEN: scrapeToken } })
const { secret: key } = await server.credential('read write')

async function scrape(from: TestServer = server, token = scrapeToken): Promise<Map<string, number>> {
  const { status, headers, text } = await from.call('GET', '/metrics', { token })
  assert.equal(status, 200, text)
  assert.equal(headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8')
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(
    lines.map((line) => {
      const [, series = '', value] = /^(\S+(?:\{.*\})?) (\S+)$/.exec(line) ?? assert.fail(line)
      return [series, Number(value)]
    }),
  )
}

const duration = 'comserv_http_request_duration_seconds'

/** A request is counted when its answer is out, which may be a moment after the caller has it. */
async function scrapeUntil(isThere: (values: Map<string, number>) => boolean): Promise<Map<string, number>> {
  for (;;) {
    const values = await scrape()
    if (isThere(values)) return values
  }
}

test('requests are counted by the pattern of their route, never by their path', async () => {
  const { body } = await server.call('POST', '/api/v1/documents', { key, json: { title: 'One' } })
  for (const id of [body.id, body.id, 999_999]) await server.call('GET', `/api/v1/documents/${id}`, { key })
  await server.call('GET', '/api/v1/no/such/thing', { key })
  await server.call('GET', '/api/v1/%zz', { key })
  await server.call('PROPFIND', '/api/v1/documents', { key })

  const one = (method: string, route: string, status: string) =>
    `{method="${method}",route="${route}",status="${status}"}`
  const values = await scrapeUntil((values) =>
    values.has(`${duration}_count${one('other', 'unmatched', '4xx')}`),
  )
  assert.equal(values.get(`${duration}_count${one('GET', '/api/v1/documents/:id', '2xx')}`), 2)
  assert.equal(values.get(`${duration}_count${one('GET', '/api/v1/documents/:id', '4xx')}`), 1)
  assert.equal(values.get(`${duration}_count${one('POST', '/api/v1/documents', '2xx')}`), 1)
  assert.equal(values.get(`${duration}_count${one('GET', 'unmatched', '4xx')}`), 2)
  assert.ok((values.get(`${duration}_sum${one('GET', '/api/v1/documents/:id', '2xx')}`) ?? 0) > 0)
  const labels = one('GET', '/api/v1/documents/:id', '2xx').slice(0, -1)
  assert.equal(values.get(`${duration}_bucket${labels},le="+Inf"}`), 2)
  for (const series of values.keys()) assert.doesNotMatch(series, /999999|such/)
})

test('commits, changes, connections and the process are told', async () => {
  const before = await scrape()
  await Promise.all(
    Array.from({ length: 20 }, (_, i) =>
      server.call('POST', '/api/v1/documents', { key, json: { title: `Document ${i}` } }),
    ),
  )
  const after = await scrape()
  const grown = (name: string) => (after.get(name) ?? Number.NaN) - (before.get(name) ?? Number.NaN)
  assert.ok(grown('comserv_db_changes_total') >= 20)
  assert.ok(grown('comserv_db_commits_total') >= 1)
  assert.equal(after.get('comserv_db_changes_waiting'), 0)
  assert.ok((after.get('comserv_db_connections{state="idle"}') ?? 0) >= 1)
  for (const name of [
    'process_resident_memory_bytes',
    'process_cpu_seconds_total',
    'nodejs_eventloop_lag_p99_seconds',
  ])
    assert.ok(after.has(name), name)
})

test('open event streams are shown', async () => {
  assert.equal((await scrape()).get('comserv_event_streams'), 0)
  const streams = await Promise.all([1, 2].map(() => listen(server.url, { 'x-api-key': key })))
  const during = await scrapeUntil((values) => values.get('comserv_event_streams') === 2)
  assert.ok((during.get('comserv_event_streams_unread_bytes') ?? -1) >= 0)
  for (const stream of streams) stream.close()
  await scrapeUntil((values) => values.get('comserv_event_streams') === 0)
})

// On PostgreSQL a search takes a connection of the pool, as everything does.
if (server.context.database.dialect === 'sqlite') {
  test('on the embedded database a search is a busy connection, and those that wait for it are told', async () => {
    const { database } = server.context
    const connections = (values: Map<string, number>) =>
      ['busy', 'idle'].map((state) => values.get(`comserv_db_connections{state="${state}"}`))
    assert.deepEqual(connections(await scrape()), [0, 2])
    const search = () => sql`select 1`.execute(database.search())
    await search()
    assert.deepEqual(connections(await scrape()), [0, 3])
    const goOn = holdSearches(server)
    const searches = Promise.all([search(), search(), search()])
    await until('the searches', () => database.statistics().connections.busy || undefined)
    const during = await scrape()
    assert.deepEqual(connections(during), [1, 2])
    assert.equal(during.get('comserv_db_changes_waiting'), 2)
    goOn()
    await searches
    const after = await scrape()
    assert.deepEqual(connections(after), [0, 3])
    assert.equal(after.get('comserv_db_changes_waiting'), 0)
  })
}

test('a change that fails is not counted, one that shares its commit is', async () => {
  const { database } = (await startServer()).context
  const before = database.statistics().changes
  const outcomes = await Promise.allSettled([
    database.write(async () => 'done'),
    database.write(async () => {
      throw new Error('refused')
    }),
  ])
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ['fulfilled', 'rejected'],
  )
  assert.equal(database.statistics().changes, before + 1)
})

test('refusals by the rate limit are counted', async () => {
  const strict = await startServer({
    env: { COMSERV_METRICS_TOKEN: scrapeToken, COMSERV_RATE_LIMIT_ANONYMOUS: '1' },
  })
  for (let i = 0; i < 3; i++) await strict.call('GET', '/api/v1/documents')
  assert.equal((await scrape(strict)).get('comserv_http_rate_limited_total'), 2)
})

test('without the token or an administrator nothing is told', async () => {
  const { secret: admin } = await server.credential('admin')
  assert.equal((await server.call('GET', '/metrics', { key: admin })).status, 200)
  assert.equal((await server.call('GET', '/metrics')).status, 401)
  assert.equal((await server.call('GET', '/metrics', { token: `${scrapeToken}x` })).status, 401)
  assert.equal((await server.call('GET', '/metrics', { key })).status, 403)
  assert.equal((await server.call('GET', '/api/v1/users', { token: scrapeToken })).status, 401)

  const closed = await startServer()
  assert.equal((await closed.call('GET', '/metrics')).status, 401)
  assert.equal((await closed.call('GET', '/metrics', { token: 'undefined' })).status, 401)
})

test('a short token is refused, and the route is no part of the contract', async () => {
  assert.throws(
    () => decideConfig({ COMSERV_METRICS_TOKEN: 'short', COMSERV_SECRET_KEY: 'x'.repeat(32) }),
    (error) =>
      error instanceof ConfigError && /COMSERV_METRICS_TOKEN must have at least 32/.test(error.message),
  )
  const { body } = await server.call('GET', '/api/v1/openapi.json')
  assert.equal(body.paths['/metrics'], undefined)
})

test('attempts of webhooks, their delay, what waits and the circuits are told', async () => {
  const receiver = await startReceiver()
  const { secret: admin } = await server.credential('admin')
  const json = { url: receiver.url, events: ['document.created'] }
  const { body: webhook } = await server.call('POST', '/api/v1/webhooks', { key: admin, json })
  const create = () => server.call('POST', '/api/v1/documents', { key, json: { title: 'Told' } })
  await create()
  await server.deliver()
  await server.call('POST', `/api/v1/webhooks/${webhook.id}/test`, { key: admin })
  receiver.answer(500)
  for (let i = 0; i < 5; i++) await create()
  await server.deliver()
  server.clock.advance(20_000)
  const values = await scrape()
  assert.equal(values.get('comserv_webhook_attempts_total{outcome="succeeded"}'), 2, 'one of them a test')
  assert.equal(values.get('comserv_webhook_attempts_total{outcome="failed"}'), 5)
  assert.equal(values.get('comserv_webhook_attempts_total{outcome="interrupted"}'), 0)
  assert.equal(values.get('comserv_webhook_first_attempt_delay_seconds_count'), 6)
  assert.equal(values.get('comserv_webhook_circuits{state="open"}'), 1)
  const oldest = values.get(`comserv_webhook_oldest_due_seconds{webhook="${webhook.id}"}`) ?? 0
  assert.ok(oldest >= 13 && oldest <= 17, `due 4 to 6 s after the failure, 20 s ago: ${oldest}`)
  assert.equal(values.get('comserv_webhook_expired_leases_total'), 0)
})
