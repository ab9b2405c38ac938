import './extensions/with-odd.ts'

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Json, startServer } from './harness.ts'
import { password } from './people.ts'

const server = await startServer()
const { secret: key } = await server.credential('admin')

async function call(method: string, path: string, json?: object, headers: Record<string, string> = {}) {
  return server.call(method, `/api/v1${path}`, { key, headers, ...(json ? { json } : {}) })
}

const category = (name: string) => call('POST', '/categories', { name })

test('before a change, an extension refuses it with its sentence, even where it catches that itself', async () => {
  const { status, body } = await category('refuse')
  assert.equal(status, 400)
  assert.deepEqual(body.error, {
    code: 'invalid_request',
    message: 'An extension refused the change',
    details: 'Not this one.',
  })
  assert.equal((await category('caught')).body.error.details, 'Refused all the same.')
})

test('what an extension changes in the input is written', async () => {
  const { status, body } = await category('change')
  assert.equal(status, 201)
  assert.equal(body.description, 'changed')
  const { body: plain } = await category('plain')
  assert.equal(plain.description, '')
})

test('an extension that throws, waits, meddles or never ends fails its change, and nothing else', async () => {
  for (const name of ['throw', 'wait', 'meddle', 'loop']) {
    const { status, text, body } = await category(name)
    assert.equal(status, 500, text)
    assert.equal(body.error.code, 'internal_error')
    assert.match(body.error.details, /^The extension 'odd' failed before the change\. Nothing was changed/)
    assert.doesNotMatch(text, /secret cause/)
  }
  const reasons = server.logged
    .filter(({ msg }) => msg === 'an extension failed before a change')
    .map(({ err, extension, action }) => [extension, action, err.message])
  assert.deepEqual(reasons, [
    ['odd', 'category.create', 'the secret cause'],
    [
      'odd',
      'category.create',
      "It returned a promise: 'before' must not wait. Use 'on' for what may take time.",
    ],
    [
      'odd',
      'category.create',
      "What it made of the input is not valid. The 'unknown' field is not known here; the fields are: name, slug, description, position.",
    ],
    ['odd', 'category.create', 'It did not end within 50 ms of processor time.'],
  ])
  assert.equal((await call('GET', '/categories?name=loop')).body.meta.total_count, 0)
  assert.equal((await category('afterwards')).status, 201)
  const { text } = await server.call('GET', '/metrics', { key })
  assert.match(text, /comserv_extension_failures_total\{extension="odd",part="before"\} 4/)
  assert.match(text, /comserv_extension_refusals_total\{extension="odd"\} 2/)
})

test('a batch reports what extensions refuse or fail, item by item', async () => {
  const items = ['refuse', 'throw', 'fine'].map((name) => ({ action: 'create', data: { name } }))
  const { body } = await call('POST', '/categories/batch', { items })
  assert.deepEqual(
    body.data.map(({ status }: Json) => status),
    [400, 500, 201],
  )
})

test('an extension is not told passwords and may not set them, and is asked before a user is suspended', async () => {
  const person = (username: string) => ({ username, email: `${username}@example.org`, password })
  const { status, body, text } = await call('POST', '/users', person('boss'))
  assert.equal(status, 201, text)
  assert.equal((await call('GET', `/users/${body.id}`)).body.profile.bio, 'made by an extension')
  assert.equal((await call('POST', '/users', person('meddled'))).status, 500)
  const refused = await call('PATCH', `/users/${body.id}`, { status: 'suspended' })
  assert.equal(refused.body.error.details, 'Never the boss.')
  const json = { username: 'boss', password }
  assert.equal((await server.call('POST', '/api/v1/session', { json })).status, 201)
})

test('a refusal that is no text is a fault of the extension', async () => {
  const { status, body } = await category('refuse an object')
  assert.equal(status, 500)
  assert.match(body.error.details, /^The extension 'odd' failed before the change/)
  const told = server.logged.filter(({ msg }) => msg === 'an extension failed before a change').at(-1)
  assert.match(told?.err.message, /^refuse\(\) takes the sentence that the caller gets, a text/)
})

test('before a deletion an extension sees the record, and before a publication the document, also a scheduled one', async () => {
  const { body } = await category('kept')
  assert.equal((await call('DELETE', `/categories/${body.id}`)).body.error.details, 'It has to stay.')
  const published = await call('POST', '/documents', { title: 'unready', status: 'published' })
  assert.equal(published.body.error.details, 'It is not ready.')
  const { body: draft } = await call('POST', '/documents', { title: 'unready' })
  const update = await call('PATCH', `/documents/${draft.id}`, { status: 'published' })
  assert.equal(update.body.error.details, 'It is not ready.')
  const at = new Date(server.clock.now() + 60_000).toISOString()
  assert.equal((await call('PATCH', `/documents/${draft.id}`, { publish_at: at })).status, 200)
  server.clock.advance(61_000)
  await server.runTask('publish documents that are due')
  const { body: after } = await call('GET', `/documents/${draft.id}`)
  assert.deepEqual([after.status, after.publish_refused], ['draft', 'hook_refused'])
})

test('on an event, a function is called again after an error, and calls the API as its credential', async () => {
  const receiver = await webhook()
  await category('later')
  await server.deliver()
  const [failed] = (await deliveries(receiver.id)).filter(
    ({ log }) => log.length > 0 && log[0].outcome === 'failed',
  )
  assert.equal(failed?.status, 'pending')
  assert.equal(failed?.log[0].response.status, 500)
  assert.match(failed?.log[0].response.body, /failed 1 times/)
  server.clock.advance(3_600_000)
  await server.deliver()
  const { body } = await call('GET', '/documents?q=Hello')
  assert.equal(body.meta.total_count, 1, 'the same key makes one document')
  assert.equal(body.data[0].title, 'Hello, later')
  const said = server.logged.filter(({ msg }) => msg === 'asked for users')
  assert.deepEqual(
    said.map(({ extension, status, isApiError }) => [extension, status, isApiError]),
    [['odd', 403, true]],
  )
  const credentials = (await call('GET', '/credentials?q=extension')).body.data
  assert.deepEqual(
    credentials.map(({ name, scopes }: Json) => [name, scopes]),
    [['extension odd', ['documents:read', 'documents:write', 'x.odd.audit']]],
  )
  const { data: audit } = (await call('GET', '/audit-log?action=document.create&limit=1')).body
  assert.deepEqual([audit[0].actor.type, audit[0].actor.name], ['credential', 'extension odd'])
})

test('what an extension received stands in the log of deliveries, is resent from there, and the rest is for its code to decide', async () => {
  const { id } = await webhook()
  await category('greeted')
  const { body: document } = await call('POST', '/documents', { title: 'before' })
  await call('PATCH', `/documents/${document.id}`, { title: 'after' })
  await server.deliver()
  const [delivered] = (await deliveries(id)).filter(({ status }) => status === 'delivered')
  assert.equal(delivered?.log.at(-1).response.status, 200)
  const resent = await call('POST', `/deliveries/${delivered?.id}/resend`)
  assert.equal(resent.status, 202, resent.text)
  await server.deliver()
  assert.equal((await call('GET', '/documents?q=greeted')).body.meta.total_count, 1)
  for (const [method, path, json] of [
    ['PATCH', `/webhooks/${id}`, { url: 'https://example.com/' }],
    ['DELETE', `/webhooks/${id}`, undefined],
    ['POST', `/webhooks/${id}/rotate-secret`, {}],
  ] as const) {
    const { status, body } = await call(method, path, json)
    assert.equal(status, 400)
    assert.match(body.error.details, /delivers to the extension 'odd'/)
  }
  assert.deepEqual(
    server.logged.filter(({ msg }) => msg === 'replaced').map(({ previous }) => previous),
    [{ title: 'before' }],
  )
  assert.equal((await call('PATCH', `/webhooks/${id}`, { status: 'paused' })).status, 200)
  await category('while paused')
  await server.deliver()
  assert.equal((await call('PATCH', `/webhooks/${id}`, { status: 'active' })).status, 200)
  await server.deliver()
})

test('nobody but the server can name an extension as the receiver of a webhook', async () => {
  const json = { url: 'extension:odd/document.created', events: ['document.created'] }
  assert.equal((await call('POST', '/webhooks', json)).status, 400)
})

test('scopes of an extension are granted like others, and a token of the inside is none outside', async () => {
  const { status, body } = await call('POST', '/credentials', { name: 'one', scopes: ['x.odd.audit'] })
  assert.equal(status, 201)
  assert.deepEqual(body.scopes, ['x.odd.audit'])
  const catalog = (await call('GET', '/catalog')).body
  assert.ok(JSON.stringify(catalog).includes('Read odd things'))
  const refused = await server.call('GET', '/api/v1/documents', { token: 'inside-guess' })
  assert.equal(refused.status, 401)
})

test('routes of an extension are behind the scopes, the checks and the errors of all others', async () => {
  const auditor = await server.credential('x.odd.audit')
  const get = (word: string, secret = auditor.secret) =>
    server.call('GET', `/api/v1/x/odd/words/${word}`, { key: secret })
  const { status, body, headers } = await get('hello')
  assert.equal(status, 200)
  assert.deepEqual(body, { word: 'hello', greeting: 'Hello', by: 'x.odd.audit' })
  assert.ok(headers.get('x-ratelimit-limit') ?? headers.get('ratelimit'))
  assert.equal((await get('longer')).status, 400)
  const missing = await get('none')
  assert.deepEqual(
    [missing.status, missing.body.error.code, missing.body.error.details],
    [404, 'resource_not_found', 'There is no such word.'],
  )
  const failed = await get('boom')
  assert.equal(failed.status, 500)
  assert.doesNotMatch(failed.text, /a secret/)
  assert.match(failed.body.error.details, /^The extension 'odd' failed/)
  for (const [word, why] of [
    ['tea', /refuse\(\) takes the status 400, 403, 404, 409; it got 418/],
    ['what', /refuse\(\) takes the sentence that the caller gets, a text; it got \{ a: 1 \}/],
    ['big', /BigInt/],
    ['cycle', /circular/],
  ] as const) {
    const answer = await get(word)
    assert.equal(answer.status, 500, word)
    assert.match(answer.body.error.details, /^The extension 'odd' failed/, word)
    const told = server.logged.filter(({ msg }) => msg === 'a route of an extension failed').at(-1)
    assert.match(told?.err.message, why)
  }
  const reader = await server.credential('documents:read')
  assert.equal((await get('hello', reader.secret)).status, 403)
  assert.equal((await server.call('GET', '/api/v1/x/odd/words/hello')).status, 401)
  const counted = await server.call('POST', '/api/v1/x/odd', { json: { count: 1 } })
  assert.deepEqual([counted.status, counted.body], [201, { count: 2 }])
  assert.equal((await server.call('POST', '/api/v1/x/odd', { json: { count: 1, more: 1 } })).status, 400)
  assert.equal((await server.call('DELETE', '/api/v1/x/odd', { key: auditor.secret })).status, 204)
})

test('routes of an extension stand in the OpenAPI document of its server', async () => {
  const { body } = await server.call('GET', '/api/v1/openapi.json')
  const operation = body.paths['/api/v1/x/odd/words/{word}'].get
  assert.equal(operation.operationId, 'getXOddWordsWord')
  assert.deepEqual(operation.tags, ['Extension odd'])
  assert.ok(body.tags.some(({ name }: Json) => name === 'Extension odd'))
  assert.ok(JSON.stringify(operation.security).includes('x.odd.audit'))
})

test('a task runs at its time, once for all processes, and not again before its next time', async () => {
  const run = () => server.runTask('extension odd: count')
  const counted = () => server.logged.filter(({ msg }) => msg === 'counted').length
  await run()
  assert.equal(counted(), 0, 'its first time is still to come')
  server.clock.advance(600_000)
  await Promise.all([run(), run()])
  assert.equal(counted(), 1)
  await run()
  assert.equal(counted(), 1)
  server.clock.advance(3_600_000)
  await run()
  await run()
  assert.equal(counted(), 2, 'what was missed is made up for once')
})

test('a task whose process is gone is begun again when its lease is over', async () => {
  const { database } = server.context
  server.clock.advance(600_000)
  const lease_until = new Date(server.clock.now() + 60_000).toISOString()
  await database.write(async ({ db }) => {
    await db.updateTable('extension_tasks').set({ lease_token: 'gone', lease_until }).execute()
  })
  const counted = () => server.logged.filter(({ msg }) => msg === 'counted').length
  const before = counted()
  await server.runTask('extension odd: count')
  assert.equal(counted(), before)
  server.clock.advance(61_000)
  await server.runTask('extension odd: count')
  assert.equal(counted(), before + 1)
})

test('a function that keeps failing is given a rest, and the others of its extension go on', async () => {
  for (let i = 0; i < 5; i++) assert.equal((await category(`fails always ${i}`)).status, 201)
  await server.deliver()
  for (let i = 0; i < 20 && (await webhook()).health.circuit !== 'open'; i++) {
    server.clock.advance(6_000)
    await server.deliver()
  }
  assert.equal((await webhook()).health.circuit, 'open')
  const { body: document } = await call('POST', '/documents', { title: 'meanwhile' })
  await call('PATCH', `/documents/${document.id}`, { title: 'changed' })
  await server.deliver()
  const replaced = server.logged.filter(({ msg }) => msg === 'replaced').at(-1)
  assert.deepEqual(replaced?.previous, { title: 'meanwhile' })
  assert.equal((await webhook('document.updated')).health.circuit, 'closed')
})

test('a second start makes neither a second webhook nor a second credential', async () => {
  await startServer({ beside: server })
  const { body } = await call('GET', '/webhooks?limit=100')
  const urls = body.data.map(({ url }: Json) => url).filter((url: string) => url.startsWith('extension:odd'))
  assert.deepEqual(urls.toSorted(), ['extension:odd/category.created', 'extension:odd/document.updated'])
  assert.equal((await call('GET', '/credentials?q=extension')).body.meta.total_count, 1)
})

async function webhook(type = 'category.created'): Promise<Json> {
  const { body } = await call('GET', '/webhooks?limit=100')
  const found = body.data.find(({ url }: Json) => url === `extension:odd/${type}`)
  assert.ok(found)
  assert.deepEqual(found.events, [type])
  return found
}

async function deliveries(id: number): Promise<Json[]> {
  const { body } = await call('GET', `/webhooks/${id}/deliveries?event_type=category.created`)
  return Promise.all(body.data.map(async (one: Json) => (await call('GET', `/deliveries/${one.id}`)).body))
}
