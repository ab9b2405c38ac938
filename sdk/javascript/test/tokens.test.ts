import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { startServer } from '../../../server/test/harness.ts'
import { Comserv, type ComservOptions } from '../src/index.ts'
import { json, startStrangeServer } from './strange-server.ts'
import { recorded } from './traffic.ts'

const server = await startServer()
const admin = new Comserv({ baseUrl: server.url, apiKey: (await server.credential('admin')).secret })
const tokenPath = '/api/v1/oauth/token'

async function client(more: Partial<ComservOptions> & { scope?: string } = {}) {
  const { id, clientId, secret: clientSecret } = await server.credential('read write')
  const traffic = recorded()
  const now = () => server.clock.now()
  const options = { baseUrl: server.url, clientId, clientSecret, fetch: traffic.fetch, now, ...more }
  return { comserv: new Comserv(options as ComservOptions), traffic, id, clientId, clientSecret }
}

test('50 callers at once fetch one token, and so do 50 calls one after the other', async () => {
  const { comserv, traffic } = await client()
  await Promise.all(Array.from({ length: 50 }, () => comserv.users.list()))
  for (let calls = 0; calls < 50; calls++) await comserv.users.list()
  assert.equal(traffic.of(tokenPath).length, 1)
  assert.equal(traffic.of('/api/v1/users').length, 100)
  assert.ok(traffic.seen.every(({ status }) => status === 200))
})

test('a token is fetched anew 60 s before it expires, and not sooner', async () => {
  const { comserv, traffic } = await client()
  await comserv.users.list()
  server.clock.advance(3_539_000)
  await comserv.users.list()
  assert.equal(traffic.of(tokenPath).length, 1)
  server.clock.advance(1_000)
  await Promise.all(Array.from({ length: 50 }, () => comserv.users.list()))
  assert.equal(traffic.of(tokenPath).length, 2)
})

test('a token that was revoked is replaced after the 401, once for all who met it', async () => {
  const { comserv, traffic } = await client()
  await comserv.users.list()
  const bearer = traffic.of('/api/v1/users')[0]?.headers.get('authorization') ?? ''
  await comserv.oauth.revokeToken(bearer.replace('Bearer ', ''))
  const lists = await Promise.all(Array.from({ length: 50 }, () => comserv.users.list()))
  assert.equal(lists.length, 50)
  assert.equal(traffic.of(tokenPath).length, 2)
  const refused = traffic.of('/api/v1/users').filter(({ status }) => status === 401)
  assert.equal(refused.length, 50)
  assert.ok(refused.every(({ headers }) => headers.get('authorization') === bearer))
})

test('a 401 that comes late does not throw away the token that has taken the place of the refused one', async () => {
  const held = Promise.withResolvers<void>()
  const isHeld = (path: string) => path.includes('/documents')
  const traffic = recorded()
  const { comserv } = await client({
    fetch: async (url, init) => {
      const response = await traffic.fetch(url, init)
      if (isHeld(url) && response.status === 401) await held.promise
      return response
    },
  })
  await comserv.users.list()
  const bearer = traffic.of('/api/v1/users')[0]?.headers.get('authorization') ?? ''
  await comserv.oauth.revokeToken(bearer.replace('Bearer ', ''))
  const late = comserv.documents.list()
  await comserv.users.list()
  held.resolve()
  await late
  assert.equal(traffic.of(tokenPath).length, 2)
})

test('a token response that breaks the contract is refused by the name of the field, and never shown', async () => {
  const good = { access_token: 'kept-out', token_type: 'bearer', expires_in: 3_600, scope: 'read' }
  const wrong: [string, unknown][] = [
    ['expires_in', undefined],
    ['expires_in', '3600'],
    ['expires_in', 0],
    ['expires_in', 1.5],
    ['token_type', 'mac'],
    ['token_type', undefined],
    ['access_token', 5],
    ['access_token', ''],
    ['access_token', 'kept-out\nx-evil: 1'],
    ['access_token', 'kept-out\u{1f511}'],
  ]
  const accepted = await startStrangeServer(json(200, good), json(200, { id: 1 }))
  const who = { clientId: 'id', clientSecret: 'secret', maxRetries: 0 }
  assert.equal((await new Comserv({ baseUrl: accepted.url, ...who }).users.get(1)).id, 1)
  for (const [field, value] of wrong) {
    const strange = await startStrangeServer(json(200, { ...good, [field]: value }))
    await assert.rejects(new Comserv({ baseUrl: strange.url, ...who }).users.get(1), (error: Error) => {
      assert.match(error.message, new RegExp(`the field ${field} should be`))
      assert.doesNotMatch(inspect(error), /kept-out/)
      return true
    })
    assert.equal(strange.requests.length, 1)
  }
})

test('a CSRF token that cannot be sent is refused without being shown', async () => {
  const session = json(200, { csrf_token: 'kept-out\nx-evil: 1' })
  const { url: baseUrl } = await startStrangeServer(session)
  const page = new Comserv({ baseUrl, session: true, maxRetries: 0 })
  for (const call of [() => page.session.current(), () => page.users.delete(1)]) {
    await assert.rejects(call(), (error: Error) => {
      assert.match(error.message, /the field csrf_token should be/)
      assert.doesNotMatch(inspect(error), /kept-out/)
      return true
    })
  }
})

test('a revoked credential ends in AuthenticationFailedError, after one 401 and one refused token', async () => {
  const { comserv, traffic, id } = await client()
  await comserv.users.list()
  await admin.credentials.delete(id)
  await assert.rejects(comserv.users.list(), (error: Error & Record<string, unknown>) => {
    assert.equal(error.name, 'AuthenticationFailedError')
    assert.equal(error.status, 401)
    assert.equal(error.code, 'authentication_failed')
    assert.equal(error.title, 'OAuth error: invalid_client')
    assert.match(String(error.details), /revoked/)
    return true
  })
  assert.deepEqual(
    traffic.seen.map(({ path, status }) => `${path} ${status}`),
    [`${tokenPath} 200`, '/api/v1/users 200', '/api/v1/users 401', `${tokenPath} 401`],
  )
})

test('a 401 with new credentials is not tried a third time', async () => {
  const { comserv, traffic } = await client({
    fetch: async (url, init) =>
      url.includes('/oauth/') ? counting.fetch(url, init) : counting.fetch(url, withoutBearer(init)),
  })
  const counting = traffic
  await assert.rejects(comserv.users.list(), { name: 'AuthenticationFailedError' })
  assert.equal(counting.of('/api/v1/users').length, 2)
  assert.equal(counting.of(tokenPath).length, 2)
})

test('a wrong secret is AuthenticationFailedError, and an API key that is refused is not sent again', async () => {
  const { clientId } = await server.credential('read')
  const wrong = new Comserv({ baseUrl: server.url, clientId, clientSecret: 'cs_live_wrong' })
  await assert.rejects(wrong.users.list(), { name: 'AuthenticationFailedError' })
  const traffic = recorded()
  const key = new Comserv({ baseUrl: server.url, apiKey: 'cs_live_wrong', fetch: traffic.fetch })
  await assert.rejects(key.users.list(), {
    name: 'AuthenticationFailedError',
    details: 'The API key is mistyped or incomplete.',
  })
  assert.equal(traffic.seen.length, 1)
})

test('who gives up waiting for the token does not end the fetch for the others', async () => {
  const { comserv, traffic } = await client()
  const giving = new AbortController()
  const left = comserv.users.list({}, { signal: giving.signal })
  const stayed = comserv.users.list()
  giving.abort(new Error('enough'))
  await assert.rejects(left, { message: 'enough' })
  assert.equal((await stayed).meta.current_page, 1)
  assert.equal(traffic.of(tokenPath).length, 1)
})

test('after a failed fetch the next call fetches again', async () => {
  let isDown = true
  const { comserv } = await client({
    maxRetries: 0,
    fetch: async (url, init) => {
      if (isDown) throw new TypeError('down')
      return fetch(url, init)
    },
  })
  await assert.rejects(comserv.users.list(), { name: 'ConnectionError' })
  isDown = false
  assert.equal((await comserv.users.list()).meta.current_page, 1)
})

test('scope narrows the token, and what it does not open is refused by name', async () => {
  const { comserv } = await client({ scope: 'documents:read' })
  assert.equal((await comserv.documents.list()).meta.total_count, 0)
  await assert.rejects(comserv.users.list(), { name: 'PermissionDeniedError', details: /users:read/ })
})

function withoutBearer(init: RequestInit): RequestInit {
  return { ...init, headers: { ...init.headers, authorization: 'Bearer of.no.token' } }
}
