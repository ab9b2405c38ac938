import assert from 'node:assert/strict'
import { test } from 'node:test'
import { operator } from '../src/cli/actor.ts'
import { revokeCredential } from '../src/credentials/revocation.ts'
import { catalog } from '../src/resources.ts'
import { type Json, startServer } from './harness.ts'
import { auditTrail } from './left-behind.ts'
import { makePerson, signedInAs, signIn } from './people.ts'

/** What changes no record and is in the audit log all the same. */

const server = await startServer()
const { secret: key, id: keyId } = await server.credential('admin', { name: 'Administration' })
const trail = auditTrail(server)
const seenActions = new Set<string>()

/** The rows that `act` leads to, once they are written. */
async function rowsOf(act: () => Promise<unknown>): Promise<Json[]> {
  await server.runTask('write down refusals')
  await trail()
  await act()
  await server.runTask('write down refusals')
  const rows = await trail()
  for (const { action } of rows) seenActions.add(action)
  return rows
}

const signInWith = (username: string, password: string) =>
  server.call('POST', '/api/v1/session', { json: { username, password } })

function tokenWith(clientId: string, secret: string, scope?: string) {
  return server.call('POST', '/api/v1/oauth/token', {
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: secret,
      ...(scope ? { scope } : {}),
    }).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  })
}

test('a failed sign-in is recorded with the user and the address', async () => {
  const person = await makePerson(server, 'normal')
  const rows = await rowsOf(() => signInWith(person.email, 'a wrong guess'))
  assert.partialDeepStrictEqual(rows, [
    {
      actor: 'anonymous anonymous',
      action: 'user.refuse_sign_in',
      targetId: person.id,
      ip: '127.0.0.1',
      after: { username: person.username, reason: 'The username or the password is wrong.', count: 1 },
    },
  ])
  assert.equal(rows.length, 1)
})

test('a wrong current password, and a link that is not valid, are recorded', async () => {
  const person = await signedInAs(server, 'normal')
  const wrong = { password: 'a wrong guess' }
  const rows = await rowsOf(() => person.call('POST', '/api/v1/session/confirm', { json: wrong }))
  const actor = `user ${person.username}`
  assert.partialDeepStrictEqual(rows, [{ actor, action: 'user.refuse_password', targetId: person.id }])
  const code = await rowsOf(() =>
    person.call('POST', '/api/v1/session/confirm', { json: { code: '000000' } }),
  )
  assert.partialDeepStrictEqual(code, [{ actor, action: 'user.refuse_code', targetId: person.id }])
  assert.equal(JSON.stringify(code).includes('000000'), false)
  const json = { token: 'guessed', password: 'a new passphrase' }
  const others = await rowsOf(() => server.call('POST', '/api/v1/password-reset', { json }))
  assert.partialDeepStrictEqual(others, [{ actor: 'anonymous anonymous', action: 'user.refuse_reset' }])
  assert.equal(JSON.stringify([rows, others]).includes('guess'), false)
})

test('a password typed as the name is not recorded, nor any other name that nobody has', async () => {
  const rows = await rowsOf(() => signInWith('my secret passphrase', 'x'))
  assert.partialDeepStrictEqual(rows, [{ action: 'user.refuse_sign_in', targetId: null }])
  assert.ok(!JSON.stringify(rows).includes('passphrase'))
})

test('sign-ins beyond the limit are recorded: the first of an address or a user, and their number a minute', async () => {
  const strict = await startServer({
    env: { COMSERV_RATE_LIMIT_SIGN_IN: '3', COMSERV_TRUST_PROXY: '127.0.0.1' },
  })
  const person = await makePerson(strict, 'normal')
  const trail = auditTrail(strict)
  let addresses = 0
  const attempts = async (username: string, times: number, from?: string) => {
    for (let i = 0; i < times; i++)
      await strict.call('POST', '/api/v1/session', {
        json: { username, password: 'a wrong guess' },
        headers: { 'x-forwarded-for': from ?? `203.0.113.${++addresses}` },
      })
    await strict.runTask('write down refusals')
    return (await trail())
      .filter(({ after }) => after?.reason?.startsWith('Too many'))
      .map(({ action, targetId, ip, after }) => [action, targetId, ip, after.reason, after.count])
  }
  const ofAddress = 'Too many attempts from this address in a minute.'
  assert.deepEqual(await attempts('nobody', 9, '198.51.100.7'), [
    ['user.refuse_sign_in', null, '198.51.100.7', ofAddress, 1],
  ])
  assert.deepEqual(await attempts(person.username, 4), [
    ['user.refuse_sign_in', person.id, '203.0.113.4', 'Too many attempts for this name in a minute.', 1],
  ])
  strict.clock.advance(61_000)
  await strict.runTask('write down refusals')
  const counted = (await trail()).filter(({ after }) => after?.reason?.startsWith('Too many'))
  assert.deepEqual(
    counted.map(({ ip, after }) => [ip, after.reason, after.count]),
    [['198.51.100.7', ofAddress, 5]],
  )
  const session = await signIn(strict, person, undefined, { 'x-forwarded-for': '192.0.2.1' })
  for (let i = 0; i < 9; i++)
    await session.call('POST', '/api/v1/session/confirm', { json: { password: 'a wrong guess' } })
  await strict.runTask('write down refusals')
  const beyond = (await trail()).filter(({ action }) => action === 'request.refuse')
  assert.deepEqual(
    beyond.map(({ actor, after }) => [actor, after]),
    [[`user ${person.username}`, { method: 'POST', path: '/api/v1/session/confirm', status: 429, count: 1 }]],
  )
  await strict.stop()
})

test('a suspended user who knows the password is recorded with that reason', async () => {
  const person = await makePerson(server, 'normal', { status: 'suspended' })
  const [row] = await rowsOf(() => signInWith(person.username, 'correct horse battery staple'))
  assert.equal(row.targetId, person.id)
  assert.match(row.after.reason, /suspended/)
})

test('token requests of known clients that fail are recorded, those of unknown ones are not', async () => {
  const client = await server.credential('documents:read')
  const wrong = await rowsOf(() => tokenWith(client.clientId, `cs_live_${'0'.repeat(38)}`))
  assert.partialDeepStrictEqual(wrong, [
    { actor: 'anonymous anonymous', action: 'credential.refuse_token', targetId: client.id },
  ])
  const beyond = await rowsOf(() => tokenWith(client.clientId, client.secret, 'users:read'))
  assert.partialDeepStrictEqual(beyond, [
    { actor: 'credential documents:read', action: 'credential.refuse_token', targetId: client.id },
  ])
  assert.match(beyond[0].after.reason, /users:read/)
  assert.deepEqual(await rowsOf(() => tokenWith(`cs_client_${'0'.repeat(20)}`, client.secret)), [])
})

test('a refused call is recorded with the route and the missing scope', async () => {
  const { secret, id } = await server.credential('documents:read', { name: 'Reader' })
  const rows = await rowsOf(() => server.call('DELETE', '/api/v1/documents/1', { key: secret }))
  assert.partialDeepStrictEqual(rows, [
    {
      actor: 'credential Reader',
      action: 'request.refuse',
      targetId: null,
      after: {
        method: 'DELETE',
        path: '/api/v1/documents/:id',
        status: 403,
        scope: 'documents:write',
        count: 1,
      },
    },
  ])
  const { actor_id } = await server.context.database.read
    .selectFrom('audit_log')
    .select('actor_id')
    .orderBy('id', 'desc')
    .executeTakeFirstOrThrow()
  assert.equal(actor_id, id)
})

test('a known key that no longer works is recorded, an unknown one is not', async () => {
  const { secret, id } = await server.credential('documents:read')
  const { context } = server
  await context.database.write(revokeCredential(context, await operator(context), id))
  const rows = await rowsOf(() => server.call('GET', '/api/v1/documents', { key: secret }))
  assert.partialDeepStrictEqual(rows, [
    {
      action: 'credential.refuse',
      targetId: id,
      after: { status: 401, reason: 'The credential was revoked.' },
    },
  ])
  assert.deepEqual(
    await rowsOf(() => server.call('GET', '/api/v1/documents', { key: 'cs_live_nonsense' })),
    [],
  )
})

test('a setup link that was guessed is recorded', async () => {
  const json = {
    token: 'x'.repeat(43),
    username: 'first',
    email: 'first@example.org',
    password: 'long enough 1',
  }
  const rows = await rowsOf(() => server.call('POST', '/api/v1/setup', { json }))
  assert.deepEqual(
    rows.map(({ action }) => action),
    ['setup.refuse'],
  )
})

test('an export is recorded when it begins and when it ends, with its rows and the names of its filters', async () => {
  await signedInAs(server, 'editor')
  for (const [plural, name] of [
    ['users', 'user'],
    ['documents', 'document'],
    ['categories', 'category'],
    ['audit-log', 'audit_log'],
  ]) {
    const rows = await rowsOf(() => server.call('GET', `/api/v1/${plural}/export?format=csv`, { key }))
    assert.deepEqual(
      rows.map(({ action, after }) => [action, after.state]),
      [
        [`${name}.export`, 'begun'],
        [`${name}.export`, 'finished'],
      ],
    )
    for (const { after } of rows) assert.deepEqual(after.filters, [])
  }
  const [, ended] = await rowsOf(() => server.call('GET', '/api/v1/users/export?q=somebody', { key }))
  assert.deepEqual(ended.after, { state: 'finished', filters: ['q'], rows: 0 })
})

test('a replay that shows a secret again is recorded', async () => {
  const options = { key, headers: { 'idempotency-key': 'once' } }
  const json = { name: 'Shown twice', scopes: ['read'] }
  const create = () => server.call('POST', '/api/v1/credentials', { ...options, json })
  const { body } = await create()
  const rows = await rowsOf(create)
  assert.partialDeepStrictEqual(rows, [
    { actor: 'credential Administration', action: 'credential.show_secret', targetId: body.id },
  ])
  const hook = { url: 'http://receiver.example:9/x', events: ['user.created'] }
  const subscribe = () =>
    server.call('POST', '/api/v1/webhooks', {
      ...options,
      json: hook,
      headers: { 'idempotency-key': 'hook' },
    })
  const { body: webhook } = await subscribe()
  assert.partialDeepStrictEqual(await rowsOf(subscribe), [
    { action: 'webhook.show_secret', targetId: webhook.id },
  ])
  const ask = () =>
    server.call('POST', '/api/v1/hooks', {
      ...options,
      json: { url: hook.url, actions: ['user.create'], status: 'paused' },
      headers: { 'idempotency-key': 'asked' },
    })
  const { body: asked } = await ask()
  assert.partialDeepStrictEqual(await rowsOf(ask), [{ action: 'hook.show_secret', targetId: asked.id }])
  const person = await makePerson(server, 'normal')
  const link = () =>
    server.call('POST', `/api/v1/users/${person.id}/password-link`, {
      ...options,
      json: {},
      headers: { 'idempotency-key': 'link' },
    })
  assert.match((await link()).body.link, /#token=/)
  assert.partialDeepStrictEqual(await rowsOf(link), [{ action: 'user.show_secret', targetId: person.id }])
  assert.ok(!JSON.stringify(rows).includes(body.client_secret))
})

test('a flood of refusals is a row at once and one a minute, with their number', async () => {
  const { secret } = await server.credential('documents:read', { name: 'Flooding' })
  const refusedCalls = (count: number) => async () => {
    for (let i = 0; i < count; i++)
      await server.call('POST', `/api/v1/documents/${i + 1}/restore`, { key: secret })
  }
  const counts = (rows: Json[]) => rows.map(({ after }) => after.count)
  const minute = async () => server.clock.advance(60_000)
  assert.deepEqual(counts(await rowsOf(refusedCalls(20))), [1])
  assert.deepEqual(counts(await rowsOf(minute)), [19])
  assert.deepEqual(counts(await rowsOf(refusedCalls(3))), [])
  assert.deepEqual(counts(await rowsOf(minute)), [3])
  assert.deepEqual(counts(await rowsOf(minute)), [])
  assert.deepEqual(counts(await rowsOf(refusedCalls(1))), [1])
})

test('a replay that shows the secret of an application again, and a wrong one, are recorded', async () => {
  const create = () =>
    server.call('POST', '/api/v1/applications', {
      key,
      json: { name: 'A', kind: 'server', redirect_uris: ['https://app.example.org/'], scopes: [] },
      headers: { 'idempotency-key': 'application' },
    })
  const { body } = await create()
  const shown = await rowsOf(create)
  assert.partialDeepStrictEqual(shown, [{ action: 'application.show_secret', targetId: body.id }])
  const refused = await rowsOf(() =>
    server.call('POST', '/api/v1/oauth/token', {
      body: new URLSearchParams({
        grant_type: 'refresh_token',
        client_id: body.client_id,
        client_secret: 'a wrong guess',
        refresh_token: 'guessed',
      }).toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    }),
  )
  assert.partialDeepStrictEqual(refused, [
    { actor: 'anonymous anonymous', action: 'application.refuse_token', targetId: body.id },
  ])
  assert.ok(!/guess/.test(JSON.stringify(refused)))
})

test('refusals of more callers than are told apart share one row', async () => {
  const { audit } = server.context
  const rows = await rowsOf(async () => {
    for (let i = 0; i < 150; i++) {
      const actor = {
        type: 'anonymous',
        id: null,
        name: 'anonymous',
        ip: `192.0.2.${i}`,
        requestId: null,
      } as const
      audit.recordOutside(actor, { action: 'request.refuse', details: { status: 403 }, per: 'flood' })
    }
  })
  assert.ok(rows.length <= 101, `${rows.length} rows`)
  assert.equal(rows.at(-1).actor, 'anonymous several callers')
})

test('what waits is bounded, and what is dropped is counted', async () => {
  const { audit } = server.context
  const actor = { type: 'credential', id: keyId, name: 'Administration', ip: null, requestId: null } as const
  const rows = await rowsOf(async () => {
    for (let i = 0; i < 2_500; i++) audit.recordOutside(actor, { action: 'user.export' })
  })
  assert.equal(rows.length, 2_000)
  assert.equal(audit.dropped, 500)
})

/** What needs more than these tests have: `passkeys.test.ts` sees it. */
const elsewhere = ['user.refuse_passkey']

test('every action that changes no record has been seen here', () => {
  const outside = catalog.auditActions.filter(
    (action) =>
      /\.(refuse|export|show_secret)/.test(action) &&
      !/^(credential_request\.|user\.export_personal_data|document\.refuse_publication)/.test(action),
  )
  assert.deepEqual(
    outside.filter((action) => !seenActions.has(action)),
    elsewhere,
  )
})
