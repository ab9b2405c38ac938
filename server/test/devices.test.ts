import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Json, startServer } from './harness.ts'
import { type SignedInPerson, signedInAs } from './people.ts'

const server = await startServer()
const { secret: admin } = await server.credential('admin')
const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code'

async function application(more: object = {}): Promise<Json> {
  const json = {
    name: 'Archive tool',
    kind: 'native',
    redirect_uris: [],
    scopes: ['documents:read'],
    ...more,
  }
  const { status, body, text } = await server.call('POST', '/api/v1/applications', { key: admin, json })
  assert.equal(status, 201, text)
  return body
}

async function post(
  path: string,
  fields: Record<string, string>,
  headers: Record<string, string> = {},
  at = server.url,
): Promise<{ status: number; body: Json }> {
  const response = await fetch(`${at}/api/v1/oauth/${path}`, {
    method: 'POST',
    headers,
    body: new URLSearchParams(fields),
  })
  return { status: response.status, body: await response.json() }
}

const begin = async (app: Json, scope = 'openid profile offline_access documents:read'): Promise<Json> => {
  const { status, body } = await post('device_authorization', { client_id: app.client_id, scope })
  assert.equal(status, 200, JSON.stringify(body))
  return body
}

const poll = (app: Json, { device_code }: Json) =>
  post('token', { grant_type: deviceGrant, client_id: app.client_id, device_code })

const open = (path: string, person?: SignedInPerson, headers: Record<string, string> = {}) =>
  fetch(`${server.url}${path}`, {
    redirect: 'manual',
    headers: { ...(person ? { cookie: person.cookie } : {}), ...headers },
  })

const press = (person: SignedInPerson, user_code: string, more: Record<string, string> = {}) =>
  fetch(`${server.url}/device`, {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie: person.cookie, 'sec-fetch-site': 'same-origin' },
    body: new URLSearchParams({ user_code, csrf_token: person.csrf, decision: 'allow', ...more }),
  })

const later = (seconds: number) => server.clock.advance(seconds * 1_000)

test('a person types the code of a device, checks what it may do, and the device gets tokens', async () => {
  const app = await application()
  const person = await signedInAs(server, 'editor')
  const device = await begin(app)
  assert.match(device.user_code, /^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/)
  assert.equal(device.verification_uri, `${server.context.config.publicUrl}/device`)
  assert.equal(device.verification_uri_complete, `${device.verification_uri}?user_code=${device.user_code}`)
  assert.deepEqual([device.expires_in, device.interval], [600, 5])
  assert.deepEqual((await poll(app, device)).body.error, 'authorization_pending')

  const form = await open('/device', person)
  assert.match(await form.text(), /<input name="user_code"/)
  const page = await open(`/device?user_code=${device.user_code.toLowerCase().replace('-', '+')}`, person)
  assert.equal(page.status, 200)
  const text = await page.text()
  assert.match(text, /Allow Archive tool to act for you\?/)
  assert.match(text, /<li>Read documents<\/li>/)
  assert.ok(text.includes(device.user_code))
  assert.match(page.headers.get('content-security-policy') ?? '', /frame-ancestors 'none'/)
  // To have seen the page is not to have allowed it.
  later(5)
  assert.equal((await poll(app, device)).body.error, 'authorization_pending')

  const pressed = await press(person, device.user_code)
  assert.equal(pressed.status, 200)
  assert.match(await pressed.text(), /Archive tool is signed in/)
  later(5)
  const { status, body } = await poll(app, device)
  assert.equal(status, 200, JSON.stringify(body))
  assert.equal(body.scope, 'openid profile offline_access documents:read')
  assert.ok(body.id_token)
  assert.equal((await server.call('GET', '/api/v1/documents', { token: body.access_token })).status, 200)
  const refreshed = await post('token', {
    grant_type: 'refresh_token',
    client_id: app.client_id,
    refresh_token: body.refresh_token,
  })
  assert.equal(refreshed.status, 200)
  // The code was used.
  assert.equal((await poll(app, device)).body.error, 'invalid_grant')
  assert.match(await (await press(person, device.user_code)).text(), /No device shows this code now/)
  // What they allowed stands among their applications, and ends there.
  const mine = await person.call('GET', '/api/v1/me/applications')
  assert.deepEqual(
    mine.body.data.map(({ id }: Json) => id),
    [app.id],
  )
  await person.call('DELETE', `/api/v1/me/applications/${app.id}`)
  assert.equal((await server.call('GET', '/api/v1/documents', { token: body.access_token })).status, 401)
})

test('a person refuses, and the device hears it once', async () => {
  const app = await application()
  const person = await signedInAs(server, 'editor')
  const device = await begin(app)
  assert.match(
    await (await press(person, device.user_code, { decision: 'deny' })).text(),
    /Nothing was allowed/,
  )
  assert.equal((await poll(app, device)).body.error, 'access_denied')
  assert.equal((await poll(app, device)).body.error, 'invalid_grant')
})

test('a code ends after ten minutes, for the person and for the device', async () => {
  const app = await application()
  const person = await signedInAs(server, 'editor')
  const device = await begin(app)
  later(600)
  assert.match(await (await press(person, device.user_code)).text(), /No device shows this code now/)
  assert.equal((await poll(app, device)).body.error, 'expired_token')
})

test('a device that asks too often waits longer each time', async () => {
  const app = await application()
  const device = await begin(app)
  const errors: string[] = []
  for (const seconds of [0, 1, 5, 15, 14, 20]) {
    later(seconds)
    errors.push((await poll(app, device)).body.error)
  }
  assert.deepEqual(errors, [
    'authorization_pending',
    'slow_down', // after 1 of 5 seconds
    'slow_down', // after 5 of 10
    'authorization_pending', // after 15 of 15
    'authorization_pending', // a second early is no haste
    'authorization_pending',
  ])
})

test('polling counts as no failure: many devices of one program wait at once', async () => {
  const bounded = await startServer({
    env: { COMSERV_TRUST_PROXY: '127.0.0.1', COMSERV_RATE_LIMIT_ANONYMOUS: '10' },
  })
  const { secret: key } = await bounded.credential('admin')
  const json = { name: 'Archive tool', kind: 'native', redirect_uris: [], scopes: ['documents:read'] }
  const { body: app } = await bounded.call('POST', '/api/v1/applications', { key, json })
  const { body: device } = await post('device_authorization', { client_id: app.client_id }, {}, bounded.url)
  // From several addresses, as devices are.
  for (let i = 0; i < 20; i++) {
    const { status } = await post(
      'token',
      { grant_type: deviceGrant, client_id: app.client_id, device_code: device.device_code },
      { 'x-forwarded-for': `10.1.0.${i}` },
      bounded.url,
    )
    assert.equal(status, 400, `poll ${i}`)
  }
})

test('a code belongs to one application, and codes to native ones', async () => {
  const app = await application()
  const other = await application({ name: 'Another tool' })
  const person = await signedInAs(server, 'editor')
  const device = await begin(app)
  await press(person, device.user_code)
  assert.equal((await poll(other, device)).body.error, 'invalid_grant')
  assert.equal((await poll(app, { device_code: 'guessed' })).body.error, 'invalid_grant')
  assert.equal((await poll(app, device)).status, 200)
  const page = await application({ kind: 'browser', redirect_uris: ['https://app.example.org/'] })
  const refused = await post('device_authorization', { client_id: page.client_id })
  assert.deepEqual([refused.status, refused.body.error], [400, 'unauthorized_client'])
  const beyond = await post('device_authorization', { client_id: app.client_id, scope: 'users:read' })
  assert.equal(beyond.body.error, 'invalid_scope')
  const unknown = await post('device_authorization', { client_id: 'cs_app_00000000000000000000' })
  assert.equal(unknown.body.error, 'invalid_client')
  const { status, body } = await server.call('POST', '/api/v1/applications', {
    key: admin,
    json: { name: 'A page', kind: 'browser', redirect_uris: [], scopes: [] },
  })
  assert.equal(status, 400)
  assert.match(body.error.details, /at least one address/)
})

test('only the person of the session, on a page of this server, allows a device', async () => {
  const app = await application()
  const person = await signedInAs(server, 'editor')
  const device = await begin(app)
  const path = `/device?user_code=${device.user_code}`
  const signIn = await open(path)
  assert.equal(signIn.headers.get('location'), `/sign-in?next=${encodeURIComponent(path)}`)
  // A link in a mail: the cookie of the session arrives with the second request.
  assert.match(
    await (await open(path, undefined, { 'sec-fetch-site': 'cross-site' })).text(),
    /http-equiv="refresh"/,
  )
  assert.equal((await press(person, device.user_code, { csrf_token: 'forged' })).status, 403)
  const posted = await fetch(`${server.url}/device`, {
    method: 'POST',
    headers: { cookie: person.cookie, 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
    body: new URLSearchParams({ user_code: device.user_code, csrf_token: person.csrf, decision: 'allow' }),
  })
  assert.equal(posted.status, 403)
  assert.equal((await poll(app, device)).body.error, 'authorization_pending')
})

test('a role that may not use the application is told so, and nothing is allowed', async () => {
  const app = await application({ roles: ['editor'] })
  const person = await signedInAs(server, 'normal')
  const device = await begin(app)
  assert.equal((await open(`/device?user_code=${device.user_code}`, person)).status, 403)
  const pressed = await press(person, device.user_code)
  assert.equal(pressed.status, 403)
  assert.match(await pressed.text(), /You may not use Archive tool/)
  assert.equal((await poll(app, device)).body.error, 'authorization_pending')
})

test('who is suspended between the button and the next poll is not signed in', async () => {
  const app = await application()
  const person = await signedInAs(server, 'editor')
  const device = await begin(app)
  await press(person, device.user_code)
  const json = { status: 'suspended' }
  assert.equal((await server.call('PATCH', `/api/v1/users/${person.id}`, { key: admin, json })).status, 200)
  assert.equal((await poll(app, device)).body.error, 'invalid_grant')
})

test('who guesses codes is stopped after twenty in a minute', async () => {
  const person = await signedInAs(server, 'editor')
  const statuses: number[] = []
  for (let i = 0; i < 21; i++) statuses.push((await open('/device?user_code=BCDF-GHJK', person)).status)
  assert.deepEqual(statuses.slice(0, 20), Array(20).fill(200))
  assert.equal(statuses[20], 429)
})

test('requests that nobody allowed are forgotten', async () => {
  const app = await application()
  await begin(app)
  later(700)
  await server.context.database.write(async ({ db }) => {
    const { deleteEndedRequests } = await import('../src/applications/device-store.ts')
    await deleteEndedRequests(db, new Date(server.clock.now()).toISOString(), 1_000)
  })
  const rows = await server.context.database.read.selectFrom('device_requests').select('id').execute()
  assert.deepEqual(rows, [])
})
