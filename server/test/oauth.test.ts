import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import * as oauth from 'oauth4webapi'
import { startServer } from './harness.ts'
import { assertOAuthRefused } from './refusals.ts'

const server = await startServer()
const credential = await server.credential('read write')
const { clientId, secret } = credential
const formType = 'application/x-www-form-urlencoded'
const good = { grant_type: 'client_credentials', client_id: clientId, client_secret: secret }

function requestToken(form: Record<string, string> | string, headers: Record<string, string> = {}) {
  const body = typeof form === 'string' ? form : new URLSearchParams(form).toString()
  return server.call('POST', '/api/v1/oauth/token', {
    body,
    headers: { 'content-type': formType, ...headers },
  })
}

const basic = (id: string, password: string) => ({
  authorization: `Basic ${Buffer.from(`${id}:${password}`).toString('base64')}`,
})

test('a token is answered in the shape of the documentation page, and must not be stored', async () => {
  const answer = await requestToken(good)
  assert.equal(answer.status, 200)
  const { access_token, ...rest } = answer.body
  assert.deepEqual(Object.keys(answer.body), ['access_token', 'token_type', 'expires_in', 'scope'])
  assert.deepEqual(rest, { token_type: 'Bearer', expires_in: 3600, scope: 'read write' })
  assert.equal(answer.headers.get('cache-control'), 'no-store')
  assert.equal(answer.headers.get('pragma'), 'no-cache')
  assert.equal((await server.call('GET', '/api/v1/users', { token: access_token })).status, 200)
  assert.deepEqual(await server.newEvents(), [])
})

test('a token is laid out as RFC 9068 says', async () => {
  const { access_token } = (await requestToken(good)).body
  const { kid, ...header } = decodeProtectedHeader(access_token)
  assert.deepEqual(header, { alg: 'HS256', typ: 'at+jwt' })
  assert.equal(typeof kid, 'string')
  const { jti, ...claims } = decodeJwt(access_token)
  const nowSeconds = server.clock.now() / 1_000
  assert.deepEqual(claims, {
    client_id: clientId,
    scope: 'read write',
    iss: server.url,
    aud: `${server.url}/api/v1`,
    sub: clientId,
    iat: nowSeconds,
    exp: nowSeconds + 3600,
  })
  const other = decodeJwt((await requestToken(good)).body.access_token)
  assert.notEqual(other.jti, jti)
})

test('HTTP Basic does as well as the body, and a client id in both', async () => {
  const grant = { grant_type: 'client_credentials' }
  assert.equal((await requestToken(grant, basic(clientId, secret))).status, 200)
  const repeated = await requestToken({ ...grant, client_id: clientId }, basic(clientId, secret))
  assert.equal(repeated.status, 200)
})

test('HTTP Basic is read as its grammar is: spaces, case, padding, encoding', async () => {
  const grant = { grant_type: 'client_credentials' }
  const base64 = Buffer.from(`${clientId}:${secret}`).toString('base64')
  const encoded = `${clientId}:${secret}`.replaceAll(/[a-z_]/g, (c) => `%${c.charCodeAt(0).toString(16)}`)
  for (const authorization of [
    `Basic  ${base64}`,
    `BASIC ${base64}`,
    `basic    ${base64.replace(/=+$/, '')}`,
    `Basic ${Buffer.from(encoded).toString('base64')}`,
  ])
    assert.equal((await requestToken(grant, { authorization })).status, 200, authorization)
  for (const authorization of [
    `Basic${base64}`,
    `Basic ${base64.slice(0, 9)} ${base64.slice(9)}`,
    `Basic ${Buffer.from(`:${secret}`).toString('base64')}`,
    `Basic ${Buffer.from(`${clientId}:%zz`).toString('base64')}`,
    `Basic ${Buffer.from([...Buffer.from(`${clientId}:`), 0xff]).toString('base64')}`,
  ]) {
    const answer = await requestToken(grant, { authorization })
    assertOAuthRefused(answer, 401, 'invalid_client', /./)
    assert.equal(answer.headers.get('www-authenticate'), 'Basic realm="comserv"')
  }
})

test('a parameter without a value counts as left out', async () => {
  const form = { grant_type: 'client_credentials', client_id: clientId, client_secret: '', scope: '' }
  assert.equal((await requestToken(form, basic(clientId, secret))).status, 200)
  assert.equal((await requestToken(`scope=&${new URLSearchParams(good)}&scope=read&scope=`)).status, 200)
})

test('a token may be asked for several resources', async () => {
  const resources = [server.url, `${server.url}/mcp`].map((url) => `resource=${encodeURIComponent(url)}`)
  assert.equal((await requestToken(`${new URLSearchParams(good)}&${resources.join('&')}`)).status, 200)
})

test('HTTP Basic of a proxy in front is passed over beside credentials in the body', async () => {
  assert.equal((await requestToken(good, basic('proxy', 'password'))).status, 200)
  assert.equal((await requestToken(good, { authorization: 'Negotiate YII=' })).status, 200)
})

test('without a scope the token gets all of the credential; a narrower one is granted and holds', async () => {
  assert.equal((await requestToken({ ...good, scope: '' })).body.scope, 'read write')
  const { body } = await requestToken({ ...good, scope: ' documents:read  documents:read ' })
  assert.equal(body.scope, 'documents:read')
  const token = body.access_token
  assert.equal((await server.call('GET', '/api/v1/documents', { token })).status, 200)
  assert.equal((await server.call('GET', '/api/v1/users', { token })).status, 403)
})

const refused: [name: string, form: Record<string, string> | string, error: string, description: RegExp][] = [
  [
    'no grant type',
    { client_id: clientId, client_secret: secret },
    'invalid_request',
    /'grant_type' is requ/,
  ],
  ['another grant', { ...good, grant_type: 'password' }, 'unsupported_grant_type', /'client_credentials'/],
  ['an unknown scope', { ...good, scope: 'read all' }, 'invalid_scope', /^'all' is not a scope\.$/],
  ['a scope beyond', { ...good, scope: 'admin' }, 'invalid_scope', /does not have the scope 'admin'\.$/],
  [
    'a repeated parameter',
    `${new URLSearchParams(good)}&scope=read&scope=read`,
    'invalid_request',
    /'scope' is /,
  ],
  [
    'a repeated grant',
    `${new URLSearchParams(good)}&grant_type=x`,
    'invalid_request',
    /'grant_type' is given/,
  ],
  ['broken percent-encoding', `${new URLSearchParams(good)}&x=%zz`, 'invalid_request', /percent-encoding/],
  ['bytes that are not UTF-8', `${new URLSearchParams(good)}&x=%ff`, 'invalid_request', /percent-encoding/],
  ['an empty body', '', 'invalid_client', /^Send 'client_id' and 'client_secret'/],
]

for (const [name, form, error, description] of refused) {
  test(`${name} is refused as ${error}`, async () => {
    const answer = await requestToken(form)
    assertOAuthRefused(answer, error === 'invalid_client' ? 401 : 400, error, description)
    assert.equal(answer.headers.get('cache-control'), 'no-store')
  })
}

test('a NUL character in a parameter is refused', async () => {
  const answer = await requestToken({ ...good, client_id: '\0' })
  assertOAuthRefused(answer, 400, 'invalid_request', /^The form contains a NUL character\.$/)
})

test('a form of more than 20 parameters is refused before any of them is read', async () => {
  const filler = (count: number) => Array.from({ length: count }, (_, i) => `k${i}=%zz`).join('&')
  for (const path of ['token', 'revoke', 'introspect']) {
    const send = (body: string) =>
      server.call('POST', `/api/v1/oauth/${path}`, { body, headers: { 'content-type': formType } })
    assertOAuthRefused(await send(filler(21)), 400, 'invalid_request', /^The form may have at most 20 param/)
    assertOAuthRefused(await send(filler(20)), 400, 'invalid_request', /broken percent-encoding/)
  }
})

test('a wrong secret and an unknown client are refused in the same words', async () => {
  const other = (await server.credential('read')).secret
  const texts = new Set<string>()
  for (const form of [
    { ...good, client_secret: other },
    { ...good, client_secret: 'wrong' },
    { ...good, client_secret: `${secret}x` },
    { ...good, client_id: 'cs_client_00000000000000000000' },
  ]) {
    const answer = await requestToken(form)
    assertOAuthRefused(answer, 401, 'invalid_client', /^The client id or the secret is wrong\.$/)
    texts.add(answer.text)
  }
  assert.equal(texts.size, 1)
  for (const missing of [{ client_id: '' }, { client_secret: '' }]) {
    const answer = await requestToken({ ...good, ...missing })
    assertOAuthRefused(
      answer,
      401,
      'invalid_client',
      /^(Send 'client_id' and|There is no application without a secret)/,
    )
  }
})

test('a refusal of HTTP Basic answers with its challenge', async () => {
  const grant = { grant_type: 'client_credentials' }
  for (const headers of [
    basic(clientId, 'wrong'),
    basic('nobody', secret),
    { authorization: 'Basic' },
    { authorization: 'Basic !!!' },
    { authorization: `Bearer ${secret}` },
  ]) {
    const answer = await requestToken(grant, headers)
    assertOAuthRefused(answer, 401, 'invalid_client', /./)
    assert.equal(answer.headers.get('www-authenticate'), 'Basic realm="comserv"')
  }
})

test('credentials in the body and by HTTP Basic at once are refused', async () => {
  for (const form of [good, { grant_type: 'client_credentials', client_id: 'another' }]) {
    const answer = await requestToken(form, basic(clientId, secret))
    assertOAuthRefused(answer, 400, 'invalid_request', /in the body or by HTTP Basic, not both\.$/)
  }
})

test('the token endpoint takes forms only, and errors before it have its shape, too', async () => {
  const json = await server.call('POST', '/api/v1/oauth/token', { json: good })
  assertOAuthRefused(json, 415, 'invalid_request', /^Send the body as application\/x-www-form-urlencoded/)
  const large = await requestToken('x'.repeat(1_048_577))
  assertOAuthRefused(large, 413, 'invalid_request', /at most 16384 bytes/)
  const get = await server.call('GET', '/api/v1/oauth/token?grant_type=client_credentials')
  assertOAuthRefused(get, 405, 'invalid_request', /supports POST, not GET\.$/)
  assert.equal(get.headers.get('allow'), 'POST')
})

test('a stock OAuth client gets a token by body and by HTTP Basic, and calls the API with it', async () => {
  const as: oauth.AuthorizationServer = {
    issuer: server.url,
    token_endpoint: `${server.url}/api/v1/oauth/token`,
  }
  // The test server speaks plain HTTP on the loopback address.
  const plain = { [oauth.allowInsecureRequests]: true }
  for (const authentication of [oauth.ClientSecretPost(secret), oauth.ClientSecretBasic(secret)]) {
    const client: oauth.Client = { client_id: clientId }
    const response = await oauth.clientCredentialsGrantRequest(
      as,
      client,
      authentication,
      { scope: 'read' },
      plain,
    )
    const tokens = await oauth.processClientCredentialsResponse(as, client, response)
    assert.equal(tokens.token_type, 'bearer')
    assert.equal(tokens.expires_in, 3600)
    assert.equal(tokens.scope, 'read')
    const url = new URL(`${server.url}/api/v1/users`)
    const listed = await oauth.protectedResourceRequest(
      tokens.access_token,
      'GET',
      url,
      undefined,
      undefined,
      plain,
    )
    assert.equal(listed.status, 200)
  }
})

test('a stock OAuth client understands the refusals', async () => {
  const as: oauth.AuthorizationServer = {
    issuer: server.url,
    token_endpoint: `${server.url}/api/v1/oauth/token`,
  }
  const plain = { [oauth.allowInsecureRequests]: true }
  const client: oauth.Client = { client_id: clientId }
  const ask = async (authentication: oauth.ClientAuth, scope: string) => {
    const response = await oauth.clientCredentialsGrantRequest(as, client, authentication, { scope }, plain)
    return oauth.processClientCredentialsResponse(as, client, response)
  }
  await assert.rejects(ask(oauth.ClientSecretPost(secret), 'admin'), { error: 'invalid_scope', status: 400 })
  await assert.rejects(ask(oauth.ClientSecretPost('wrong'), 'read'), { error: 'invalid_client', status: 401 })
  await assert.rejects(ask(oauth.ClientSecretBasic('wrong'), 'read'), oauth.WWWAuthenticateChallengeError)
})
