import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  decodeProtectedHeader,
  type JSONWebKeySet,
  jwtVerify,
} from 'jose'
import * as oauth from 'oauth4webapi'
import { operator } from '../src/cli/actor.ts'
import { hourMs, minuteMs, secondMs } from '../src/lib/timestamps.ts'
import type { AccessAlg } from '../src/oauth/key-material.ts'
import { startServer, type TestServer } from './harness.ts'

const server = await startServer()
const beside = await startServer({ beside: server })
const client = await server.credential('read write')
const other = await server.credential('documents:read')
const admin = await server.credential('admin')

type Client = typeof client

function ask(on: TestServer, path: string, by: Client, fields: Record<string, string>) {
  return on.call('POST', `/api/v1/oauth/${path}`, {
    body: new URLSearchParams(fields).toString(),
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      authorization: `Basic ${Buffer.from(`${by.clientId}:${by.secret}`).toString('base64')}`,
    },
  })
}

const introspect = async (by: Client, token: string, on = server) =>
  (await ask(on, 'introspect', by, { token })).body

const statusWith = async (token: string, on = server) =>
  (await on.call('GET', '/api/v1/documents', { token })).status

async function rotate(alg?: AccessAlg, on = server) {
  return on.context.signingKeys.rotate(await operator(on.context), alg)
}

test('a stock client discovers the server, gets a token, asks about it and revokes it', async () => {
  const insecure = { [oauth.allowInsecureRequests]: true }
  const issuer = new URL(server.context.config.publicUrl)
  const found = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure })
  const as = await oauth.processDiscoveryResponse(issuer, found)
  const me = { client_id: client.clientId }

  for (const by of [oauth.ClientSecretBasic(client.secret), oauth.ClientSecretPost(client.secret)]) {
    const granted = await oauth.clientCredentialsGrantRequest(as, me, by, { scope: 'read' }, insecure)
    const { access_token: token } = await oauth.processClientCredentialsResponse(as, me, granted)
    assert.equal(await statusWith(token), 200)

    const answer = await oauth.introspectionRequest(as, me, by, token, insecure)
    const told = await oauth.processIntrospectionResponse(as, me, answer)
    assert.equal(told.active, true)
    assert.equal(told.scope, 'read')

    await oauth.processRevocationResponse(await oauth.revocationRequest(as, me, by, token, insecure))
    assert.equal(await statusWith(token), 401)
    const again = await oauth.introspectionRequest(as, me, by, token, insecure)
    assert.deepEqual(await oauth.processIntrospectionResponse(as, me, again), { active: false })
  }
})

test('the metadata names the issuer and only addresses that answer', async () => {
  const { status, body } = await server.call('GET', '/.well-known/oauth-authorization-server')
  assert.equal(status, 200)
  assert.equal(body.issuer, server.url)
  assert.deepEqual(body.grant_types_supported, [
    'client_credentials',
    'authorization_code',
    'refresh_token',
    'urn:ietf:params:oauth:grant-type:device_code',
  ])
  assert.deepEqual(body.response_types_supported, ['code'])
  for (const name of ['token_endpoint', 'revocation_endpoint', 'introspection_endpoint']) {
    const path = body[name].replace(server.url, '')
    assert.equal((await server.call('POST', path)).status, 401, name)
  }
  assert.equal((await server.call('GET', body.jwks_uri.replace(server.url, ''))).status, 200)
})

test('an issuer with a path is found where RFC 8414 looks for it', async () => {
  const behind = await startServer({ env: { COMSERV_PUBLIC_URL: 'https://example.org/comserv' } })
  const { body } = await behind.call('GET', '/.well-known/oauth-authorization-server/comserv')
  assert.equal(body.issuer, 'https://example.org/comserv')
  assert.equal(body.token_endpoint, 'https://example.org/comserv/api/v1/oauth/token')
})

test('an introspected token is told as RFC 7662 lays it out', async () => {
  const token = await server.token(client, 'users:read documents:read')
  const now = server.clock.now() / 1_000
  const { jti, ...rest } = await introspect(client, token)
  assert.match(jti, /^[0-9a-f-]{36}$/)
  assert.deepEqual(rest, {
    active: true,
    scope: 'users:read documents:read',
    client_id: client.clientId,
    token_type: 'Bearer',
    exp: now + 3_600,
    iat: now,
    sub: client.clientId,
    aud: `${server.url}/api/v1`,
    iss: server.url,
  })
})

test('an answer about a token is never stored', async () => {
  const { headers } = await ask(server, 'introspect', client, { token: 'x' })
  assert.equal(headers.get('cache-control'), 'no-store')
})

test("a client learns nothing about another one's token, an administrator learns all", async () => {
  const token = await server.token(client)
  assert.deepEqual(await introspect(other, token), { active: false })
  assert.equal((await introspect(admin, token)).client_id, client.clientId)
})

test('introspection tells what the credential still holds', async () => {
  const shrinking = await server.credential('read write')
  const token = await server.token(shrinking)
  const changed = await server.call('PATCH', `/api/v1/credentials/${shrinking.id}`, {
    key: admin.secret,
    json: { scopes: ['users:read', 'write'] },
  })
  assert.equal(changed.status, 200)
  assert.equal((await introspect(admin, token)).scope, 'users:read write')
})

test('what is not a working access token is not active', async () => {
  const token = await server.token(client)
  for (const wrong of ['x', 'a.b.c', `${token}x`, client.secret])
    assert.deepEqual(await introspect(client, wrong), { active: false }, wrong)

  const doomed = await server.credential('read')
  const orphan = await server.token(doomed)
  await server.call('DELETE', `/api/v1/credentials/${doomed.id}`, { key: admin.secret })
  assert.deepEqual(await introspect(admin, orphan), { active: false })
})

test('a revoked token is refused at once here, and within 2 s by another process', async () => {
  const token = await server.token(client)
  const untouched = await server.token(client)
  assert.equal(await statusWith(token), 200)
  assert.equal(await statusWith(token, beside), 200)

  const revoked = await ask(server, 'revoke', client, { token, token_type_hint: 'access_token' })
  assert.equal(revoked.status, 200)
  assert.equal(revoked.text, '{}')
  assert.match(revoked.headers.get('content-type') ?? '', /^application\/json/)
  const refused = await server.call('GET', '/api/v1/documents', { token })
  assert.equal(refused.status, 401)
  assert.equal(refused.body.error.details, 'The access token was revoked.')

  server.clock.advance(2 * secondMs)
  assert.equal(await statusWith(token, beside), 401)
  assert.deepEqual(await introspect(client, token, beside), { active: false })
  assert.equal(await statusWith(untouched), 200)
  assert.equal(await statusWith(untouched, beside), 200)
  assert.equal((await ask(server, 'revoke', client, { token })).status, 200)
})

test("revoking what is unknown or somebody else's is answered alike, and changes nothing", async () => {
  const token = await server.token(client)
  for (const by of [other, admin]) assert.equal((await ask(server, 'revoke', by, { token })).status, 200)
  assert.equal((await ask(server, 'revoke', client, { token: 'nonsense' })).status, 200)
  assert.equal(await statusWith(token), 200)
})

test('a revocation is forgotten once the token has expired by itself', async () => {
  const rows = () => server.context.database.read.selectFrom('revoked_tokens').selectAll().execute()
  await ask(server, 'revoke', client, { token: await server.token(client) })
  server.clock.advance(hourMs + 2 * minuteMs)
  assert.notEqual((await rows()).length, 0)
  await ask(server, 'revoke', client, { token: await server.token(client) })
  assert.equal((await rows()).length, 1)
})

for (const path of ['revoke', 'introspect']) {
  test(`${path} refuses in the shape of RFC 6749`, async () => {
    const wrong = await ask(server, path, { ...client, secret: 'wrong' }, { token: 'x' })
    assert.equal(wrong.status, 401)
    assert.equal(wrong.body.error, 'invalid_client')
    assert.equal(wrong.headers.get('www-authenticate'), 'Basic realm="comserv"')

    const nothing = await ask(server, path, client, {})
    assert.equal(nothing.status, 400)
    assert.deepEqual(nothing.body, {
      error: 'invalid_request',
      error_description: "The parameter 'token' is required.",
    })

    const anonymous = await server.call('POST', `/api/v1/oauth/${path}`, {
      body: 'token=x',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
    assert.equal(anonymous.status, 401)
    const json = await server.call('POST', `/api/v1/oauth/${path}`, { json: { token: 'x' } })
    assert.equal(json.status, 415)
    assert.equal(typeof json.body.error, 'string')
  })
}

test('token, revoke and introspect share one window of a client', async () => {
  const strict = await startServer({ env: { COMSERV_RATE_LIMIT_STANDARD: '3' } })
  const client = await strict.credential('read')
  const statuses = [
    await ask(strict, 'token', client, { grant_type: 'client_credentials' }),
    await ask(strict, 'introspect', client, { token: 'x' }),
    await ask(strict, 'revoke', client, { token: 'x' }),
    await ask(strict, 'introspect', client, { token: 'x' }),
  ]
  assert.deepEqual(
    statuses.map(({ status }) => status),
    [200, 200, 200, 429],
  )
  assert.equal(statuses.at(-1)?.body.error, 'temporarily_unavailable')
})

test('a symmetric key is never shown', async () => {
  const fresh = await startServer()
  await fresh.token(await fresh.credential('read'))
  assert.deepEqual((await fresh.call('GET', '/.well-known/jwks.json')).body, { keys: [] })
})

test('tokens signed with ES256 verify with the published keys', async () => {
  await rotate('ES256')
  const token = await server.token(client)
  assert.equal(decodeProtectedHeader(token).alg, 'ES256')
  assert.equal(await statusWith(token), 200)

  const keys = createRemoteJWKSet(new URL(`${server.url}/.well-known/jwks.json`))
  const { payload } = await jwtVerify(token, keys, {
    issuer: server.url,
    audience: `${server.url}/api/v1`,
    typ: 'at+jwt',
    currentDate: new Date(server.clock.now()),
  })
  assert.equal(payload.client_id, client.clientId)

  const { body } = await server.call('GET', '/.well-known/jwks.json')
  for (const key of body.keys)
    assert.deepEqual(Object.keys(key).sort(), ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'])
})

test('a rotation stops nobody, in any process', async () => {
  const before = await server.token(client)
  assert.equal(await statusWith(before, beside), 200)
  const { kid } = await rotate()

  const after = await server.token(client)
  assert.equal(decodeProtectedHeader(after).kid, kid)
  // The other process has not looked at the keys since: it still signs with the retired one, and knows the new one when it meets it.
  const late = await beside.token(client)
  assert.notEqual(decodeProtectedHeader(late).kid, kid)
  for (const token of [before, after, late])
    for (const process of [server, beside]) assert.equal(await statusWith(token, process), 200)

  server.clock.advance(10 * secondMs)
  assert.equal(decodeProtectedHeader(await beside.token(client)).kid, kid)
})

test('a retired key verifies as long as its tokens live, and then no more', async () => {
  const fresh = await startServer()
  const client = await fresh.credential('read')
  const first = await fresh.context.signingKeys.current()
  await rotate('ES256', fresh)
  fresh.clock.advance(59 * minuteMs)
  assert.notEqual(await fresh.context.signingKeys.byKid(first.kid), undefined)
  fresh.clock.advance(3 * minuteMs)
  assert.equal(await fresh.context.signingKeys.byKid(first.kid), undefined)

  const second = await fresh.context.signingKeys.current()
  const token = await fresh.token(client)
  const third = await rotate(undefined, fresh)
  assert.equal(third.alg, 'ES256')
  const kept = await fresh.context.database.read.selectFrom('signing_keys').select('kid').execute()
  assert.deepEqual(new Set(kept.map(({ kid }) => kid)), new Set([second.kid, third.kid]))
  const { body } = await fresh.call('GET', '/.well-known/jwks.json')
  assert.equal((body as JSONWebKeySet).keys.length, 2)
  const currentDate = new Date(fresh.clock.now())
  await jwtVerify(token, createLocalJWKSet(body), { currentDate })
})

test('a rotation stands in the audit log, without the keys', async () => {
  const { kid } = await rotate()
  const entry = await server.context.database.read
    .selectFrom('audit_log')
    .selectAll()
    .where('action', '=', 'signing_key.rotate')
    .orderBy('id', 'desc')
    .executeTakeFirstOrThrow()
  assert.deepEqual(JSON.parse(entry.after ?? ''), { kid, alg: 'ES256' })
  assert.equal(entry.actor_type, 'operator')
})

test('a key verifies with its own algorithm only, and a strange key id with none', async () => {
  const token = await server.token(client)
  const [, payload, signature] = token.split('.')
  const { kid } = decodeProtectedHeader(token)
  for (const header of [
    { alg: 'HS256', typ: 'at+jwt', kid },
    { alg: 'none', typ: 'at+jwt', kid },
    { alg: 'ES256', typ: 'at+jwt', kid: '0123456789abcdef' },
    { alg: 'ES256', typ: 'at+jwt', kid: 'a\u0000b' },
    { alg: 'ES256', typ: 'at+jwt' },
  ]) {
    const forged = [Buffer.from(JSON.stringify(header)).toString('base64url'), payload, signature].join('.')
    assert.equal(await statusWith(forged), 401, JSON.stringify(header))
  }
})
