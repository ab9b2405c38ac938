import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errorCodes } from '../../../server/src/api/errors.ts'
import { startServer } from '../../../server/test/harness.ts'
import { errorClasses } from '../src/error-mapping.ts'
import { reasonOf } from '../src/failure-reason.ts'
import { ApiError, Comserv, ComservError, type ComservOptions } from '../src/index.ts'
import { json, startStrangeServer } from './strange-server.ts'

const server = await startServer()
const { secret: apiKey } = await server.credential('admin')
const comserv = new Comserv({ baseUrl: server.url, apiKey })

test('there is one class for each code of the server, named after it', () => {
  assert.deepEqual(Object.keys(errorClasses).sort(), Object.keys(errorCodes).sort())
  for (const [code, ErrorClass] of Object.entries(errorClasses)) {
    const words = code.split('_').map((word) => `${word[0]?.toUpperCase()}${word.slice(1)}`)
    assert.equal(ErrorClass.name, `${words.join('').replace(/Error$/, '')}Error`)
    assert.ok(ErrorClass.prototype instanceof ApiError)
  }
})

test('an error has the message of the server, and names the request', async () => {
  await assert.rejects(comserv.users.get(999), (error) => {
    assert.ok(error instanceof ApiError && error instanceof ComservError)
    assert.equal(error.name, 'ResourceNotFoundError')
    assert.equal(error.status, 404)
    assert.equal(error.code, 'resource_not_found')
    assert.equal(error.title, 'The requested resource does not exist')
    assert.equal(
      error.message,
      `The requested resource does not exist: There is no user with id 999. (404 resource_not_found, request ${error.requestId})`,
    )
    assert.equal(error.details, 'There is no user with id 999.')
    assert.ok(server.logged.some((line) => JSON.stringify(line).includes(error.requestId ?? 'no id')))
    assert.equal(error.rateLimit?.limit, 1_000_000)
    return true
  })
})

test('each error code of the server has its own class', async () => {
  const reader = new Comserv({ baseUrl: server.url, apiKey: (await server.credential('read')).secret })
  const { id } = await comserv.documents.create({ title: 'Once' }, { idempotencyKey: 'k' })
  const user = { username: 'taken', email: 'taken@example.org', password: 'a long enough password' }
  await comserv.users.create(user)
  const refused: [() => Promise<unknown>, string][] = [
    [() => comserv.users.create({ ...user, email: 'no address' }), 'InvalidRequestError'],
    [() => reader.users.delete(1), 'PermissionDeniedError'],
    [() => comserv.users.create(user), 'ConflictError'],
    [() => comserv.documents.update(id, { title: 'x' }, { ifMatch: '"stale"' }), 'PreconditionFailedError'],
    [() => comserv.users.create({ ...user, username: 'x'.repeat(1_100_000) }), 'PayloadTooLargeError'],
    [() => comserv.documents.create({ title: 'Twice' }, { idempotencyKey: 'k' }), 'IdempotencyMismatchError'],
    [() => comserv.me.get(), 'PermissionDeniedError'],
  ]
  for (const [call, name] of refused) await assert.rejects(call(), { name })
})

test('an error without details or a request id has a message without them', async () => {
  const bare = await startStrangeServer(json(409, { error: { code: 'conflict', message: 'It is taken' } }))
  await assert.rejects(new Comserv({ baseUrl: bare.url, apiKey }).users.get(1), {
    message: 'It is taken (409 conflict)',
  })
})

test('a message says what to do when a proxy wants a password, or the server does not speak TLS', async () => {
  const answering = new Comserv({
    baseUrl: server.url,
    apiKey,
    fetch: async () => new Response('', { status: 407 }),
  })
  await assert.rejects(answering.users.get(1), {
    status: 407,
    message: /A proxy wants a user name and password/,
  })
  const proxy = await startStrangeServer((response) => response.writeHead(407).end())
  const through = new Comserv({ baseUrl: proxy.url, apiKey, maxRetries: 0 })
  await assert.rejects(through.users.get(1), { name: 'ConnectionError', message: /user name and password/ })
  const plain = new Comserv({ baseUrl: proxy.url.replace('http:', 'https:'), apiKey, maxRetries: 0 })
  await assert.rejects(plain.users.get(1), {
    name: 'ConnectionError',
    message: 'No response arrived: The server does not speak TLS at this address. Is it http://?',
  })
})

test('the reason of a failed request is found below general messages, on one line, with advice', () => {
  const within = (...messages: string[]) =>
    messages.reduceRight<unknown>((cause, message) => new Error(message, { cause }), undefined)
  const cases: [unknown, RegExp][] = [
    [within('fetch failed', 'connect ECONNREFUSED 127.0.0.1:1'), /^connect ECONNREFUSED 127\.0\.0\.1:1$/],
    [within('fetch failed', 'error:0A0001:SSL routines\n:unsupported protocol:x.c:1:\n'), /^\S[^\n]*\S$/],
    [within('fetch failed', 'self-signed certificate in certificate chain'), /NODE_EXTRA_CA_CERTS/],
    [within('fetch failed', 'unable to verify the first certificate'), /NODE_EXTRA_CA_CERTS/],
    [
      within('fetch failed', 'Request was cancelled.', 'Proxy response (407) !== 200'),
      /address of the proxy/,
    ],
    [within('fetch failed', 'ERR_SSL_PACKET_LENGTH_TOO_LONG: packet length too long'), /Is it http:/],
    [new AggregateError([new Error('connect EHOSTUNREACH ::1')]), /^connect EHOSTUNREACH ::1$/],
    ['a text', /^a text$/],
    [undefined, /unknown/],
  ]
  for (const [error, expected] of cases) assert.match(reasonOf(error), expected)
})

test('a redirect is not followed, so that the key goes nowhere else', async () => {
  const elsewhere = await startStrangeServer(json(200, {}))
  const here = await startStrangeServer((response) =>
    response.writeHead(307, { location: `${elsewhere.url}/api/v1/users/1` }).end(),
  )
  const redirected = new Comserv({ baseUrl: here.url, apiKey })
  await assert.rejects(redirected.users.get(1), { name: 'ApiError', code: 'unexpected_answer', status: 307 })
  assert.equal(here.requests.length, 1)
  assert.equal(elsewhere.requests.length, 0)
})

test('a response that is not from the API is reported as such', async () => {
  const page = await startStrangeServer((response) =>
    response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Welcome</h1>'),
  )
  const lost = new Comserv({ baseUrl: page.url, apiKey })
  await assert.rejects(lost.users.get(1), { code: 'unexpected_answer', details: /Is baseUrl right\?/ })
  const half = await startStrangeServer((response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"id":'),
  )
  await assert.rejects(new Comserv({ baseUrl: half.url, apiKey }).users.get(1), { code: 'unexpected_answer' })
  const other = await startStrangeServer(json(200, { hello: 'world' }))
  await assert.rejects(new Comserv({ baseUrl: other.url, apiKey }).users.list(), {
    code: 'unexpected_answer',
  })
})

test('options that cannot work are refused when the client is made', () => {
  const wrong: [unknown, RegExp][] = [
    [{ baseUrl: server.url }, /Pass either/],
    [{ baseUrl: server.url, apiKey: undefined }, /^apiKey is undefined; an environment variable/],
    [{ baseUrl: server.url, clientId: undefined, clientSecret: undefined }, /^clientId is undefined/],
    [{ baseUrl: server.url, apiKey, session: true }, /Pass either/],
    [{ baseUrl: server.url, apiKey, clientId: 'x', clientSecret: 'y' }, /Pass either/],
    [{ baseUrl: server.url, clientId: 'x' }, /^clientSecret must be/],
    [{ baseUrl: server.url, apiKey: `${apiKey}\n` }, /^apiKey must be .*line break/],
    [{ apiKey }, /^baseUrl must be/],
    [{ session: true }, /^baseUrl must be/],
    [{ baseUrl: 'comserv.example.org', apiKey }, /^baseUrl must be/],
    [{ baseUrl: 'ftp://comserv.example.org', apiKey }, /^baseUrl must be/],
    [{ baseUrl: 'https://me:secret@comserv.example.org', apiKey }, /user name/],
    [{ baseUrl: server.url, apiKey, timeoutMs: 0 }, /^timeoutMs/],
    [{ baseUrl: server.url, apiKey, timeoutMs: 2 ** 31 }, /^timeoutMs .*2147483647/],
    [{ baseUrl: server.url, apiKey, maxRetries: -1 }, /^maxRetries/],
  ]
  for (const [options, message] of wrong) {
    assert.throws(() => new Comserv(options as ComservOptions), { name: 'ConfigurationError', message })
  }
})

test('an option of a call that cannot be sent is refused at once, by name', async () => {
  const strange = await startStrangeServer(json(200, {}))
  const { documents } = new Comserv({ baseUrl: strange.url, apiKey })
  for (const idempotencyKey of ['', 'two words', 'line\nbreak', 'Schlüssel', 'x'.repeat(256)]) {
    await assert.rejects(documents.create({ title: 'x' }, { idempotencyKey }), {
      name: 'ConfigurationError',
      message: /^idempotencyKey must be/,
    })
  }
  for (const ifMatch of ['', 'line\nbreak', '"Ü"']) {
    await assert.rejects(documents.update(1, { title: 'x' }, { ifMatch }), {
      name: 'ConfigurationError',
      message: /^ifMatch must be/,
    })
  }
  assert.equal(strange.requests.length, 0)
})

test('baseUrl may end with a slash or with /api/v1, and have a path', async () => {
  for (const ending of ['/', '/api/v1', '/api/v1/']) {
    const { users } = new Comserv({ baseUrl: server.url + ending, apiKey })
    assert.ok((await users.list()).meta.total_count > 0)
  }
  const behind = new Comserv({ baseUrl: 'https://example.org/comserv/', apiKey })
  assert.equal(behind.baseUrl, 'https://example.org/comserv')
})
