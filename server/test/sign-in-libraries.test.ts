import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as oauth from 'oauth4webapi'
import * as openid from 'openid-client'
import { pressAllow, pressDevice } from './allowing.ts'
import { type Json, startServer, TestClock } from './harness.ts'
import { signedInAs } from './people.ts'

/** Libraries that others use, signing a person in unchanged. They check times against the clock of this machine. */
const server = await startServer({ clock: new TestClock(new Date().toISOString()) })
const { secret: admin } = await server.credential('admin')
const person = await signedInAs(server, 'editor')
const home = 'http://127.0.0.1:4711/done'
const scope = 'openid profile email offline_access documents:read'

async function application(kind: string, redirectUri = home): Promise<Json> {
  const { status, body, text } = await server.call('POST', '/api/v1/applications', {
    key: admin,
    json: { name: `A ${kind}`, kind, redirect_uris: [redirectUri], scopes: ['documents:read'] },
  })
  assert.equal(status, 201, text)
  return body
}

/** The types of these would give those of browsers to the whole project. */
const untyped = (name: string): Promise<Json> => import(name)

const allowed = (authorizeUrl: URL | string) => pressAllow(server, person, authorizeUrl)

async function assertReads(token: string | undefined): Promise<void> {
  assert.ok(token)
  assert.equal((await server.call('GET', '/api/v1/documents', { token })).status, 200)
}

test('openid-client signs in, refreshes, asks for the person, revokes, and signs out', async () => {
  const app = await application('server')
  const config = await openid.discovery(
    new URL(server.url),
    app.client_id,
    app.client_secret,
    openid.ClientSecretBasic(app.client_secret),
    { execute: [openid.allowInsecureRequests] },
  )
  const pkceCodeVerifier = openid.randomPKCECodeVerifier()
  const [expectedState, expectedNonce] = [openid.randomState(), openid.randomNonce()]
  const url = openid.buildAuthorizationUrl(config, {
    redirect_uri: home,
    scope,
    code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    state: expectedState,
    nonce: expectedNonce,
  })
  const checks = { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true }
  const tokens = await openid.authorizationCodeGrant(config, await allowed(url), checks)
  await assertReads(tokens.access_token)
  const claims = tokens.claims()
  assert.equal(claims?.preferred_username, person.username)
  const info = await openid.fetchUserInfo(config, tokens.access_token, claims?.sub ?? '')
  assert.equal(info.email, person.email)
  const refreshed = await openid.refreshTokenGrant(config, tokens.refresh_token ?? '')
  await assertReads(refreshed.access_token)
  const end = openid.buildEndSessionUrl(config, { id_token_hint: tokens.id_token ?? '' })
  assert.equal(end.pathname, '/oauth/logout')
  await openid.tokenRevocation(config, refreshed.refresh_token ?? '')
  const { status } = await server.call('GET', '/api/v1/documents', { token: refreshed.access_token })
  assert.equal(status, 401)
})

test('openid-client signs in by a device code', async () => {
  const app = await application('native')
  const config = await openid.discovery(new URL(server.url), app.client_id, undefined, openid.None(), {
    execute: [openid.allowInsecureRequests],
  })
  const device = await openid.initiateDeviceAuthorization(config, { scope })
  await pressDevice(server, person, device.user_code)
  const tokens = await openid.pollDeviceAuthorizationGrant(config, { ...device, interval: 0 })
  await assertReads(tokens.access_token)
})

test('oauth4webapi signs in a program without a secret', async () => {
  const app = await application('browser')
  const insecure = { [oauth.allowInsecureRequests]: true }
  const issuer = new URL(server.url)
  const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, insecure))
  const client: oauth.Client = { client_id: app.client_id }
  const verifier = oauth.generateRandomCodeVerifier()
  const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()]
  const url = new URL(as.authorization_endpoint ?? '')
  url.search = new URLSearchParams({
    client_id: app.client_id,
    redirect_uri: home,
    response_type: 'code',
    scope,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
  }).toString()
  const parameters = oauth.validateAuthResponse(as, client, await allowed(url), state)
  const answer = await oauth.authorizationCodeGrantRequest(
    as,
    client,
    oauth.None(),
    parameters,
    home,
    verifier,
    insecure,
  )
  const tokens = await oauth.processAuthorizationCodeResponse(as, client, answer, {
    expectedNonce: nonce,
    requireIdToken: true,
  })
  await oauth.validateApplicationLevelSignature(as, answer, insecure)
  await assertReads(tokens.access_token)
})

test('oidc-client-ts signs in a page', async () => {
  const { InMemoryWebStorage, OidcClient, WebStorageStateStore } = await untyped('oidc-client-ts')
  const app = await application('browser')
  const client = new OidcClient({
    authority: server.url,
    client_id: app.client_id,
    redirect_uri: home,
    scope,
    loadUserInfo: true,
    stateStore: new WebStorageStateStore({ store: new InMemoryWebStorage() }),
  })
  const request = await client.createSigninRequest({ nonce: 'a nonce' })
  const answer = await client.processSigninResponse((await allowed(request.url)).href)
  await assertReads(answer.access_token)
  assert.equal(answer.profile.preferred_username, person.username)
  assert.equal(answer.profile.email, person.email)
  const state = { ...answer, session_state: null, data: undefined }
  const refreshed = await client.useRefreshToken({ state, redirect_uri: home })
  await assertReads(refreshed.access_token)
})

test('@auth/core, which Next.js uses, signs in at a server', async () => {
  const { Auth, skipCSRFCheck } = await untyped('@auth/core')
  const own = 'http://127.0.0.1:4711/auth'
  const app = await application('server', `${own}/callback/comserv`)
  const config = {
    basePath: '/auth',
    secret: 'a secret of the application that signs its own cookies',
    trustHost: true,
    skipCSRFCheck,
    providers: [
      {
        id: 'comserv',
        name: 'Comserv',
        type: 'oidc',
        issuer: server.url,
        clientId: app.client_id,
        clientSecret: app.client_secret,
        authorization: { params: { scope } },
        checks: ['pkce', 'state', 'nonce'],
        profile: ({ sub, preferred_username, email }: Json) => ({ id: sub, name: preferred_username, email }),
      },
    ],
    callbacks: {
      session: ({ session, token }: Json) => ({ ...session, id: token.sub }),
    },
  }
  let cookies = new Map<string, string>()
  const browse = async (url: string, init: RequestInit = {}) => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const answer: Response = await Auth(new Request(url, { ...init, headers: { cookie } }), config)
    const set = answer.headers.getSetCookie().map((line: string) => {
      const [pair = ''] = line.split(';')
      const at = pair.indexOf('=')
      return [pair.slice(0, at), pair.slice(at + 1)] as const
    })
    cookies = new Map([...cookies, ...set].filter(([, value]) => value !== ''))
    return answer
  }
  const started = await browse(`${own}/signin/comserv`, { method: 'POST' })
  const back = await allowed(started.headers.get('location') ?? '')
  const done = await browse(back.href)
  assert.equal(done.status, 302)
  assert.doesNotMatch(done.headers.get('location') ?? '', /error/)
  const session = (await (await browse(`${own}/session`)).json()) as Json
  assert.equal(session.user.name, person.username)
  assert.equal(session.user.email, person.email)
})
