import assert from 'node:assert/strict'
import { test } from 'node:test'
import { verifySignature } from '../src/sending/signature.ts'
import { type Json, startServer } from './harness.ts'
import { type Hooked, hookFor } from './hooking.ts'
import { signedInAs } from './people.ts'
import { assertRefused } from './refusals.ts'

const server = await startServer()
const { secret: admin, id: adminId } = await server.credential('admin')
const api = (method: string, path: string, json?: object, headers: Record<string, string> = {}) =>
  server.call(method, `/api/v1${path}`, { key: admin, headers, ...(json ? { json } : {}) })
const hook = (actions: readonly string[], reply?: Json, more?: object) =>
  hookFor(server, admin, actions, reply, more)
const end = async (...hooks: readonly Hooked[]) => {
  for (const { id } of hooks) assert.equal((await api('DELETE', `/hooks/${id}`)).status, 204)
}
const calls = async (query = '') => {
  await server.runTask('write down calls of hooks')
  return (await api('GET', `/hook-calls${query}`)).body.data as Json[]
}

test('a hook is called before a document is created, signed as webhooks are, and allows it', async () => {
  const asked = await hook(['document.create'])
  const { status, body, headers } = await api('POST', '/documents', { title: 'Allowed', category: 'reports' })
  assert.equal(status, 201)
  const [request] = asked.received
  assert.ok(request)
  assert.deepEqual(request.body, {
    action: 'document.create',
    timestamp: '2026-01-15T08:30:00Z',
    request_id: headers.get('x-request-id'),
    actor: { type: 'credential', id: adminId, name: 'admin' },
    record: null,
    input: { title: 'Allowed', category: 'reports' },
  })
  assert.equal(verifySignature(request.headers, request.raw, asked.secret, server.clock.now()), undefined)
  assert.equal((await api('GET', `/documents/${body.id}`)).status, 200)
  const [call] = await calls()
  assert.deepEqual(
    { ...call, id: 0, duration_ms: 0 },
    {
      id: 0,
      hook_id: asked.id,
      action: 'document.create',
      target_id: null,
      actor: { type: 'credential', id: adminId },
      request_id: headers.get('x-request-id'),
      test: false,
      created_at: '2026-01-15T08:30:00Z',
      duration_ms: 0,
      outcome: 'allowed',
      error: null,
      proceeded: true,
      response_status: 200,
    },
  )
  const { body: whole } = await api('GET', `/hook-calls/${call.id}`)
  assert.deepEqual(
    [JSON.parse(whole.input), whole.input_truncated, whole.response_body, whole.response_truncated],
    [{ title: 'Allowed', category: 'reports' }, false, '{"allow":true}', false],
  )
  assert.equal((await api('GET', `/hooks/${asked.id}`)).body.health.state, 'healthy')
  await end(asked)
  assert.equal((await api('POST', '/documents', { title: 'Without' })).status, 201)
  assert.equal(asked.received.length, 1)
})

test('a refusal is the error that the caller reads, and nothing is written', async () => {
  const asked = await hook(['document.create'], { refuse: "The 'category' field\nis required here." })
  await server.newEvents()
  const refused = await api('POST', '/documents', { title: 'Refused' })
  assertRefused(refused, 400, /^The 'category' field is required here\.$/)
  assert.equal(refused.body.error.message, 'A hook refused the change')
  assert.deepEqual(await server.newEvents(), [])
  const [call] = await calls()
  assert.deepEqual([call.outcome, call.proceeded], ['refused', false])
  for (const reply of [{ allow: false }, { refuse: true }, { refuse: '' }, { allow: true, refuse: ' ' }]) {
    asked.say(reply)
    assertRefused(await api('POST', '/documents', { title: 'Refused' }), 400, /refused the change without/)
  }
  await end(asked)
})

test('hooks are called in the order of their ids, each with what those before it have made of the input', async () => {
  const first = await hook(['document.create'], { allow: true, input: { category: 'policies' } })
  const second = await hook(['document.create'], ({ input }: Json) => ({
    allow: true,
    input: { title: `${input.title} (${input.category})` },
  }))
  const { status, body } = await api('POST', '/documents', { title: 'Chained' })
  assert.deepEqual([status, body.title, body.category], [201, 'Chained (policies)', 'policies'])
  assert.deepEqual(second.calls()[0].input, { title: 'Chained', category: 'policies' })
  assert.equal(first.calls().length, 1)
  await end(first, second)
})

test('a publication calls its hooks after those of the create or the update, and no other change does', async () => {
  const asked = await hook(['document.create', 'document.update', 'document.publish'])
  const actions = () => asked.calls().map(({ action }) => action)
  const { body: published } = await api('POST', '/documents', { title: 'At once', status: 'published' })
  assert.deepEqual(actions(), ['document.create', 'document.publish'])
  const { body: draft } = await api('POST', '/documents', { title: 'Later' })
  assert.deepEqual(actions(), ['document.create'])
  await api('PATCH', `/documents/${draft.id}`, { status: 'published' })
  assert.deepEqual(actions(), ['document.update', 'document.publish'])
  await api('PATCH', `/documents/${draft.id}`, { title: 'Still published', status: 'published' })
  assert.deepEqual(actions(), ['document.update'])
  await api('DELETE', `/documents/${published.id}`)
  await api('POST', `/documents/${published.id}/restore`)
  const [restored] = asked.calls()
  assert.deepEqual(
    [restored.action, restored.record.id, typeof restored.record.deleted_at, restored.input],
    ['document.update', published.id, 'string', {}],
  )
  await api('POST', `/documents/${draft.id}/revisions/1/restore`)
  const [reverted] = asked.calls()
  assert.deepEqual([reverted.action, reverted.input.title], ['document.update', 'Later'])
  await end(asked)
})

test('an update shows the record as it is, and is not made when it changed while the hook was called', async () => {
  const { body: document } = await api('POST', '/documents', { title: 'Before' })
  let times = 0
  const asked = await hook(['document.update'])
  const meddle = async (count: number) => {
    const write = server.context.database
    for (; times < count; times++)
      await write.write(({ db }) =>
        db
          .updateTable('documents')
          .set({ version: 2 + times })
          .where('id', '=', document.id)
          .execute()
          .then(() => undefined),
      )
  }
  asked.answer((response) => void meddle(1).then(() => response.end('{"allow":true}')))
  const once = await api('PATCH', `/documents/${document.id}`, { title: 'After' })
  assert.deepEqual([once.status, once.body.title], [200, 'After'])
  assert.deepEqual(
    asked.calls().map(({ record }) => [record.title, record.version]),
    [
      ['Before', 1],
      ['Before', 2],
    ],
  )
  let version = 10
  asked.answer((response) => {
    const changed = server.context.database.write(({ db }) =>
      db.updateTable('documents').set({ version: version++ }).where('id', '=', document.id).execute(),
    )
    void changed.then(() => response.end('{"allow":true}'))
  })
  assertRefused(
    await api('PATCH', `/documents/${document.id}`, { title: 'Never' }),
    409,
    /was changed while hooks were called/,
  )
  assert.equal(asked.calls().length, 2)
  const stale = await api('PATCH', `/documents/${document.id}`, { title: 'Never' }, { 'if-match': '"old"' })
  assert.equal(stale.status, 412)
  assert.equal(asked.calls().length, 0)
  await end(asked)
})

test('a user is created and changed with what the hook makes of it, and no password is shown to it', async () => {
  const asked = await hook(['user.create', 'user.update'], {
    allow: true,
    input: { profile: { phone: '1' } },
  })
  const json = {
    username: 'hooked',
    email: 'hooked@example.org',
    password: 'correct horse battery',
    profile: { first_name: 'Ho' },
  }
  const { body: user, status, text } = await api('POST', '/users', json)
  assert.equal(status, 201, text)
  const [create] = asked.calls()
  assert.deepEqual(Object.keys(create.input), ['username', 'email', 'profile'])
  const stored = async () => (await api('GET', `/users/${user.id}`)).body
  assert.deepEqual((await stored()).profile, { first_name: 'Ho', last_name: null, phone: '1', bio: null })
  const [call] = await calls('?limit=1')
  const whole = async () => (await api('GET', `/hook-calls/${call.id}`)).body
  assert.equal(JSON.parse((await whole()).input).email, 'hooked@example.org')

  asked.say({ allow: true, input: { profile: { bio: 'By a hook' } } })
  await api('PATCH', `/users/${user.id}`, { password: 'another horse battery' })
  const [update] = asked.calls()
  assert.deepEqual([update.record.username, update.input], ['hooked', {}])
  assert.equal((await stored()).profile.bio, 'By a hook')

  const person = await signedInAs(server, 'editor')
  assert.equal((await person.call('PATCH', '/api/v1/me', { json: { profile: { phone: '2' } } })).status, 200)
  const [own] = asked.calls()
  assert.deepEqual([own.actor.id, own.input], [person.id, { profile: { phone: '2' } }])
  await api('DELETE', `/users/${user.id}`)
  asked.say({ allow: true, input: { role: 'admin' } })
  assertRefused(await api('POST', `/users/${user.id}/restore`), 503, /did not give a valid response/)
  asked.say({ allow: true })
  assert.equal((await api('POST', `/users/${user.id}/restore`, {})).status, 200)
  await end(asked)
})

test('a hook gives nobody more rights than they have, and sets nothing that is not its own to set', async () => {
  const { body: user } = await api('POST', '/users', {
    username: 'bounded',
    email: 'bounded@example.org',
    password: 'correct horse battery',
  })
  const asked = await hook(['user.update', 'document.create'])
  const failing = [
    { role: 'admin' },
    { email: 'other@example.org' },
    { status: 'suspended' },
    { password: 'chosen by a hook' },
    { unknown: true },
    JSON.parse('{"__proto__": {"role": "admin"}}'),
    { profile: { phone: 7 } },
  ]
  for (const input of failing) {
    asked.say({ allow: true, input })
    const refused = await api('PATCH', `/users/${user.id}`, { profile: { phone: '3' } })
    assertRefused(refused, 503, /did not give a valid response/)
    assert.equal((await calls('?limit=1'))[0].error, 'invalid_input')
    server.clock.advance(3_600_000)
  }
  const { role, email, status, profile } = (await api('GET', `/users/${user.id}`)).body
  assert.deepEqual([role, email, status, profile.phone], ['normal', 'bounded@example.org', 'active', null])
  const narrowed = await server.credential('documents:read documents:write', {
    rules: [{ scope: 'documents:write', where: { category: ['reports'] } }],
  })
  asked.say({ allow: true, input: { category: 'policies' } })
  const beyond = await server.call('POST', '/api/v1/documents', {
    key: narrowed.secret,
    json: { title: 'Elsewhere', category: 'reports' },
  })
  assertRefused(beyond, 403, new RegExp(`Hook ${asked.id} has changed what was sent\\.$`))
  await end(asked)
})

test('batches and imports call hooks for each item and row, and a refused one leaves the others', async () => {
  const asked = await hook(['document.create', 'user.create'], ({ input }: Json) =>
    /Refused|refused/.test(input.title ?? input.username) ? { refuse: 'Not this one.' } : { allow: true },
  )
  const items = ['One', 'Refused', 'Two'].map((title) => ({ action: 'create', data: { title } }))
  const { body: batch } = await api('POST', '/documents/batch', { items })
  assert.deepEqual(
    batch.data.map(({ status }: Json) => status),
    [201, 400, 201],
  )
  assert.equal(batch.data[1].error.details, 'Not this one.')
  assert.equal(
    (await api('POST', '/documents/batch?atomic=true', { items })).body.error.details,
    'items.1: Not this one.',
  )
  const imported = await server.call('POST', '/api/v1/documents/import', {
    key: admin,
    body: 'title,category\nFrom a file,reports\nRefused,reports\n',
    headers: { 'content-type': 'text/csv' },
  })
  assert.deepEqual([imported.body.imported, imported.body.refused], [1, 1], imported.text)
  const users = await server.call('POST', '/api/v1/users/import', {
    key: admin,
    body: 'username,email\nfine,fine@example.org\nrefused,refused@example.org\n',
    headers: { 'content-type': 'text/csv' },
  })
  assert.deepEqual([users.body.imported, users.body.refused], [1, 1], users.text)
  await end(asked)
})

test('a document is published when it is due only if the hooks allow it', async () => {
  const asked = await hook(['document.publish'], { refuse: 'Not today.' })
  const publish_at = new Date(server.clock.now() + 60_000).toISOString()
  const make = async () => (await api('POST', '/documents', { title: 'Due', publish_at })).body.id
  const [refused, changed] = [await make(), await make()]
  const state = async (id: number) => {
    const { status, publish_refused, title } = (await api('GET', `/documents/${id}`)).body
    return { status, publish_refused, title }
  }
  const run = () => server.runTask('publish documents that are due')
  asked.say(({ record }: Json) =>
    record.id === refused ? { refuse: 'Not today.' } : { allow: true, input: { title: 'By a hook' } },
  )
  await run()
  assert.equal(asked.calls().length, 0)
  server.clock.advance(61_000)
  await run()
  assert.deepEqual(await state(refused), { status: 'draft', publish_refused: 'hook_refused', title: 'Due' })
  const published = { status: 'published', publish_refused: undefined, title: 'By a hook' }
  assert.deepEqual(await state(changed), published)
  assert.equal(asked.calls().length, 2)
  await run()
  assert.equal(asked.calls().length, 0)

  const later = new Date(server.clock.now() + 60_000).toISOString()
  const { body: waiting } = await api('POST', '/documents', { title: 'Waits', publish_at: later })
  asked.answer(500)
  server.clock.advance(61_000)
  await run()
  assert.equal((await state(waiting.id)).status, 'draft')
  asked.say({ allow: true })
  await run()
  assert.equal((await state(waiting.id)).status, 'published')
  const last = new Date(server.clock.now() + 60_000).toISOString()
  const { body: lost } = await api('POST', '/documents', { title: 'Waits', publish_at: last })
  asked.answer(500)
  server.clock.advance(2 * 3_600_000)
  await run()
  assert.equal((await state(lost.id)).publish_refused, 'hook_failed')
  await end(asked)
})

test('after a rotation both secrets sign for the overlap, then the new one alone', async () => {
  const asked = await hook(['document.create'])
  const { body: rotated } = await api('POST', `/hooks/${asked.id}/rotate-secret`, { overlap_hours: 1 })
  const signers = async () => {
    await api('POST', '/documents', { title: 'Signed' })
    const { headers, raw } = asked.received.at(-1) ?? assert.fail()
    return [asked.secret, rotated.secret].map(
      (secret) => verifySignature(headers, raw, secret, server.clock.now()) === undefined,
    )
  }
  assert.deepEqual(await signers(), [true, true])
  server.clock.advance(3_600_000)
  assert.deepEqual(await signers(), [false, true])
  await end(asked)
})

test('the previous secret ends at once, unless the hook has changed since it was read', async () => {
  const asked = await hook(['document.create'])
  const path = `/hooks/${asked.id}`
  const before = await server.call('GET', `/api/v1${path}`, { key: admin })
  const { body: rotated } = await api('POST', `${path}/rotate-secret`, { overlap_hours: 1 })
  const old = { 'if-match': String(before.headers.get('etag')) }
  const late = await server.call('DELETE', `/api/v1${path}/previous-secret`, { key: admin, headers: old })
  assert.equal(late.status, 412)
  assert.equal((await api('DELETE', `${path}/previous-secret`)).status, 204)
  assert.equal((await api('GET', path)).body.previous_secret_expires_at, null)
  await api('POST', '/documents', { title: 'Signed' })
  const { headers, raw } = asked.received.at(-1) ?? assert.fail()
  const signs = [asked.secret, rotated.secret].map(
    (secret) => verifySignature(headers, raw, secret, server.clock.now()) === undefined,
  )
  assert.deepEqual(signs, [false, true])
  assert.equal((await api('DELETE', `${path}/previous-secret`)).status, 204)
  assert.equal((await api('DELETE', '/hooks/999999/previous-secret')).status, 404)
  await end(asked)
})

test('a test calls the hook as a change would, and changes nothing', async () => {
  const asked = await hook(
    ['document.publish'],
    { allow: true, input: { category: 'policies' } },
    { status: 'paused' },
  )
  const { body: document } = await api('POST', '/documents', { title: 'Tried' })
  const tested = (json: object) => api('POST', `/hooks/${asked.id}/test`, json)
  const { status, body } = await tested({ action: 'document.publish', record_id: document.id })
  assert.deepEqual(
    [status, body.outcome, body.input, body.response_status],
    [200, 'changed', { status: 'published', category: 'policies' }, 200],
  )
  const [call] = asked.calls()
  assert.deepEqual([call.test, call.record.title, call.input], [true, 'Tried', { status: 'published' }])
  assert.equal((await api('GET', `/documents/${document.id}`)).body.status, 'draft')
  asked.say({ refuse: 'No.' })
  assert.equal((await tested({ action: 'user.create' })).body.refusal, 'No.')
  asked.say('nonsense')
  assert.equal(
    (await tested({ action: 'document.create', input: { title: 'x' } })).body.error,
    'invalid_response',
  )
  assertRefused(await tested({ action: 'document.create', input: { title: 7 } }), 400, /'input\.title' field/)
  assertRefused(await tested({ action: 'user.update' }), 400, /'record_id' field is required/)
  assertRefused(await tested({ action: 'user.update', record_id: 99_999 }), 404, /no user/)
  assert.equal((await api('GET', `/hooks/${asked.id}`)).body.health.state, 'untested')
  const { data } = (await api('GET', '/audit-log?action=hook.test&limit=1')).body
  assert.equal(data[0].target.id, asked.id)
  await end(asked)
})

test('only administrators see and change hooks, whose secret is shown once', async () => {
  const asked = await hook(['document.create'])
  const { secret: other } = await server.credential('read write webhooks:read webhooks:write')
  for (const path of ['/api/v1/hooks', `/api/v1/hooks/${asked.id}`, '/api/v1/hook-calls'])
    assert.equal((await server.call('GET', path, { key: other })).status, 403)
  assert.equal('secret' in (await api('GET', `/hooks/${asked.id}`)).body, false)
  assertRefused(
    await api('POST', '/hooks', { url: 'https://10.0.0.1/', actions: ['document.create'] }),
    400,
    /'url' field is refused/,
  )
  assertRefused(await api('PATCH', `/hooks/${asked.id}`, { timeout_ms: 6_000 }), 400, /from 100 to 5000/)
  await end(asked)
})

test('the health of a hook is stored within a second, also after a call about a user who is not created', async () => {
  const asked = await hook(['user.create'])
  asked.answer(500)
  const json = { username: 'nobody', email: 'nobody@example.org', password: 'correct horse battery' }
  assert.equal((await api('POST', '/users', json)).status, 503)
  await server.runTask('write down calls of hooks')
  const { health } = (await api('GET', `/hooks/${asked.id}`)).body
  assert.deepEqual([health.state, health.consecutive_failures], ['failing', 1])
  await end(asked)
})

test('another process follows within a second', async () => {
  const other = await startServer({ beside: server })
  const post = () => other.call('POST', '/api/v1/documents', { key: admin, json: { title: 'Elsewhere' } })
  assert.equal((await post()).status, 201)
  const asked = await hook(['document.create'], { refuse: 'No.' })
  server.clock.advance(1_000)
  assert.equal((await post()).status, 400)
  await api('PATCH', `/hooks/${asked.id}`, { status: 'paused' })
  server.clock.advance(1_000)
  assert.equal((await post()).status, 201)
  await end(asked)
})

test('what hooks were sent about a person is told to them, and unreadable after the erasure', async () => {
  const asked = await hook(['user.create', 'user.update'])
  const json = { username: 'erased', email: 'erased@example.org', password: 'correct horse battery' }
  const { body: user } = await api('POST', '/users', json)
  await api('PATCH', `/users/${user.id}`, { profile: { phone: '12345' } })
  const [update, create] = await calls('?limit=2')
  const told = await api('GET', `/users/${user.id}/personal-data`)
  assert.equal(told.text.match(/"kind":"hook_call"/g)?.length, 2)
  asked.say({ refuse: 'Nobody.' })
  assert.equal(
    (await api('POST', '/users', { ...json, username: 'never', email: 'never@example.org' })).status,
    400,
  )
  server.clock.advance(10_000)
  const [never] = await calls('?limit=1')
  const input = async (id: number) => (await api('GET', `/hook-calls/${id}`)).body.input
  assert.deepEqual(JSON.parse(await input(never.id)), { username: '…', email: '…' })
  assert.equal(JSON.parse(await input(update.id)).profile.phone, '12345')
  assert.equal((await api('POST', `/users/${user.id}/erase`, { username: 'erased' })).status, 202)
  server.clock.advance(40 * 86_400_000)
  await server.runTask('erase people')
  for (const { id } of [update, create]) assert.equal(await input(id), null)
  server.clock.advance(40 * 86_400_000)
  await server.runTask('prune old calls of hooks')
  assert.deepEqual(await calls(), [])
  await end(asked)
})
