import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { type Json, startServer, type TestServer } from './harness.ts'
import { makePerson, type SignedInPerson, signedInAs, signIn } from './people.ts'

const server = await startServer()
const beside = await startServer({ beside: server })
const { secret: admin } = await server.credential('admin')
const api = (method: string, path: string, json?: object) =>
  server.call(method, `/api/v1${path}`, { key: admin, ...(json ? { json } : {}) })

const home = 'https://app.example.org/done'
const verifier = randomBytes(32).toString('base64url')
const challenge = createHash('sha256').update(verifier).digest('base64url')

async function application(more: object = {}): Promise<Json> {
  const { status, body, text } = await api('POST', '/applications', {
    name: 'Reading room',
    kind: 'browser',
    redirect_uris: [home],
    scopes: ['documents:read', 'users:read'],
    ...more,
  })
  assert.equal(status, 201, text)
  return body
}

const asked = (app: Json, more: Record<string, string> = {}) =>
  new URLSearchParams({
    response_type: 'code',
    client_id: app.client_id,
    redirect_uri: home,
    scope: 'openid profile email offline_access documents:read',
    state: 'a state',
    nonce: 'a nonce',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...more,
  }).toString()

/** A page as a browser opens it, without following redirects. */
const open = (path: string, person?: SignedInPerson, headers: Record<string, string> = {}) =>
  fetch(`${server.url}${path}`, {
    redirect: 'manual',
    headers: { ...(person ? { cookie: person.cookie } : {}), ...headers },
  })

function press(
  person: SignedInPerson,
  query: string,
  more: Record<string, string> = {},
  path = '/oauth/authorize',
) {
  return fetch(`${server.url}${path}`, {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie: person.cookie, 'sec-fetch-site': 'same-origin' },
    body: new URLSearchParams({ request: query, csrf_token: person.csrf, decision: 'allow', ...more }),
  })
}

const answerOf = (response: Response) => {
  assert.equal(response.status, 303)
  return Object.fromEntries(new URL(response.headers.get('location') ?? '').searchParams)
}

async function codeFor(
  person: SignedInPerson,
  app: Json,
  more: Record<string, string> = {},
): Promise<string> {
  const answer = answerOf(await press(person, asked(app, more)))
  assert.ok(answer.code, JSON.stringify(answer))
  return answer.code
}

async function token(
  fields: Record<string, string>,
  headers: Record<string, string> = {},
  at: TestServer = server,
) {
  const response = await fetch(`${at.url}/api/v1/oauth/token`, {
    method: 'POST',
    headers,
    body: new URLSearchParams(fields),
  })
  return { status: response.status, headers: response.headers, body: (await response.json()) as Json }
}

const exchange = (app: Json, code: string, more: Record<string, string> = {}) =>
  token({
    grant_type: 'authorization_code',
    client_id: app.client_id,
    redirect_uri: home,
    code,
    code_verifier: verifier,
    ...more,
  })

const refresh = (app: Json, refresh_token: string, more: Record<string, string> = {}) =>
  token({ grant_type: 'refresh_token', client_id: app.client_id, refresh_token, ...more })

async function tokensFor(
  person: SignedInPerson,
  app: Json,
  more: Record<string, string> = {},
): Promise<Json> {
  const { status, body } = await exchange(app, await codeFor(person, app, more))
  assert.equal(status, 200, JSON.stringify(body))
  return body
}

const reads = async (accessToken: string, at = server) =>
  (await at.call('GET', '/api/v1/documents', { token: accessToken })).status

test('a person allows an application once; it gets tokens, and who the person is', async () => {
  const app = await application()
  const person = await signedInAs(server, 'editor')
  const page = await open(`/oauth/authorize?${asked(app)}`, person)
  assert.equal(page.status, 200)
  const text = await page.text()
  assert.match(text, /Allow Reading room to act for you\?/)
  assert.match(text, /<li>Read documents<\/li>/)
  assert.match(page.headers.get('content-security-policy') ?? '', /frame-ancestors 'none'/)
  assert.equal(page.headers.get('x-frame-options'), 'DENY')

  const answer = answerOf(await press(person, asked(app)))
  assert.equal(answer.state, 'a state')
  assert.equal(answer.iss, server.context.config.publicUrl)
  const { status, body, headers } = await exchange(app, answer.code ?? '')
  assert.equal(status, 200, JSON.stringify(body))
  assert.equal(headers.get('cache-control'), 'no-store')
  assert.equal(body.scope, 'openid profile email offline_access documents:read')
  assert.equal(await reads(body.access_token), 200)
  assert.equal((await server.call('GET', '/api/v1/users', { token: body.access_token })).status, 403)

  const keys = createRemoteJWKSet(new URL(`${server.url}/.well-known/jwks.json`))
  const { payload, protectedHeader } = await jwtVerify(body.id_token, keys, {
    issuer: server.context.config.publicUrl,
    audience: app.client_id,
    currentDate: new Date(server.clock.now()),
  })
  assert.equal(protectedHeader.alg, 'RS256')
  assert.equal(payload.nonce, 'a nonce')
  assert.equal(payload.preferred_username, person.username)
  assert.equal(payload.email, person.email)
  assert.deepEqual(payload.roles, ['editor'])
  const { body: info } = await server.call('GET', '/api/v1/userinfo', { token: body.access_token })
  assert.deepEqual(info, {
    sub: payload.sub,
    preferred_username: person.username,
    roles: ['editor'],
    email: person.email,
  })

  // The second time nobody is asked.
  const again = answerOf(await open(`/oauth/authorize?${asked(app)}`, person))
  assert.ok(again.code)
  const silent = answerOf(await open(`/oauth/authorize?${asked(app, { prompt: 'none' })}`, person))
  assert.ok(silent.code)
  assert.equal((await open(`/oauth/authorize?${asked(app, { prompt: 'consent' })}`, person)).status, 200)
  // More than before is asked for again.
  const more = asked(app, { scope: 'openid users:read' })
  assert.equal((await open(`/oauth/authorize?${more}`, person)).status, 200)
})

test('a code works once: its second use ends the tokens of the first', async () => {
  const app = await application()
  const person = await signedInAs(server, 'editor')
  const code = await codeFor(person, app)
  const { body } = await exchange(app, code)
  assert.equal(await reads(body.access_token), 200)
  const second = await exchange(app, code)
  assert.deepEqual([second.status, second.body.error], [400, 'invalid_grant'])
  assert.equal(await reads(body.access_token), 401)
  assert.equal((await refresh(app, body.refresh_token)).body.error, 'invalid_grant')
  const { body: log } = await api('GET', '/audit-log?action=application.end_replayed')
  assert.equal(log.data[0].target.id, app.id)
})

test('a code lives for a minute, and belongs to one application, address and verifier', async () => {
  const app = await application()
  const other = await application()
  const person = await signedInAs(server, 'editor')
  const code = await codeFor(person, app)
  for (const more of [
    { client_id: other.client_id },
    { redirect_uri: `${home}/` },
    { code_verifier: randomBytes(32).toString('base64url') },
  ]) {
    const { status, body } = await exchange(app, code, more)
    assert.deepEqual([status, body.error], [400, 'invalid_grant'], JSON.stringify(more))
  }
  for (const code_verifier of ['', 'short'])
    assert.equal((await exchange(app, code, { code_verifier })).body.error, 'invalid_request')
  server.clock.advance(60_000)
  assert.equal((await exchange(app, code)).body.error, 'invalid_grant')
})

test('a request without a proper challenge is sent back with an error', async () => {
  const app = await application()
  const person = await signedInAs(server, 'editor')
  const cases: readonly [Record<string, string>, string][] = [
    [{ code_challenge: '' }, 'invalid_request'],
    [{ code_challenge_method: 'plain' }, 'invalid_request'],
    [{ code_challenge_method: '' }, 'invalid_request'],
    [{ code_challenge: 'short' }, 'invalid_request'],
    [{ response_type: 'token' }, 'unsupported_response_type'],
    [{ response_mode: 'fragment' }, 'invalid_request'],
    [{ scope: 'openid documents:write' }, 'invalid_scope'],
    [{ scope: 'openid everything' }, 'invalid_scope'],
    [{ prompt: 'none login' }, 'invalid_request'],
    [{ request_uri: 'https://app.example.org/r' }, 'request_uri_not_supported'],
  ]
  for (const [more, error] of cases) {
    const answer = answerOf(await open(`/oauth/authorize?${asked(app, more)}`, person))
    assert.deepEqual([answer.error, answer.state], [error, 'a state'], JSON.stringify(more))
    assert.equal(answer.iss, server.context.config.publicUrl)
  }
})

test('nobody is sent to an address that is not registered', async () => {
  const app = await application()
  const person = await signedInAs(server, 'editor')
  for (const redirect_uri of [
    `${home}/`,
    `${home}#fragment`,
    `${home}?more=1`,
    'https://APP.example.org/done',
    'https://app.example.org/Done',
    'https://app.example.org:443/done',
    'https://app.example.org/x/../done',
    'https://user@app.example.org/done',
    'https://app.example.org.evil.example/done',
    'http://app.example.org/done',
    '//app.example.org/done',
    'javascript:alert(1)//https://app.example.org/done',
  ]) {
    const response = await open(`/oauth/authorize?${asked(app, { redirect_uri })}`, person)
    assert.equal(response.status, 400, redirect_uri)
    assert.equal(response.headers.get('location'), null)
    const posted = await press(person, asked(app, { redirect_uri }))
    assert.equal(posted.status, 400)
  }
  const unknown = await open(
    `/oauth/authorize?${asked({ client_id: 'cs_app_00000000000000000000' })}`,
    person,
  )
  assert.equal(unknown.status, 400)
  const twice = await open(`/oauth/authorize?${asked(app)}&redirect_uri=https://evil.example/`, person)
  assert.equal(twice.status, 400)
})

test('a native application uses any port of the loopback address that it registered', async () => {
  const native = await application({
    kind: 'native',
    redirect_uris: ['http://127.0.0.1/done', 'http://[::1]:8000/done', 'com.example.app:/done'],
  })
  const person = await signedInAs(server, 'editor')
  const status = async (redirect_uri: string, app = native) =>
    (await open(`/oauth/authorize?${asked(app, { redirect_uri })}`, person)).status
  for (const uri of ['http://127.0.0.1:51004/done', 'http://[::1]:9/done', 'com.example.app:/done'])
    assert.equal(await status(uri), 200, uri)
  for (const uri of [
    'http://localhost:51004/done',
    'http://127.0.0.1:51004/Done',
    'http://127.0.0.1:51004/done/',
    'http://127.0.0.1:99999/done',
    'http://127.0.0.2:51004/done',
    'http://user@127.0.0.1:51004/done',
    'http://127.0.0.1:51004@evil.example/done',
    'com.example.app:/other',
    'com.example.application:/done',
  ])
    assert.equal(await status(uri), 400, uri)
  const page = await application({ redirect_uris: ['http://127.0.0.1:3000/done'] })
  assert.equal(await status('http://127.0.0.1:3001/done', page), 400)
  // Another program may wait at that address: a person presses the button each time.
  await codeFor(person, native, { redirect_uri: 'http://127.0.0.1:51004/done' })
  assert.equal(await status('http://127.0.0.1:51004/done'), 200)
})

test('addresses that would send people astray are not registered', async () => {
  const refused: readonly [string, string][] = [
    ['browser', 'http://app.example.org/done'],
    ['browser', 'https://app.example.org/done#x'],
    ['browser', 'https://user:pw@app.example.org/done'],
    ['browser', 'https://*.example.org/done'],
    ['browser', 'https:app.example.org/done'],
    ['browser', 'https://app.example.org\\@other.example/'],
    ['browser', 'https://app.example.org/done?code=1'],
    ['browser', 'com.example.app:/done'],
    ['native', 'myapp:/done'],
    ['native', 'javascript:alert(1)'],
    ['server', '/done'],
  ]
  for (const [kind, uri] of refused) {
    const { status } = await api('POST', '/applications', {
      name: 'x',
      kind,
      redirect_uris: [uri],
      scopes: [],
    })
    assert.equal(status, 400, uri)
  }
  const { status } = await api('POST', '/applications', {
    ...{ name: 'x', kind: 'browser', redirect_uris: [home], scopes: [] },
    origins: ['https://app.example.org/'],
  })
  assert.equal(status, 400)
})

test('a spent refresh token gives the same successor for ten seconds, unless that is used; later the sign-in ends', async () => {
  const app = await application()
  const person = await signedInAs(server, 'editor')
  const assertEnded = async (shown: string, { refresh_token, access_token }: Json) => {
    const replayed = await refresh(app, shown)
    assert.deepEqual([replayed.status, replayed.body.error], [400, 'invalid_grant'])
    assert.equal((await refresh(app, refresh_token)).body.error, 'invalid_grant')
    assert.equal(await reads(access_token), 401)
    const { body: log } = await api('GET', '/audit-log?action=application.end_replayed')
    assert.deepEqual([log.data[0].target.id, log.data[0].after.replayed], [app.id, 'refresh_token'])
  }

  const first = await tokensFor(person, app)
  const second = (await refresh(app, first.refresh_token)).body
  assert.notEqual(second.refresh_token, first.refresh_token)
  server.clock.advance(9_000)
  assert.equal((await refresh(app, first.refresh_token)).body.refresh_token, second.refresh_token)
  const third = (await refresh(app, second.refresh_token)).body
  await assertEnded(first.refresh_token, third)

  const other = await tokensFor(person, app)
  const late = (await refresh(app, other.refresh_token)).body
  server.clock.advance(10_000)
  await assertEnded(other.refresh_token, late)
})

test('a refresh token belongs to its application, and may only be narrowed', async () => {
  const [app, other] = [await application(), await application()]
  const person = await signedInAs(server, 'editor')
  const { refresh_token } = await tokensFor(person, app)
  assert.equal((await refresh(other, refresh_token)).body.error, 'invalid_grant')
  assert.equal((await refresh(app, refresh_token, { scope: 'users:read' })).body.error, 'invalid_scope')
  const { body } = await refresh(app, refresh_token, { scope: 'openid' })
  assert.equal(body.scope, 'openid')
  assert.equal(await reads(body.access_token), 403)
})

test('a refresh token ends after 30 days without use, and after 90 at all', async () => {
  const app = await application()
  const person = await makePerson(server, 'editor')
  const day = 86_400_000
  const idle = await tokensFor(await signIn(server, person), app)
  server.clock.advance(30 * day)
  assert.equal((await refresh(app, idle.refresh_token)).body.error, 'invalid_grant')
  let used = await tokensFor(await signIn(server, person), app)
  for (const days of [29, 29, 29]) {
    server.clock.advance(days * day)
    used = (await refresh(app, used.refresh_token)).body
    assert.ok(used.refresh_token)
  }
  server.clock.advance(3 * day + 60_000)
  assert.equal((await refresh(app, used.refresh_token)).body.error, 'invalid_grant')
  await server.runTask('forget sign-ins to applications that have ended')
  const rows = await server.context.database.read
    .selectFrom('application_sign_ins')
    .select('id')
    .where('user_id', '=', person.id)
    .execute()
  assert.deepEqual(rows, [])
})

test('without offline_access there is no refresh token', async () => {
  const tokens = await tokensFor(await signedInAs(server, 'editor'), await application(), {
    scope: 'documents:read',
  })
  assert.equal(tokens.refresh_token, undefined)
  assert.equal(tokens.id_token, undefined)
  assert.equal(await reads(tokens.access_token), 200)
  assert.equal((await server.call('GET', '/api/v1/userinfo', { token: tokens.access_token })).status, 403)
})

test('who was suspended, demoted or deleted is refused at the next request in every process', async () => {
  const app = await application({ scopes: ['users:read', 'documents:read', 'documents:write'] })
  const scope = 'openid offline_access users:read documents:read documents:write'
  const people = async (token: string, at = server) =>
    (await at.call('GET', '/api/v1/users', { token })).status

  const suspended = await signedInAs(server, 'editor')
  const tokens = await tokensFor(suspended, app, { scope })
  assert.deepEqual([await people(tokens.access_token), await people(tokens.access_token, beside)], [200, 200])
  await api('PATCH', `/users/${suspended.id}`, { status: 'suspended' })
  assert.deepEqual([await people(tokens.access_token), await people(tokens.access_token, beside)], [401, 401])
  await api('PATCH', `/users/${suspended.id}`, { status: 'active' })
  assert.equal((await refresh(app, tokens.refresh_token)).body.error, 'invalid_grant')

  const demoted = await signedInAs(server, 'editor')
  const demotedTokens = await tokensFor(demoted, app, { scope })
  await api('PATCH', `/users/${demoted.id}`, { role: 'normal' })
  assert.deepEqual(
    [await people(demotedTokens.access_token), await people(demotedTokens.access_token, beside)],
    [403, 403],
  )
  const { body } = await refresh(app, demotedTokens.refresh_token)
  assert.equal(body.scope, 'openid offline_access documents:read')

  const deleted = await signedInAs(server, 'editor')
  const deletedTokens = await tokensFor(deleted, app, { scope })
  await api('DELETE', `/users/${deleted.id}`)
  assert.deepEqual(
    [await people(deletedTokens.access_token), await people(deletedTokens.access_token, beside)],
    [401, 401],
  )
})

test('what an administrator takes from an application, its tokens lose at once', async () => {
  const app = await application({ scopes: ['documents:read', 'users:read'] })
  const person = await signedInAs(server, 'editor')
  const { access_token } = await tokensFor(person, app)
  await api('PATCH', `/applications/${app.id}`, { scopes: ['users:read'] })
  assert.deepEqual([await reads(access_token), await reads(access_token, beside)], [403, 403])
  await api('PATCH', `/applications/${app.id}`, { scopes: ['documents:read'], roles: ['developer'] })
  assert.equal(await reads(access_token), 401)
  const answer = answerOf(await open(`/oauth/authorize?${asked(app)}`, person))
  assert.equal(answer.error, 'access_denied')
  await api('PATCH', `/applications/${app.id}`, { roles: null })
  assert.equal(await reads(access_token), 200)
  await api('DELETE', `/applications/${app.id}`)
  assert.deepEqual([await reads(access_token), await reads(access_token, beside)], [401, 401])
})

test('a person lists the applications that act for them, and ends one', async () => {
  const app = await application()
  const person = await signedInAs(server, 'editor')
  const tokens = await tokensFor(person, app)
  const { body } = await person.call('GET', '/api/v1/me/applications')
  assert.deepEqual(
    body.data.map(({ id, name, scopes }: Json) => ({ id, name, scopes })),
    [
      {
        id: app.id,
        name: app.name,
        scopes: ['openid', 'profile', 'email', 'offline_access', 'documents:read'],
      },
    ],
  )
  assert.notEqual(body.data[0].last_used_at, null)
  const other = await signedInAs(server, 'editor')
  assert.equal((await other.call('DELETE', `/api/v1/me/applications/${app.id}`)).status, 404)
  assert.equal((await person.call('DELETE', `/api/v1/me/applications/${app.id}`)).status, 204)
  assert.deepEqual([await reads(tokens.access_token), await reads(tokens.access_token, beside)], [401, 401])
  assert.equal((await open(`/oauth/authorize?${asked(app)}`, person)).status, 200)
  // The token of an application is not the person.
  const fresh = await tokensFor(person, app)
  assert.equal(
    (await server.call('GET', '/api/v1/me/applications', { token: fresh.access_token })).status,
    403,
  )
})

test('a form that another site sends, or that belongs to another session, allows nothing', async () => {
  const app = await application()
  const person = await signedInAs(server, 'editor')
  const stranger = await signedInAs(server, 'editor')
  const post = (headers: Record<string, string>, csrf: string) =>
    fetch(`${server.url}/oauth/authorize`, {
      method: 'POST',
      redirect: 'manual',
      headers: { cookie: person.cookie, ...headers },
      body: new URLSearchParams({ request: asked(app), csrf_token: csrf, decision: 'allow' }),
    })
  assert.equal((await post({ 'sec-fetch-site': 'cross-site' }, person.csrf)).status, 403)
  assert.equal((await post({ origin: 'https://evil.example' }, person.csrf)).status, 403)
  assert.equal((await post({}, stranger.csrf)).status, 403)
  assert.equal((await post({}, '')).status, 403)
  const denied = answerOf(await press(person, asked(app), { decision: 'deny' }))
  assert.equal(denied.error, 'access_denied')
})

test('who is not signed in goes to the sign-in of the console, and comes back', async () => {
  const app = await application()
  const response = await open(`/oauth/authorize?${asked(app)}`)
  assert.equal(response.status, 303)
  assert.equal(
    response.headers.get('location'),
    `/sign-in?next=${encodeURIComponent(`/oauth/authorize?${asked(app)}`)}`,
  )
  assert.equal(
    answerOf(await open(`/oauth/authorize?${asked(app, { prompt: 'none' })}`)).error,
    'login_required',
  )
  // Browsers keep the cookie back where another site began: the page loads itself once more.
  const elsewhere = await open(`/oauth/authorize?${asked(app)}`, undefined, {
    'sec-fetch-site': 'cross-site',
  })
  assert.equal(elsewhere.status, 200)
  assert.match(await elsewhere.text(), /http-equiv="refresh"/)
})

test('an application may ask for the password again', async () => {
  const app = await application({ trusted: true })
  const account = await makePerson(server, 'editor')
  const person = await signIn(server, account)
  server.clock.advance(120_000)
  assert.ok(answerOf(await open(`/oauth/authorize?${asked(app)}`, person)).code)
  const late = `/oauth/authorize?${asked(app, { max_age: '60', prompt: 'none' })}`
  assert.equal(answerOf(await open(late, person)).error, 'login_required')
  const page = await open(`/oauth/authorize?${asked(app, { max_age: '60' })}`, person)
  assert.match(await page.text(), /Sign in again/)
  const query = asked(app, { prompt: 'login' })
  assert.equal((await open(`/oauth/authorize?${query}`, person)).status, 200)
  const again = await press(person, query, { decision: 'sign-in-again' })
  assert.match(again.headers.get('location') ?? '', /^\/sign-in\?next=/)
  assert.equal((await person.call('GET', '/api/v1/session')).status, 401)
  const next = new URL(again.headers.get('location') ?? '', server.url).searchParams.get('next') ?? ''
  assert.ok(answerOf(await open(next, await signIn(server, account))).code)
})

test('an answer by form posts itself to the registered address and nowhere else', async () => {
  const app = await application({ trusted: true })
  const response = await open(
    `/oauth/authorize?${asked(app, { response_mode: 'form_post', state: '"><script>' })}`,
    await signedInAs(server, 'editor'),
  )
  assert.equal(response.status, 200)
  const text = await response.text()
  assert.match(text, /<form method="post" action="https:&#47;&#47;|<form method="post" action="https:\/\/app/)
  assert.ok(!text.includes('"><script>'))
  assert.match(
    response.headers.get('content-security-policy') ?? '',
    /form-action 'self' https:\/\/app\.example\.org;/,
  )
})

test('a server shows its secret, which can be replaced', async () => {
  const app = await application({ kind: 'server', id_token_alg: 'ES256' })
  const person = await signedInAs(server, 'editor')
  const code = await codeFor(person, app)
  assert.equal((await exchange(app, code)).body.error, 'invalid_client')
  assert.equal((await exchange(app, code, { client_secret: 'wrong' })).status, 401)
  const { body, status } = await exchange(app, code, { client_secret: app.client_secret })
  assert.equal(status, 200)
  assert.equal(JSON.parse(Buffer.from(body.id_token.split('.')[0], 'base64url').toString()).alg, 'ES256')
  const { body: rotated } = await api('POST', `/applications/${app.id}/rotate-secret`)
  const basic = (secret: string) => ({
    authorization: `Basic ${Buffer.from(`${app.client_id}:${secret}`).toString('base64')}`,
  })
  const by = (secret: string) =>
    token({ grant_type: 'refresh_token', refresh_token: body.refresh_token }, basic(secret))
  assert.equal((await by(app.client_secret)).status, 401)
  assert.equal((await by(rotated.client_secret)).status, 200)
  const page = await application()
  assert.equal((await api('POST', `/applications/${page.id}/rotate-secret`)).status, 409)
})

test('revoking a token of an application ends its sign-in; another application cannot', async () => {
  const [app, other] = [await application(), await application()]
  const person = await signedInAs(server, 'editor')
  const revoke = (client_id: string, token: string) =>
    fetch(`${server.url}/api/v1/oauth/revoke`, {
      method: 'POST',
      body: new URLSearchParams({ client_id, token }),
    })
  const tokens = await tokensFor(person, app)
  assert.equal((await revoke(other.client_id, tokens.refresh_token)).status, 200)
  assert.equal(await reads(tokens.access_token), 200)
  assert.equal((await revoke(app.client_id, tokens.refresh_token)).status, 200)
  assert.equal(await reads(tokens.access_token), 401)
  const more = await tokensFor(person, app)
  await revoke(app.client_id, more.access_token)
  assert.equal((await refresh(app, more.refresh_token)).body.error, 'invalid_grant')
})

test('an application hands out no access for a person', async () => {
  const app = await application({ scopes: ['credentials:write', 'credentials:read'] })
  const developer = await signedInAs(server, 'developer')
  const tokens = await tokensFor(developer, app, { scope: 'credentials:write' })
  const { status, body } = await server.call('POST', '/api/v1/credentials', {
    token: tokens.access_token,
    json: { name: 'Stays', scopes: ['documents:read'] },
  })
  assert.equal(status, 403)
  assert.match(body.error.details, /hands out access/)
})

test('the audit log names the person and the application', async () => {
  const app = await application({ name: 'Editor', scopes: ['documents:write', 'documents:read'] })
  const person = await signedInAs(server, 'editor')
  const { access_token } = await tokensFor(person, app, { scope: 'documents:write documents:read' })
  const json = { title: 'By a program', category: 'reports' }
  const { body: made } = await server.call('POST', '/api/v1/documents', { token: access_token, json })
  const { body } = await api('GET', `/audit-log?target_type=document&target_id=${made.id}`)
  assert.deepEqual(body.data[0].actor.name, `${person.username} (by Editor)`)
  assert.deepEqual([body.data[0].actor.type, body.data[0].actor.id], ['user', person.id])
})

test('the origins of an application may use its tokens, and no others', async () => {
  const origin = 'https://app.example.org'
  const app = await application({ origins: [origin] })
  const other = await application({ origins: ['https://other.example.org'] })
  const person = await signedInAs(server, 'editor')
  const [{ access_token }, others] = [await tokensFor(person, app), await tokensFor(person, other)]
  const allowed = async (headers: Record<string, string>, from = origin) =>
    (await server.call('GET', '/api/v1/documents', { headers: { origin: from, ...headers } })).headers.get(
      'access-control-allow-origin',
    )
  assert.equal(await allowed({ authorization: `Bearer ${access_token}` }), origin)
  assert.equal(await allowed({ authorization: `Bearer ${others.access_token}` }), null)
  assert.equal(await allowed({ 'x-api-key': admin }), null)
  assert.equal(await allowed({ authorization: `Bearer ${access_token}` }, 'https://evil.example'), null)
  const preflight = await fetch(`${server.url}/api/v1/documents`, {
    method: 'OPTIONS',
    headers: { origin, 'access-control-request-method': 'GET' },
  })
  assert.deepEqual([preflight.status, preflight.headers.get('access-control-allow-origin')], [204, origin])
  const code = await codeFor(person, other)
  const stolen = await token(
    {
      ...{ grant_type: 'authorization_code', client_id: other.client_id, redirect_uri: home },
      ...{ code, code_verifier: verifier },
    },
    { origin },
  )
  assert.equal(stolen.body.error, 'invalid_client')
})

test('signing out asks, and goes back only to a registered address', async () => {
  const back = 'https://app.example.org/bye'
  const app = await application({ post_logout_redirect_uris: [back] })
  const person = await signedInAs(server, 'editor')
  const { id_token } = await tokensFor(person, app)
  const query = new URLSearchParams({
    id_token_hint: id_token,
    post_logout_redirect_uri: back,
    state: 's',
  }).toString()
  const page = await open(`/oauth/logout?${query}`, person)
  assert.equal(page.status, 200)
  assert.equal((await person.call('GET', '/api/v1/session')).status, 200)
  const gone = await press(person, query, { decision: 'sign-out' }, '/oauth/logout')
  assert.equal(gone.headers.get('location'), `${back}?state=s`)
  assert.equal((await person.call('GET', '/api/v1/session')).status, 401)
  const strange = new URLSearchParams({ client_id: app.client_id, post_logout_redirect_uri: `${back}/` })
  assert.equal((await open(`/oauth/logout?${strange}`)).status, 200)
})
