import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { createLocalJWKSet, decodeJwt, jwtVerify } from 'jose'
import { type Json, startServer } from './harness.ts'
import { signedInAs } from './people.ts'

/**
 * The cases of the basic and the config plan of the OpenID Foundation's conformance suite, under the names that they have
 * there (docs/conformance.md). The suite itself needs a public address and its own server.
 */
const server = await startServer()
const issuer = server.context.config.publicUrl
const { secret: admin } = await server.credential('admin')
const person = await signedInAs(server, 'editor')
const home = 'https://app.example.org/done'
const { body: app } = await server.call('POST', '/api/v1/applications', {
  key: admin,
  json: { name: 'Suite', kind: 'server', redirect_uris: [home], scopes: ['documents:read'], trusted: true },
})
const basic = `Basic ${Buffer.from(`${app.client_id}:${app.client_secret}`).toString('base64')}`
const verifier = randomBytes(32).toString('base64url')
const challenge = createHash('sha256').update(verifier).digest('base64url')
const metadata: Json = (await server.call('GET', '/.well-known/openid-configuration')).body

const request = (more: Record<string, string | undefined> = {}): URLSearchParams => {
  const fields = {
    response_type: 'code',
    client_id: app.client_id,
    redirect_uri: home,
    scope: 'openid',
    state: 'st',
    nonce: 'no',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...more,
  }
  return new URLSearchParams(Object.entries(fields).filter((field): field is [string, string] => !!field[1]))
}

/** Through the browser of a person; the application is trusted, so that nobody is asked. */
const browse = (more: Record<string, string | undefined> = {}, cookie: string | undefined = person.cookie) =>
  fetch(`${server.url}/oauth/authorize?${request(more)}`, {
    redirect: 'manual',
    headers: cookie === undefined ? {} : { cookie },
  })

async function answered(response: Response): Promise<Json> {
  assert.equal(response.status, 303, await response.text())
  const to = new URL(response.headers.get('location') ?? '')
  assert.equal(to.origin + to.pathname, home)
  return Object.fromEntries(to.searchParams)
}

async function post(path: string, form: Record<string, string>, headers: Record<string, string> = {}) {
  const response = await fetch(`${server.url}${path}`, {
    method: 'POST',
    headers,
    body: new URLSearchParams(form),
  })
  return { status: response.status, body: (await response.json()) as Json }
}

const exchange = (code: string, form: Record<string, string> = {}, headers = { authorization: basic }) =>
  post(
    '/api/v1/oauth/token',
    { grant_type: 'authorization_code', redirect_uri: home, code, code_verifier: verifier, ...form },
    headers,
  )

async function tokens(more: Record<string, string | undefined> = {}): Promise<Json> {
  const { code } = await answered(await browse(more))
  assert.ok(code)
  const { status, body } = await exchange(code)
  assert.equal(status, 200, JSON.stringify(body))
  return body
}

/** Verifies an id_token as OpenID Connect Core §3.1.3.7 says. */
async function claimsOf(idToken: string): Promise<Json> {
  const keys = createLocalJWKSet((await server.call('GET', '/.well-known/jwks.json')).body)
  const { payload } = await jwtVerify(idToken, keys, {
    issuer,
    audience: app.client_id,
    currentDate: new Date(server.clock.now()),
  })
  return payload
}

const userInfo = (token: string) => server.call('GET', '/api/v1/userinfo', { token })

test('oidcc-server', async () => {
  const answer = await answered(await browse())
  assert.deepEqual([answer.state, answer.iss], ['st', issuer])
  const { id_token, token_type, expires_in } = (await exchange(answer.code)).body
  assert.equal(token_type, 'Bearer')
  assert.ok(expires_in > 0)
  const claims = await claimsOf(id_token)
  assert.equal(claims.nonce, 'no')
  assert.ok(claims.sub.length <= 255 && claims.exp > claims.iat)
})

test('oidcc-response-type-missing', async () => {
  const { error, state } = await answered(await browse({ response_type: undefined }))
  assert.deepEqual([error, state], ['invalid_request', 'st'])
})

test('oidcc-userinfo-get', async () => {
  const { access_token, id_token } = await tokens()
  const { status, body } = await userInfo(access_token)
  assert.deepEqual([status, body.sub], [200, decodeJwt(id_token).sub])
})

test('oidcc-userinfo-post-header', async () => {
  const { access_token } = await tokens()
  const { status, body } = await post('/api/v1/userinfo', {}, { authorization: `Bearer ${access_token}` })
  assert.equal(status, 200)
  assert.ok(body.sub)
})

test('oidcc-ensure-request-without-nonce-succeeds-for-code-flow', async () => {
  assert.equal((await claimsOf((await tokens({ nonce: undefined })).id_token)).nonce, undefined)
})

test('oidcc-scope-profile', async () => {
  const { body } = await userInfo((await tokens({ scope: 'openid profile' })).access_token)
  assert.equal(body.preferred_username, person.username)
  assert.equal(body.email, undefined)
})

test('oidcc-scope-email', async () => {
  const { body } = await userInfo((await tokens({ scope: 'openid email' })).access_token)
  assert.equal(body.email, person.email)
  assert.equal(body.preferred_username, undefined)
})

test('oidcc-scope-all', async () => {
  const { body } = await userInfo((await tokens({ scope: 'openid profile email' })).access_token)
  assert.deepEqual([body.email, body.preferred_username], [person.email, person.username])
})

test('oidcc-ensure-other-scope-order-succeeds', async () => {
  assert.ok((await tokens({ scope: 'email openid' })).id_token)
})

for (const display of ['page', 'popup'])
  test(`oidcc-display-${display}`, async () => {
    assert.ok((await tokens({ display })).id_token)
  })

test('oidcc-prompt-login', async () => {
  const page = await browse({ prompt: 'login' })
  assert.equal(page.status, 200)
  assert.match(await page.text(), /Sign in again/)
})

test('oidcc-prompt-none-not-logged-in', async () => {
  const { error, state } = await answered(await browse({ prompt: 'none' }, 'none=at-all'))
  assert.deepEqual([error, state], ['login_required', 'st'])
})

test('oidcc-prompt-none-logged-in', async () => {
  const first = await claimsOf((await tokens()).id_token)
  const second = await claimsOf((await tokens({ prompt: 'none' })).id_token)
  assert.deepEqual([second.sub, second.auth_time], [first.sub, first.auth_time])
})

test('oidcc-max-age-1', async () => {
  server.clock.advance(2_000)
  assert.match(await (await browse({ max_age: '1' })).text(), /Sign in again/)
})

test('oidcc-max-age-10000', async () => {
  const first = await claimsOf((await tokens({ max_age: '10000' })).id_token)
  const second = await claimsOf((await tokens({ max_age: '10000' })).id_token)
  assert.ok(first.auth_time)
  assert.equal(second.auth_time, first.auth_time)
})

test('oidcc-ensure-request-with-unknown-parameter-succeeds', async () => {
  assert.ok((await tokens({ extra: 'foobar' })).id_token)
})

test('oidcc-id-token-hint', async () => {
  const { id_token } = await tokens()
  const again = await claimsOf((await tokens({ prompt: 'none', id_token_hint: id_token })).id_token)
  assert.equal(again.sub, decodeJwt(id_token).sub)
})

for (const [name, field] of [
  ['oidcc-login-hint', { login_hint: 'somebody@example.org' }],
  ['oidcc-ui-locales', { ui_locales: 'de en' }],
  ['oidcc-claims-locales', { claims_locales: 'de' }],
  ['oidcc-ensure-request-with-acr-values-succeeds', { acr_values: '1 2' }],
  ['oidcc-claims-essential', { claims: JSON.stringify({ userinfo: { name: { essential: true } } }) }],
] as const)
  test(name, async () => {
    assert.ok((await tokens(field)).id_token)
  })

test('oidcc-codereuse', async () => {
  const { code } = await answered(await browse())
  assert.equal((await exchange(code)).status, 200)
  const { status, body } = await exchange(code)
  assert.deepEqual([status, body.error], [400, 'invalid_grant'])
})

test('oidcc-codereuse-30seconds', async () => {
  const { code } = await answered(await browse())
  const { access_token } = (await exchange(code)).body
  server.clock.advance(30_000)
  assert.equal((await exchange(code)).body.error, 'invalid_grant')
  assert.equal((await userInfo(access_token)).status, 401, 'the token of the first use has ended')
})

test('oidcc-ensure-registered-redirect-uri', async () => {
  const page = await browse({ redirect_uri: `${home}/elsewhere` })
  assert.equal(page.status, 400)
  assert.equal(page.headers.get('location'), null)
})

test('oidcc-ensure-post-request-succeeds', async () => {
  const response = await fetch(`${server.url}/oauth/authorize`, {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie: person.cookie },
    body: request(),
  })
  assert.equal(response.status, 303, await response.text())
  const opened = await fetch(new URL(response.headers.get('location') ?? '', server.url), {
    redirect: 'manual',
    headers: { cookie: person.cookie },
  })
  assert.ok((await answered(opened)).code)
})

test('oidcc-server-client-secret-post', async () => {
  const { code } = await answered(await browse())
  const { client_id, client_secret } = app
  assert.equal((await exchange(code, { client_id, client_secret }, {} as never)).status, 200)
})

test('oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported', async () => {
  const { error } = await answered(await browse({ request: 'e30.e30.' }))
  assert.equal(error, 'request_not_supported')
  assert.notEqual(metadata.request_parameter_supported, true)
})

test('oidcc-ensure-request-object-with-redirect-uri', async () => {
  const { error } = await answered(await browse({ request: 'e30.e30.', redirect_uri: home }))
  assert.equal(error, 'request_not_supported')
})

test('oidcc-refresh-token', async () => {
  const first = await tokens({ scope: 'openid offline_access' })
  const asked = { grant_type: 'refresh_token', refresh_token: first.refresh_token }
  const { status, body } = await post('/api/v1/oauth/token', asked, { authorization: basic })
  assert.equal(status, 200)
  const [before, after] = [await claimsOf(first.id_token), await claimsOf(body.id_token)]
  assert.deepEqual(
    [after.iss, after.sub, after.aud, after.auth_time],
    [before.iss, before.sub, before.aud, before.auth_time],
  )
  const { body: other } = await server.call('POST', '/api/v1/applications', {
    key: admin,
    json: { name: 'Other', kind: 'server', redirect_uris: [home], scopes: [] },
  })
  const authorization = `Basic ${Buffer.from(`${other.client_id}:${other.client_secret}`).toString('base64')}`
  const stolen = await post(
    '/api/v1/oauth/token',
    { ...asked, refresh_token: body.refresh_token },
    { authorization },
  )
  assert.equal(stolen.body.error, 'invalid_grant')
})

test('oidcc-ensure-request-with-valid-pkce-succeeds', async () => {
  const { code } = await answered(await browse())
  assert.equal((await exchange(code, { code_verifier: randomBytes(32).toString('base64url') })).status, 400)
})

test('oidcc-discovery-endpoint-verification', async () => {
  const found = await server.call('GET', '/.well-known/openid-configuration')
  assert.match(found.headers.get('content-type') ?? '', /^application\/json/)
  assert.equal(metadata.issuer, issuer)
  for (const endpoint of ['authorization', 'token', 'userinfo', 'revocation', 'introspection', 'end_session'])
    assert.ok(new URL(metadata[`${endpoint}_endpoint`]), endpoint)
  assert.ok(metadata.response_types_supported.includes('code'))
  assert.ok(metadata.subject_types_supported.includes('public'))
  assert.ok(metadata.id_token_signing_alg_values_supported.includes('RS256'))
  assert.ok(metadata.scopes_supported.includes('openid'))
  assert.deepEqual(metadata.code_challenge_methods_supported, ['S256'])
  assert.ok(metadata.claims_supported.includes('sub'))
  const path = new URL(metadata.jwks_uri).pathname
  const { keys } = (await server.call('GET', path)).body
  assert.equal(new Set(keys.map(({ kid }: Json) => kid)).size, keys.length)
  assert.ok(
    keys.every((key: Json) => !('d' in key || 'k' in key || 'p' in key)),
    'no private half',
  )
})

test('docs/conformance.md names every case', () => {
  const table = readFileSync(join(import.meta.dirname, '../../docs/conformance.md'), 'utf8')
  const source = readFileSync(import.meta.filename, 'utf8')
  const named = new Set(table.match(/oidcc-[a-z0-9-]+/g))
  for (const [name] of source.matchAll(/(?<=')oidcc-[a-z0-9-]+(?=')/g)) assert.ok(named.has(name), name)
})
