import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Rule } from '../src/access/rules.ts'
import { startWithWebhooks } from './delivering.ts'
import type { Json } from './harness.ts'
import { makePerson, signedInAs } from './people.ts'
import { startReceiver } from './receiver.ts'
import { assertRefused } from './refusals.ts'

const { server, key: admin, call, deliveriesOf } = await startWithWebhooks()
const owner = await makePerson(server, 'admin')
const events = ['document.created', 'document.updated']
const scopes = 'read webhooks:read webhooks:write'
const readers = (...category: string[]): Rule[] => [{ scope: 'documents:read', where: { category } }]

const narrowed = (rules: Rule[], more: object = {}) =>
  server.credential(scopes, { owner_id: owner.id, rules, ...more })
const send = (key: string, method: string, path: string, json?: Json) =>
  server.call(method, `/api/v1/webhooks${path}`, { key, ...(json === undefined ? {} : { json }) })
const url = 'https://receiver.example/hook'
const write = (category: string, more: object = {}) =>
  call('POST', '/documents', { title: category, category, ...more })

describe('a webhook that a narrowed key makes', () => {
  test('has its rules, or narrower ones, and no wider ones', async () => {
    const { secret } = await narrowed(readers('policies', 'reports'))
    const made = await send(secret, 'POST', '', { url, events })
    assert.deepEqual(made.body.rules, readers('policies', 'reports'), made.text)
    const narrower = await send(secret, 'POST', '', { url, events, rules: readers('policies') })
    assert.deepEqual(narrower.body.rules, readers('policies'))
    for (const rules of [null, readers('minutes'), readers('policies', 'minutes')])
      assertRefused(
        await send(secret, 'POST', '', { url, events, rules }),
        403,
        /needs rules for the scope 'documents:read' that reach no further than those of the credential/,
      )
    const path = `/${made.body.id}`
    assert.equal((await send(secret, 'PATCH', path, { rules: readers('reports') })).status, 200)
    for (const rules of [null, readers('minutes')])
      assertRefused(await send(secret, 'PATCH', path, { rules }), 403, /reach no further/)
    assert.equal((await send(admin, 'PATCH', path, { rules: null })).body.rules, null)
    assertRefused(await send(secret, 'PATCH', path, { rules: readers('reports') }), 403, /^Changing/)
  })

  test('may be one that somebody else made only as far as its rules are within', async () => {
    const { secret } = await narrowed(readers('policies'))
    for (const [rules, fits] of [
      [null, false],
      [readers('policies', 'reports'), false],
      [readers('policies'), true],
    ] as const) {
      const { id } = await call('POST', '/webhooks', { url, events, owner_id: owner.id, rules })
      for (const [method, path, json] of [
        ['PATCH', '', { description: 'Mine' }],
        ['POST', '/rotate-secret', {}],
        ['DELETE', '', undefined],
      ] as const) {
        const answer = await send(secret, method, `/${id}${path}`, json)
        if (fits) assert.ok(answer.status < 300, answer.text)
        else assertRefused(answer, 403, /reach no further/)
      }
    }
  })

  test('may subscribe to everything else without rules', async () => {
    const { secret } = await narrowed(readers('policies'))
    const made = await send(secret, 'POST', '', { url, events: ['user.created'], rules: null })
    assert.deepEqual([made.status, made.body.rules], [201, null], made.text)
    assertRefused(await send(secret, 'PATCH', `/${made.body.id}`, { events }), 403, /reach no further/)
    const both = { events, rules: readers('policies') }
    assert.equal((await send(secret, 'PATCH', `/${made.body.id}`, both)).status, 200)
  })

  test('hands on what is left where an ancestor was narrowed later', async () => {
    const parent = await server.credential(`${scopes} credentials:write`, { owner_id: owner.id })
    const { body: child } = await server.call('POST', '/api/v1/credentials', {
      key: parent.secret,
      json: { name: 'Child', scopes: scopes.split(' '), rules: readers('policies', 'reports') },
    })
    const [rule] = readers('reports', 'minutes')
    const rules = [{ ...rule, where: { ...rule?.where, status: ['published'] } }]
    await call('PATCH', `/credentials/${parent.id}`, { rules })
    const made = await send(child.client_secret, 'POST', '', { url, events })
    assert.equal(made.status, 201, made.text)
    const left = [{ scope: 'documents:read', where: { category: ['reports'], status: ['published'] } }]
    assert.deepEqual(made.body.rules, left)
  })

  test('narrows documents:read alone', async () => {
    const rules = [{ scope: 'documents:write', where: { own: true } }]
    assertRefused(await send(admin, 'POST', '', { url, events, rules }), 400, /'documents:read' alone/)
    const { secret } = await server.credential(`${scopes} documents:write`, {
      owner_id: owner.id,
      rules: rules as Rule[],
    })
    assert.equal((await send(secret, 'POST', '', { url, events })).body.rules, null)
  })
})

test('what the rules exclude gets no delivery, and a change of them applies to what waits', async () => {
  const receiver = await startReceiver(500)
  const rules = readers('policies')
  const { id } = await call('POST', '/webhooks', { url: receiver.url, events, rules })
  await write('policies')
  await write('reports')
  await server.deliver()
  const states = async () =>
    (await deliveriesOf({ id })).map(({ status, reason, attempts }) => [status, reason, attempts])
  assert.deepEqual(await states(), [['pending', null, 1]])
  const counted = await call('GET', `/webhooks/${id}/deliveries?limit=1`)
  assert.equal(counted.meta.total_count, 1)
  await call('PATCH', `/webhooks/${id}`, { rules: readers('minutes') })
  receiver.answer(204)
  server.clock.advance(3_600_000)
  await server.deliver()
  assert.deepEqual((await states()).at(-1), ['discarded', 'excluded', 1])
  const last = (await deliveriesOf({ id })).at(-1)
  await call('POST', `/deliveries/${last.id}/resend`)
  await server.deliver()
  assert.deepEqual((await states())[0], ['discarded', 'excluded', 0])
  await call('PATCH', `/webhooks/${id}`, { rules: null })
  await call('POST', `/deliveries/${last.id}/resend`)
  await server.deliver()
  assert.deepEqual((await states())[0], ['delivered', null, 1])
  const { data } = await call('GET', `/audit-log?target_type=webhook&target_id=${id}`)
  const changed = data.filter(({ action }: Json) => action === 'webhook.update')
  assert.deepEqual(
    changed.map(({ after }: Json) => after.rules),
    [null, readers('minutes')],
  )
})

test('own documents are those of the owner, also after a handover', async () => {
  const receiver = await startReceiver()
  const next = await makePerson(server, 'admin')
  const rules = [{ scope: 'documents:read', where: { own: true } }]
  const { id } = await call('POST', '/webhooks', { url: receiver.url, events, rules, owner_id: owner.id })
  const both = async () => {
    for (const { id: author_id } of [owner, next]) await write('policies', { author_id })
    await server.deliver()
    return receiver.received.splice(0).map(({ body }) => body.data.author_id)
  }
  assert.deepEqual(await both(), [owner.id])
  await call('PATCH', `/webhooks/${id}`, { owner_id: next.id })
  assert.deepEqual(await both(), [next.id])
})

test('a person whose role is narrowed has nothing of others sent elsewhere, and uses none of their keys', async () => {
  const json = {
    name: 'integrations',
    own_only: false,
    scopes: ['documents:read', 'webhooks:read', 'webhooks:write', 'credentials:read', 'credentials:write'],
    rules: readers('policies'),
  }
  await call('POST', '/roles', json)
  const person = await signedInAs(server, 'integrations')
  const receiver = await startReceiver()
  const { id } = await call('POST', '/webhooks', { url, events })
  const moved = await person.call('PATCH', `/api/v1/webhooks/${id}`, { json: { url: receiver.url } })
  assertRefused(moved, 403, /reach no further than you do, because it belongs to somebody else/)
  const within = await call('POST', '/webhooks', { url, events, rules: readers('policies') })
  const renamed = { description: 'Policies' }
  assert.equal((await person.call('PATCH', `/api/v1/webhooks/${within.id}`, { json: renamed })).status, 200)
  const wide = await server.credential('documents:read')
  const path = `/api/v1/credentials/${wide.id}`
  for (const [method, to, body] of [
    ['POST', '/rotate', {}],
    ['PATCH', '', { allowed_ips: null }],
  ] as const)
    assertRefused(await person.call(method, path + to, { json: body }), 403, /no further than you do/)
  const own = await person.call('POST', '/api/v1/credentials', {
    json: { name: 'Own', scopes: ['documents:read'] },
  })
  assert.equal(own.status, 201, own.text)
})

test('the response of a receiver is hidden from callers who may not read the event that it echoes', async () => {
  const receiver = await startReceiver((response, { raw }) => response.end(raw))
  const { id } = await call('POST', '/webhooks', { url: receiver.url, events, owner_id: owner.id })
  await write('reports')
  await server.deliver()
  const [{ id: delivery }] = await deliveriesOf({ id })
  const { secret } = await narrowed(readers('policies'))
  const { secret: reader } = await narrowed(readers('reports'))
  const shown = async (key: string) =>
    (await server.call('GET', `/api/v1/deliveries/${delivery}`, { key })).body.log[0].response.body
  assert.match(await shown(reader), /"title":"reports"/)
  assert.doesNotMatch(await shown(secret), /reports/)
})
