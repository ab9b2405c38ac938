import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import { type Answer, startServer } from './harness.ts'
import { sendRaw } from './raw-http.ts'
import { assertOAuthRefused, assertRefused } from './refusals.ts'

const limits = { standard: 7, premium: 11, anonymous: 5 }
const server = await startServer({
  env: {
    COMSERV_RATE_LIMIT_STANDARD: String(limits.standard),
    COMSERV_RATE_LIMIT_PREMIUM: String(limits.premium),
    COMSERV_RATE_LIMIT_ANONYMOUS: String(limits.anonymous),
    COMSERV_TRUST_PROXY: '1',
  },
})
let addresses = 0
/** An address that nobody has called from yet. */
const freshAddress = () => `198.51.100.${++addresses}`
const from = (address: string) => ({ headers: { 'x-forwarded-for': address } })

/** Holds the headers of an answer against what is left of a window, and against each other. */
function assertWindow(
  answer: Answer,
  policy: keyof typeof limits | 'token',
  used: number,
  limit = policy === 'token' ? limits.anonymous : limits[policy],
): void {
  const remaining = Math.max(0, limit - used)
  const { headers } = answer
  assert.equal(headers.get('x-ratelimit-limit'), String(limit))
  assert.equal(headers.get('x-ratelimit-remaining'), String(remaining))
  assert.match(headers.get('x-ratelimit-reset') ?? '', /^\d{10}$/)
  assert.equal(headers.get('ratelimit-policy'), `"${policy}";q=${limit};w=60`)
  const [, secondsLeft] = /^"[a-z]+";r=\d+;t=(\d+)$/.exec(headers.get('ratelimit') ?? '') ?? []
  assert.equal(headers.get('ratelimit'), `"${policy}";r=${remaining};t=${secondsLeft}`)
  const reset = Number(headers.get('x-ratelimit-reset'))
  assert.equal(Number(secondsLeft), Math.max(1, Math.ceil(reset - server.clock.now() / 1_000)))
  assert.ok(Number(secondsLeft) >= 1 && Number(secondsLeft) <= 60)
  assert.equal(headers.get('retry-after'), answer.status === 429 ? secondsLeft : null)
}

for (const tier of ['standard', 'premium'] as const) {
  test(`a ${tier} credential is counted down to its limit, by key and by token alike, and from every address`, async () => {
    const credential = await server.credential('read', { tier })
    const token = await server.token(credential)
    server.clock.advance(60_000)
    for (let used = 1; used <= limits[tier]; used++) {
      const shown = used % 2 ? { key: credential.secret } : { token }
      const answer = await server.call('GET', '/api/v1/users', { ...shown, ...from(freshAddress()) })
      assert.equal(answer.status, 200)
      assertWindow(answer, tier, used)
    }
    const answer = await server.call('GET', '/api/v1/users', { key: credential.secret })
    assertRefused(
      answer,
      429,
      new RegExp(`^The limit of ${limits[tier]} requests a minute is used up; retry in 60 s\\.$`),
    )
    assertWindow(answer, tier, limits[tier] + 1)
  })
}

test('Reset is the same throughout a window, and true to the millisecond', async () => {
  const { secret: key } = await server.credential('read')
  server.clock.advance(60_000 - (server.clock.now() % 60_000) + 12_345)
  const openedAtMs = server.clock.now()
  const resets = new Set<number>()
  const ask = async () => {
    const answer = await server.call('GET', '/api/v1/documents', { key })
    resets.add(Number(answer.headers.get('x-ratelimit-reset')))
    return answer
  }
  for (let used = 1; used <= limits.standard; used++) {
    assertWindow(await ask(), 'standard', used)
    server.clock.advance(1_234)
  }
  const [reset = 0] = resets
  assert.ok(reset * 1_000 > openedAtMs && reset * 1_000 <= openedAtMs + 60_000)
  server.clock.advance(reset * 1_000 - 1 - server.clock.now())
  const last = await ask()
  assert.equal(last.status, 429)
  assert.equal(last.headers.get('retry-after'), '1')
  assert.equal(resets.size, 1)
  server.clock.advance(1)
  const first = await ask()
  assert.equal(first.status, 200)
  assertWindow(first, 'standard', 1)
  assert.equal(resets.size, 2)
})

test('requests at the same time never pass the limit', async () => {
  const { secret: key } = await server.credential('write')
  const json = { title: 'At once' }
  const calls = Array.from({ length: 40 }, () => server.call('POST', '/api/v1/documents', { key, json }))
  const statuses = (await Promise.all(calls)).map(({ status }) => status)
  assert.equal(statuses.filter((status) => status === 201).length, limits.standard)
  assert.equal(statuses.filter((status) => status === 429).length, 40 - limits.standard)
  assert.deepEqual(await server.newEvents(), Array(limits.standard).fill('document.created'))
})

test('without a valid credential an address is counted, each for itself, the nearest trusted proxy naming it', async () => {
  const [one, two] = [freshAddress(), freshAddress()]
  const tries = [{}, { key: 'mistyped' }, { token: 'x.y.z' }, { key: '' }, {}]
  for (const [i, shown] of tries.entries()) {
    const answer = await server.call('GET', '/api/v1/users', { ...shown, ...from(one) })
    assert.equal(answer.status, 401)
    assertWindow(answer, 'anonymous', i + 1)
  }
  // What stands before the last address was written by the caller, and counts for nothing.
  const spoofed = await server.call('GET', '/api/v1/users', from(`203.0.113.77, ${one}`))
  assertRefused(spoofed, 429, /^The limit of 5 requests a minute is used up/)
  assert.equal((await server.call('GET', '/api/v1/users', from(two))).status, 401)
  const { secret: key } = await server.credential('read')
  assert.equal((await server.call('GET', '/api/v1/users', { key, ...from(one) })).status, 200)
})

test('an IPv6 host is counted by its /64', async () => {
  for (let i = 1; i <= limits.anonymous; i++)
    await server.call('GET', '/api/v1/users', from(`2001:db8:1:2:${i}::${i}`))
  const same = await server.call('GET', '/api/v1/users', from('2001:db8:1:2:ffff::1'))
  assert.equal(same.status, 429)
  assert.equal((await server.call('GET', '/api/v1/users', from('2001:db8:1:3::1'))).status, 401)
})

const askToken = (clientId: string, secret: string, address: string) =>
  server.call('POST', '/api/v1/oauth/token', {
    body: `grant_type=client_credentials&client_id=${clientId}&client_secret=${secret}`,
    headers: { 'content-type': 'application/x-www-form-urlencoded', 'x-forwarded-for': address },
  })

for (const tier of ['standard', 'premium'] as const) {
  test(`at the token endpoint a ${tier} client has the limit of its tier, whatever fails at its address`, async () => {
    const address = freshAddress()
    const { clientId, secret } = await server.credential('read', { tier })
    for (let used = 1; used <= limits.anonymous; used++) {
      const answer = await askToken(clientId, 'wrong', address)
      assert.equal(answer.status, 401)
      assertWindow(answer, 'token', used)
    }
    const refused = await askToken(clientId, 'wrong', address)
    assertOAuthRefused(refused, 429, 'temporarily_unavailable', /^The limit of 5 requests a minute/)
    assertWindow(refused, 'token', limits.anonymous + 1)
    // The right secret has a window of its own, which ends like any other, wherever it is used.
    for (let used = 1; used <= limits[tier]; used++) {
      const answer = await askToken(clientId, secret, used % 2 === 0 ? address : freshAddress())
      assert.equal(answer.status, 200)
      assertWindow(answer, 'token', used, limits[tier])
    }
    const over = new RegExp(`^The limit of ${limits[tier]} requests a minute`)
    assertOAuthRefused(await askToken(clientId, secret, address), 429, 'temporarily_unavailable', over)
    assertWindow(await server.call('GET', '/api/v1/users', from(address)), 'anonymous', 1)
    // Its calls are counted apart.
    const { headers } = await server.call('GET', '/api/v1/users', { key: secret })
    assert.equal(headers.get('x-ratelimit-remaining'), String(limits[tier] - 1))
  })
}

test('guesses at one client are counted from all addresses together, and never lock the client out', async () => {
  const { clientId, secret } = await server.credential('read')
  const nobodys = clientId.slice(0, -4) + (clientId.endsWith('0000') ? '1111' : '0000')
  for (const guessed of [clientId, nobodys]) {
    for (let i = 1; i <= limits.anonymous; i++) {
      assert.equal((await askToken(guessed, 'wrong', freshAddress())).status, 401)
    }
    const refused = await askToken(guessed, 'wrong', freshAddress())
    assertOAuthRefused(refused, 429, 'temporarily_unavailable', /^The limit of 5 requests a minute/)
    assert.match(refused.headers.get('retry-after') ?? '', /^\d+$/)
  }
  assert.equal((await askToken(clientId, secret, freshAddress())).status, 200)
  const other = await server.credential('read')
  assert.equal((await askToken(other.clientId, 'wrong', freshAddress())).status, 401)
})

test('every response under /api/v1 has the rate limit headers, whichever part sends it', async () => {
  const json = { 'content-type': 'application/json' }
  const cases: [status: number, method: string, path: string, options: object][] = [
    [400, 'POST', '/documents', { body: '{', headers: json }],
    [400, 'GET', '/users/%zz', {}],
    [400, 'GET', '/users?x=%zz', {}],
    [400, 'GET', `/users/${'1'.repeat(200)}`, {}],
    [403, 'GET', '/credentials', {}],
    [404, 'GET', '/documents/999', {}],
    [404, 'GET', '/nothing', {}],
    [404, 'GET', '', {}],
    [405, 'PUT', '/users', { body: '{', headers: json }],
    [405, 'OPTIONS', '/users', {}],
    [405, 'PROPFIND', '/users', {}],
    [413, 'POST', '/users', { body: 'x'.repeat(1_048_577), headers: json }],
    [415, 'POST', '/documents', { body: 'x', headers: { 'content-type': 'text/plain' } }],
    [200, 'GET', '/openapi.json', {}],
    [200, 'HEAD', '/users', {}],
    [201, 'POST', '/documents', { body: '{"title":"x"}', headers: json }],
  ]
  for (const [status, method, path, options] of cases) {
    const { secret: key } = await server.credential('read write')
    const answer = await server.call(method, `/api/v1${path}`, { key, ...options })
    assert.equal(answer.status, status, `${method} ${path}`)
    assertWindow(answer, 'standard', 1)
  }
  for (const path of ['/users/%zz', '/users', '/nothing']) {
    assertWindow(await server.call('GET', `/api/v1${path}`, from(freshAddress())), 'anonymous', 1)
  }
  const preflight = await server.call('OPTIONS', '/api/v1/users', {
    headers: {
      origin: 'https://example.org',
      'access-control-request-method': 'GET',
      'x-forwarded-for': freshAddress(),
    },
  })
  assertWindow(preflight, 'anonymous', 1)
  const { headers } = await server.call('GET', '/health/live')
  assert.equal(headers.get('x-ratelimit-limit'), null)
})

test('bytes that are not HTTP count against the address they came from', async () => {
  const strict = await startServer({ env: { COMSERV_RATE_LIMIT_ANONYMOUS: '2' } })
  const windows = []
  for (let i = 0; i < 3; i++) {
    const { status, headers } = await sendRaw(strict.url, 'GARBAGE\r\n\r\n')
    windows.push([status, headers.get('x-ratelimit-remaining'), headers.get('retry-after')])
  }
  assert.deepEqual(windows, [
    [400, '1', null],
    [400, '0', null],
    [429, '0', '60'],
  ])
  const answer = await strict.call('GET', '/api/v1/users')
  assertRefused(answer, 429, /^The limit of 2 requests a minute is used up/)
})

test('a 500 has the rate limit headers, too', async () => {
  await sql`ALTER TABLE documents RENAME TO documents_away`.execute(server.context.database.migrating)
  const { secret: key } = await server.credential('read')
  const answer = await server.call('GET', '/api/v1/documents/1', { key })
  await sql`ALTER TABLE documents_away RENAME TO documents`.execute(server.context.database.migrating)
  assert.equal(answer.status, 500)
  assertWindow(answer, 'standard', 1)
})

test('two X-Forwarded-For headers count as one list', async () => {
  const address = freshAddress()
  const head = 'GET /api/v1/users HTTP/1.1\r\nHost: x\r\nConnection: close\r\n'
  const answer = await sendRaw(
    server.url,
    `${head}X-Forwarded-For: 203.0.113.1\r\nX-Forwarded-For: ${address}\r\n\r\n`,
  )
  assertWindow(answer, 'anonymous', 1)
  assertWindow(await server.call('GET', '/api/v1/users', from(address)), 'anonymous', 2)
})

test('Retry-After stays within a minute when the clock is set back', async () => {
  const { secret } = await server.credential('read')
  let answer = await server.call('GET', '/api/v1/users', { key: secret })
  while (answer.status === 200) answer = await server.call('GET', '/api/v1/users', { key: secret })
  server.clock.step(-2 * 3_600_000)
  const { status, headers } = await server.call('GET', '/api/v1/users', { key: secret })
  const reset = Number(headers.get('x-ratelimit-reset')) * 1_000 - server.clock.now()
  server.clock.step(2 * 3_600_000)
  assert.equal(status, 429)
  assert.ok(Number(headers.get('retry-after')) <= 60, `Retry-After: ${headers.get('retry-after')}`)
  assert.ok(reset > 0 && reset <= 60_000, String(reset))
})
