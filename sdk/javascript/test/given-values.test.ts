import assert from 'node:assert/strict'
import { mkdtempSync, openAsBlob, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Comserv, verifyWebhook } from '../src/index.ts'
import { json, startStrangeServer } from './strange-server.ts'

/** What a program in plain JavaScript may pass: each is refused by this package before anything is sent. */

const strange = await startStrangeServer(json(200, { id: 1, data: [], meta: {} }))
const options = { baseUrl: strange.url, apiKey: 'key', maxRetries: 0 }
// Without the types, as a program in plain JavaScript has it.
const comserv: Record<string, Record<string, (...given: unknown[]) => PromiseLike<unknown>>> = Object(
  new Comserv(options),
)
const { documents } = comserv as { documents: Record<string, (...given: unknown[]) => PromiseLike<unknown>> }

const circle: Record<string, unknown> = { title: 'x' }
circle.self = circle
const circularBatch: Record<string, unknown> = { action: 'create' }
circularBatch.data = { items: [circularBatch] }

const wrongCalls: Record<string, [method: string, ...given: unknown[]]> = {
  'no id': ['get', null],
  'an object as id': ['get', {}],
  'a list as id': ['get', [1]],
  'an object that cannot be shown as id': ['get', Object.create(null)],
  'a symbol as id': ['get', Symbol('1')],
  'an object with a segment as id': ['get', { segment: '../users' }],
  'no filters': ['list', null],
  'a list as filters': ['list', ['x']],
  'an id of many digits': ['get', 1e300],
  'a text as filters': ['list', 'category'],
  'an object as filter': ['list', { category: { a: 1 } }],
  'a list as filter': ['list', { category: ['a'] }],
  'an empty list as filter': ['list', { category: [] }],
  'a function as filter': ['list', { category: () => 1 }],
  'an invalid date as filter': ['list', { created_after: new Date(Number.NaN) }],
  'null as filter': ['list', { category: null }],
  'NaN as filter': ['list', { page: Number.NaN }],
  'a bigint in a body': ['create', { title: 1n }],
  'a circle in a body': ['create', circle],
  'a circle in a batch': ['batch', [circularBatch]],
  'an invalid date in a body': ['create', { title: 'x', publish_at: new Date(Number.NaN) }],
  'NaN in a body': ['create', { title: 'x', position: Number.NaN }],
  'a function in a body': ['create', { title: () => 'x' }],
  'a function as body': ['create', () => ({})],
  'a Map in a body': ['create', { title: 'x', content: new Map([['a', 1]]) }],
  'a toJSON that throws': ['create', { title: { toJSON: () => assert.fail() } }],
  'a toJSON that throws a text': [
    'create',
    {
      title: {
        toJSON: () => {
          throw 'a text'
        },
      },
    },
  ],
  'a signal that is none': ['get', 1, { signal: 5 }],
  'null as signal': ['get', 1, { signal: null }],
  'a misspelled option': ['get', 1, { timeout: 5 }],
  'a number as options': ['get', 1, 5],
  'null as options': ['get', 1, null],
  'null as options of a batch': ['batch', [], null],
  'null as options of an import': ['importFile', 'title', null],
  'true as timeout': ['get', 1, { timeoutMs: true }],
  'a text as timeout': ['get', 1, { timeoutMs: '5' }],
  'true as retries': ['get', 1, { maxRetries: true }],
  'null as idempotency key': ['create', { title: 'x' }, { idempotencyKey: null }],
  'a number as idempotency key': ['create', { title: 'x' }, { idempotencyKey: 5 }],
  'a number as ETag': ['update', 1, { title: 'x' }, { ifMatch: 5 }],
}

for (const [name, [method, ...given]] of Object.entries(wrongCalls)) {
  test(`${name} is a ConfigurationError, and nothing is sent`, async () => {
    const before = strange.requests.length
    await assert.rejects(async () => await documents[method]?.(...given), {
      name: 'ConfigurationError',
      message: /^[^\n]+$/,
    })
    assert.equal(strange.requests.length, before)
  })
}

test('wrong options of a client are a ConfigurationError', () => {
  const wrong: [unknown, RegExp | undefined][] = [
    [undefined, /^options must be an object/],
    [null, /^options must be an object/],
    ['http://127.0.0.1', /^options must be an object/],
    [{ ...options, timeout: 5 }, /'timeout'/],
    [{ ...options, timeoutMs: true }, /^timeoutMs/],
    [{ ...options, fetch: 5 }, /^fetch must be a function/],
    [{ ...options, fetch: null }, /^fetch must be a function/],
    [{ ...options, sleep: 5 }, /^sleep must be a function/],
    [{ ...options, baseUrl: {} }, /^baseUrl/],
    [{ ...options, baseUrl: 'http://127.0.0.1/?tenant=1' }, /^baseUrl must not contain a query/],
    [{ ...options, baseUrl: 'http://127.0.0.1/api/v1#top' }, /^baseUrl must not contain a query/],
    [{ ...options, timeoutMs: null }, /^timeoutMs/],
    [{ ...options, timeoutMs: '5' }, /^timeoutMs/],
    [{ ...options, timeoutMs: Number.NaN }, /^timeoutMs/],
    [{ ...options, maxRetries: null }, /^maxRetries/],
    [{ ...options, maxRetries: 1.5 }, /^maxRetries/],
    [{ ...options, now: 5 }, /^now must be a function, not 5/],
    [{ ...options, random: null }, /^random must be a function, not null/],
    [{ ...options, tokenStore: 5 }, /^tokenStore/],
    [{ ...options, tokenStore: new Map() }, undefined],
    [{ ...options, apiKey: 5 }, /^apiKey must be a string/],
    [{ ...options, apiKey: '' }, /^apiKey must be a string/],
    [{ baseUrl: strange.url, apiKey: undefined }, /^apiKey is undefined/],
    [{ baseUrl: strange.url, apiKey: null }, /^apiKey must be a string/],
    [{ baseUrl: strange.url, clientId: 'a', clientSecret: {} }, /^clientSecret must be a string/],
    [{ baseUrl: strange.url, session: 'cookie' }, /^session must be true/],
    [{ baseUrl: strange.url, session: true, confirm: 1 }, /^confirm must be a function/],
    [{ baseUrl: strange.url, clientId: 'a', clientSecret: 'b', scope: ['read'] }, /^scope/],
  ]
  for (const [given, message] of wrong) {
    const construct = () => Reflect.construct(Comserv, [given])
    if (message === undefined) construct()
    else assert.throws(construct, { name: 'ConfigurationError', message })
  }
})

test('a valid Date is sent as a time, as a filter and in a body', async () => {
  const at = new Date('2026-01-15T08:30:00Z')
  await documents.list?.({ created_after: at })
  assert.match(strange.requests.at(-1)?.url ?? '', /created_after=2026-01-15T08%3A30%3A00\.000Z/)
})

test('a fetch that returns no Response is a ConfigurationError', async () => {
  for (const returned of [null, undefined, {}, 'text', { status: 200 }]) {
    const broken = Reflect.construct(Comserv, [{ ...options, fetch: async () => returned }])
    await assert.rejects(broken.users.get(1), { name: 'ConfigurationError', message: /return a Response/ })
  }
})

test('a response of a fetch that followed a redirect is refused', async () => {
  const elsewhere = await startStrangeServer(json(200, { id: 1 }))
  const here = await startStrangeServer((response, { url }) =>
    url === '/api/v1/users/2'
      ? json(200, { id: 2 })(response, Object())
      : response.writeHead(302, { location: url?.endsWith('3') ? '/api/v1/users/2' : elsewhere.url }).end(),
  )
  const following = new Comserv({
    ...options,
    baseUrl: here.url,
    fetch: (url, init) => fetch(url, { ...init, redirect: 'follow' }),
  })
  for (const call of [
    () => following.users.get(1),
    () => following.users.get(3),
    () => following.users.export().text('csv'),
  ])
    await assert.rejects(call, { name: 'ConfigurationError', message: /followed a redirect/ })
  assert.equal((await following.users.get(2)).id, 2)
})

test('JSON is UTF-8 with or without a byte order mark, and anything else is not a response of the API', async () => {
  const bytesOf = (...parts: (string | number[])[]) =>
    Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part))))
  const serverOf = async (body: Buffer, type = 'application/json') => {
    const { url } = await startStrangeServer((response) =>
      response.writeHead(200, { 'content-type': type }).end(body),
    )
    return new Comserv({ ...options, baseUrl: url })
  }
  assert.equal((await (await serverOf(bytesOf([0xef, 0xbb, 0xbf], '{"id":1}'))).users.get(1)).id, 1)
  for (const body of [Buffer.from('{"id":1}', 'utf16le'), bytesOf('{"id":1,"username":"', [0xff], '"}')])
    await assert.rejects((await serverOf(body)).users.get(1), { code: 'unexpected_answer' })
  const broken = await serverOf(bytesOf('{"id":"', [0xff], '"}\n'), 'application/x-ndjson')
  await assert.rejects(broken.users.export().text('ndjson'), { name: 'ConnectionError', message: /UTF-8/ })
  await assert.rejects(
    async () => {
      for await (const _ of broken.users.export()) assert.fail()
    },
    { name: 'ConnectionError' },
  )
  const html = await serverOf(bytesOf('<h1>Welcome</h1>\n'), 'application/x-ndjson')
  await assert.rejects(
    async () => {
      for await (const _ of html.users.export()) assert.fail()
    },
    { name: 'ConnectionError' },
  )
})

test('a list whose next page repeats ends with an error', async () => {
  const repeating = await startStrangeServer((response, { url = '' }) =>
    json(
      200,
      { data: [{ id: 1 }], meta: {} },
      { link: `</api/v1/users?cursor=${url.includes('cursor=a') ? 'b' : 'a'}>; rel="next"` },
    )(response, Object()),
  )
  const { users } = new Comserv({ ...options, baseUrl: repeating.url })
  await assert.rejects(
    async () => {
      for await (const _ of users.list());
    },
    { code: 'unexpected_answer', message: /would never end/ },
  )
  assert.equal(repeating.requests.length, 3)
})

test('wrong arguments of verify are an error of this package that names them', async () => {
  const headers = { 'webhook-id': '1', 'webhook-timestamp': '1', 'webhook-signature': 'v1,a' }
  const wrong: [given: unknown[], name: string, message: RegExp][] = [
    ...[null, undefined, {}, 5, true, ['a'], Number.NaN].map((body): [unknown[], string, RegExp] => [
      [body, headers, 'secret'],
      'ConfigurationError',
      /^rawBody must be/,
    ]),
    ...[null, undefined, 'text', 5, ['a'], () => headers].map((given): [unknown[], string, RegExp] => [
      ['{}', given, 'secret'],
      'ConfigurationError',
      /^headers must be/,
    ]),
    ...[null, undefined, '', ' ', 5, {}, ['a']].map((secret): [unknown[], string, RegExp] => [
      ['{}', headers, secret],
      'WebhookVerificationError',
      /^The secret must be a string/,
    ]),
    ...[null, 5, 'text', [], () => 1].map((given): [unknown[], string, RegExp] => [
      ['{}', headers, 'secret', given],
      'ConfigurationError',
      /^options must/,
    ]),
    ...Object.entries({
      toleranceSeconds: [null, '300', -1, Number.NaN, true, {}],
      acceptBodySignature: [null, 'false', 0, 1, {}],
      now: [null, 5, new Date()],
    }).flatMap(([name, values]) =>
      values.map((value): [unknown[], string, RegExp] => [
        ['{}', headers, 'secret', { [name]: value }],
        'ConfigurationError',
        new RegExp(`^${name} must be`),
      ]),
    ),
    [['{}', headers, 'secret', { tolerance: 5 }], 'ConfigurationError', /do not include 'tolerance'/],
  ]
  for (const [given, name, message] of wrong)
    for (const verify of [verifyWebhook, new Comserv(options).webhooks.verify])
      await assert.rejects(Reflect.apply(verify, undefined, given), { name, message })
})

test('wrong formats of an export are a ConfigurationError', async () => {
  const { users } = new Comserv(options)
  for (const format of [null, undefined, '', 'xml', 5, {}, ['csv'], Symbol('csv'), 'toString'])
    await assert.rejects(Reflect.apply(users.export().text, users.export(), [format]), {
      name: 'ConfigurationError',
    })
})

test('a page of a proxy is never a result, an export or a stream, whatever its status and length', async () => {
  const page = '<h1>Sign in</h1>\n'
  const typed = (status: number, type: string, body = page) => ({
    status,
    headers: { 'content-type': type },
    body,
  })
  const replies = [
    typed(200, 'text/html'),
    typed(200, 'text/plain', ''),
    typed(203, 'text/html; charset=utf-8'),
    typed(302, 'text/html'),
    { status: 204, headers: {}, body: undefined },
    ...['null', '"text"', '[]', '5'].map((body) => typed(200, 'application/json', body)),
  ]
  for (const { status, headers, body } of replies) {
    const { url } = await startStrangeServer((response) => {
      response.removeHeader('content-type')
      response.writeHead(status, headers).end(body)
    })
    const proxied = new Comserv({ ...options, baseUrl: url })
    const calls: (() => Promise<unknown>)[] = [
      () => proxied.documents.get(1),
      () => proxied.documents.list(),
      () => proxied.documents.batch([]),
      () => proxied.documents.export().text('csv'),
      () => Array.fromAsync(proxied.documents.export()),
      () => Array.fromAsync(proxied.events.stream()),
    ]
    for (const call of calls)
      await assert.rejects(call, { name: 'ApiError', code: 'unexpected_answer' }, `${status} ${body} ${call}`)
  }
})

test('a page that does not end is refused at once', async () => {
  const { url } = await startStrangeServer((response) =>
    response.writeHead(200, { 'content-type': 'text/html' }).write('<h1>'),
  )
  const endless = new Comserv({ ...options, baseUrl: url })
  await assert.rejects(endless.users.export().text('csv'), { code: 'unexpected_answer' })
})

test('a stream that its server ends is an error once no attempt to reconnect is left', async () => {
  let connections = 0
  const { url } = await startStrangeServer((response) => {
    connections++
    response.writeHead(200).end(': nothing\n\n')
  })
  const sleep = async () => {}
  const ending = new Comserv({ ...options, baseUrl: url, sleep })
  const read = (maxRetries: number) => Array.fromAsync(ending.events.stream({}, { maxRetries }))
  await assert.rejects(read(0), { name: 'ConnectionError', message: /ended the stream/ })
  assert.equal(connections, 1)
})

test('a fetch that pays no attention to its signal, or rejects with anything, ends as any other', async () => {
  const never = new Comserv({ ...options, timeoutMs: 20, fetch: () => new Promise(() => {}) })
  for (const call of [() => never.users.get(1), () => never.users.export().text('csv')])
    await assert.rejects(call, { name: 'TimeoutError' })
  const stops = new AbortController()
  const call = never.users.get(1, { signal: stops.signal, timeoutMs: Number.POSITIVE_INFINITY })
  stops.abort(new Error('mine'))
  await assert.rejects(call, { message: 'mine' })
  for (const thrown of [null, undefined, 'text', 5, Object.create(null), Symbol('a')]) {
    const failing = new Comserv({ ...options, fetch: () => Promise.reject(thrown) })
    await assert.rejects(failing.users.get(1), { name: 'ConnectionError' })
  }
})

test('a signal of a library that has no reason and no throwIfAborted ends a call', async () => {
  const listeners = new Set<() => void>()
  const signal = {
    aborted: false,
    addEventListener: (_: string, listener: () => void) => listeners.add(listener),
    removeEventListener: (_: string, listener: () => void) => listeners.delete(listener),
  }
  const quiet = await startStrangeServer(() => {
    signal.aborted = true
    for (const listener of listeners) listener.call(signal)
  })
  const { users } = new Comserv({ ...options, baseUrl: quiet.url })
  const call = () => Reflect.apply(users.get, users, [1, { signal }])
  await assert.rejects(call, { name: 'AbortError' })
  await assert.rejects(call, { name: 'AbortError' })
  assert.equal(quiet.requests.length, 1)
})

test('a file that vanishes before it is sent is an error that says so', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'comserv-file-'))
  const path = join(folder, 'people.csv')
  writeFileSync(path, 'title\nx\n')
  const file = await openAsBlob(path)
  rmSync(folder, { recursive: true })
  await assert.rejects(new Comserv(options).documents.importFile(file), {
    name: 'ConnectionError',
    message: /changed or removed/,
  })
})
