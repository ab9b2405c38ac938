import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startServer } from '../../../server/test/harness.ts'
import { Comserv, ConnectionError, TimeoutError } from '../src/index.ts'
import { startCuttingProxy } from './cutting-proxy.ts'
import { json, startStrangeServer } from './strange-server.ts'
import { recorded } from './traffic.ts'

const server = await startServer({ env: { COMSERV_RATE_LIMIT_STANDARD: '5' } })
const unhurried = await startServer()
const { secret } = await unhurried.credential('admin')

/** Writes down how long it was to wait, and moves the server's clock instead. */
function waiting(clock = server.clock) {
  const waitedMs: number[] = []
  const sleep = async (ms: number) => {
    waitedMs.push(ms)
    clock.advance(ms)
  }
  return { waitedMs, sleep, now: () => clock.now(), random: () => 0.5 }
}

test('429: waits exactly as long as Retry-After says, and goes on', async () => {
  const { secret: apiKey } = await server.credential('read')
  const { waitedMs, ...times } = waiting()
  const comserv = new Comserv({ baseUrl: server.url, apiKey, ...times })
  for (let calls = 0; calls < 5; calls++) await comserv.documents.list()
  server.clock.advance(23_000)
  const { status, rateLimit } = await comserv.documents.list().withResponse()
  assert.equal(status, 200)
  assert.deepEqual(waitedMs, [37_000])
  assert.equal(rateLimit?.limit, 5)
  assert.equal(rateLimit?.remaining, 4)
})

test('429 after all retries is a RateLimitExceededError with the figures', async () => {
  const { secret: apiKey } = await server.credential('read')
  const comserv = new Comserv({ baseUrl: server.url, apiKey, maxRetries: 0 })
  for (let calls = 0; calls < 5; calls++) await comserv.documents.list()
  await assert.rejects(comserv.documents.list(), (error: Error & Record<string, unknown>) => {
    assert.equal(error.name, 'RateLimitExceededError')
    assert.equal(error.status, 429)
    assert.equal(error.code, 'rate_limit_exceeded')
    assert.equal(error.retryAfterSeconds, 60)
    const resetAt = new Date(server.clock.now() + 60_000)
    assert.deepEqual(error.rateLimit, { limit: 5, remaining: 0, resetAt })
    return true
  })
})

test('a Retry-After beyond 60 s is not waited for; the error says how long it is', async () => {
  const busy = await startStrangeServer(json(429, {}, { 'retry-after': '61' }))
  const { waitedMs, ...times } = waiting()
  const comserv = new Comserv({ baseUrl: busy.url, apiKey: 'key', ...times })
  await assert.rejects(comserv.users.list(), { name: 'RateLimitExceededError', retryAfterSeconds: 61 })
  assert.deepEqual(waitedMs, [])
  assert.equal(busy.requests.length, 1)
})

test('pauses are between half a second and their bound, and differ: callers that failed together part', async () => {
  const down = await startStrangeServer(json(503, {}))
  const firstPauses = new Set<number>()
  for (let calls = 0; calls < 50; calls++) {
    const waitedMs: number[] = []
    const sleep = async (ms: number) => void waitedMs.push(ms)
    const comserv = new Comserv({ baseUrl: down.url, apiKey: 'key', maxRetries: 6, sleep })
    await assert.rejects(comserv.users.get(1), { name: 'ServiceUnavailableError' })
    for (const [retry, ms] of waitedMs.entries())
      assert.ok(ms >= 500 && ms <= Math.min(8_000, 1_000 * 2 ** retry), `pause ${retry + 1} was ${ms} ms`)
    assert.equal(waitedMs.length, 6)
    firstPauses.add(waitedMs[0] ?? 0)
  }
  assert.ok(firstPauses.size > 10, `${firstPauses.size} different ones`)
})

test('a POST whose responses are lost twice succeeds at the third attempt, and writes one row', async () => {
  const proxy = await startCuttingProxy(unhurried.url)
  const { waitedMs, ...times } = waiting(unhurried.clock)
  const traffic = recorded()
  const comserv = new Comserv({ baseUrl: proxy.url, apiKey: secret, ...times, fetch: traffic.fetch })
  proxy.loseAnswers(2)
  const { data, headers } = await comserv.documents.create({ title: 'Written once' }).withResponse()
  assert.equal(headers.get('idempotency-replayed'), 'true')
  assert.deepEqual(waitedMs, [750, 1_250])
  const listed = await comserv.documents.list({ q: 'once' })
  assert.deepEqual(
    listed.data.map(({ id }) => id),
    [data.id],
  )
  assert.deepEqual(
    (await unhurried.newEvents()).filter((type) => type === 'document.created'),
    ['document.created'],
  )
})

test('a POST without any response is a ConnectionError after three attempts', async () => {
  const proxy = await startCuttingProxy(unhurried.url)
  const { waitedMs, ...times } = waiting(unhurried.clock)
  const comserv = new Comserv({ baseUrl: proxy.url, apiKey: secret, ...times })
  proxy.loseAnswers(3)
  await assert.rejects(comserv.documents.create({ title: 'Nobody hears of it' }), ConnectionError)
  assert.equal(waitedMs.length, 2)
  assert.equal((await comserv.documents.list({ q: 'nobody hears' })).meta.total_count, 1)
})

test('two calls of create write two rows; twenty at once with one key of their own write one', async () => {
  const comserv = new Comserv({
    baseUrl: unhurried.url,
    apiKey: secret,
    maxRetries: 20,
    sleep: async () => {},
  })
  await comserv.documents.create({ title: 'Twin' })
  await comserv.documents.create({ title: 'Twin' })
  assert.equal((await comserv.documents.list({ q: 'twin' })).meta.total_count, 2)
  const options = { idempotencyKey: 'import-row-17' }
  const made = await Promise.all(
    Array.from({ length: 20 }, () => comserv.documents.create({ title: 'Single' }, options)),
  )
  assert.equal(new Set(made.map(({ id }) => id)).size, 1)
  assert.equal((await comserv.documents.list({ q: 'single' })).meta.total_count, 1)
})

test('503 is retried twice and no more; each attempt carries the same key', async () => {
  const unavailable = json(503, { error: { code: 'service_unavailable', message: 'm', details: 'd' } })
  const strange = await startStrangeServer(unavailable)
  const { waitedMs, ...times } = waiting()
  const comserv = new Comserv({ baseUrl: strange.url, apiKey: 'key', ...times })
  await assert.rejects(comserv.users.restore(1), { name: 'ServiceUnavailableError' })
  assert.deepEqual(waitedMs, [750, 1_250])
  const keys = strange.requests.map(({ headers }) => headers['idempotency-key'])
  assert.equal(keys.length, 3)
  assert.equal(new Set(keys).size, 1)
  assert.match(String(keys[0]), /^[0-9a-f]{32}$/)
})

test('400 is not retried, nor is anything with maxRetries: 0', async () => {
  const { waitedMs, ...times } = waiting(unhurried.clock)
  const comserv = new Comserv({ baseUrl: unhurried.url, apiKey: secret, ...times })
  await assert.rejects(comserv.users.list({ limit: 101 }), { name: 'InvalidRequestError' })
  const nobody = new Comserv({ baseUrl: 'http://127.0.0.1:1', apiKey: 'key', ...times })
  await assert.rejects(nobody.health.live({ maxRetries: 0 }), {
    name: 'ConnectionError',
    message: /^No response arrived: .*(ECONNREFUSED|bad port)/,
  })
  assert.deepEqual(waitedMs, [])
})

test('a response that does not arrive in time is a TimeoutError, and is retried', async () => {
  const strange = await startStrangeServer(() => {})
  const { waitedMs, ...times } = waiting()
  const comserv = new Comserv({ baseUrl: strange.url, apiKey: 'key', timeoutMs: 40, ...times })
  await assert.rejects(comserv.users.get(1), TimeoutError)
  assert.equal(waitedMs.length, 2)
  await assert.rejects(comserv.users.get(1, { timeoutMs: 20, maxRetries: 0 }), {
    message: 'No complete response arrived within 20 ms.',
  })
})

test('the time limit holds for the body as well; for an export it begins anew with every part', async () => {
  const strange = await startStrangeServer((response) => {
    if (!response.hasHeader('content-type')) response.setHeader('content-type', 'application/json')
    let parts = 0
    const timer = setInterval(() => {
      response.write('{"id":1}\n')
      if (++parts < 12) return
      clearInterval(timer)
      response.end()
    }, 100)
  })
  const comserv = new Comserv({ baseUrl: strange.url, apiKey: 'key', timeoutMs: 1_000, maxRetries: 0 })
  await assert.rejects(comserv.users.get(1), TimeoutError)
  const rows = []
  for await (const row of comserv.users.export()) rows.push(row)
  assert.equal(rows.length, 12)
})

test('an export that stops, or breaks off, ends with an error and not as if it were complete', async () => {
  const stops = await startStrangeServer((response) => response.writeHead(200).write('{"id":1}\n'))
  const slow = new Comserv({ baseUrl: stops.url, apiKey: 'key', timeoutMs: 50, maxRetries: 0 })
  await assert.rejects(slow.users.export().text('ndjson'), TimeoutError)
  const breaks = await startStrangeServer((response) => {
    response.writeHead(200).write('{"id":1}\n')
    setTimeout(() => response.destroy(), 20)
  })
  const cut = new Comserv({ baseUrl: breaks.url, apiKey: 'key', maxRetries: 0 })
  await assert.rejects(cut.users.export().text('csv'), ConnectionError)
  const half = await startStrangeServer((response) => response.writeHead(200).end('{"id":1}\n{"id'))
  const rest = new Comserv({ baseUrl: half.url, apiKey: 'key', maxRetries: 0 })
  await assert.rejects(async () => {
    for await (const { id } of rest.users.export()) assert.equal(id, 1)
  }, ConnectionError)
})

test('leaving an export early ends its connection', async () => {
  const closed = Promise.withResolvers<void>()
  const endless = await startStrangeServer((response) => {
    response.on('close', closed.resolve)
    response.writeHead(200).write('{"id":1}\n{"id":2}\n')
  })
  const comserv = new Comserv({ baseUrl: endless.url, apiKey: 'key' })
  for await (const { id } of comserv.users.export()) {
    assert.equal(id, 1)
    break
  }
  await closed.promise
})

test('a signal ends a call while it waits for its response, and while it waits to retry', async () => {
  const reason = new Error('The person went elsewhere.')
  const asking = new AbortController()
  const strange = await startStrangeServer(() => asking.abort(reason))
  const comserv = new Comserv({ baseUrl: strange.url, apiKey: 'key' })
  await assert.rejects(comserv.users.get(1, { signal: asking.signal }), reason)
  await assert.rejects(comserv.users.get(1, { signal: AbortSignal.abort(reason) }), reason)
  assert.equal(strange.requests.length, 1)

  const resting = new AbortController()
  const busy = await startStrangeServer((response, request) => {
    response.on('finish', () => setTimeout(() => resting.abort(reason), 50))
    json(429, {}, { 'retry-after': '50' })(response, request)
  })
  const patient = new Comserv({ baseUrl: busy.url, apiKey: 'key' })
  await assert.rejects(patient.users.get(1, { signal: resting.signal }), reason)
  assert.equal(busy.requests.length, 1)
})
