import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { startWithWebhooks } from './delivering.ts'
import type { Json } from './harness.ts'
import { makePerson } from './people.ts'
import { startReceiver } from './receiver.ts'

const { server, call, deliveriesOf } = await startWithWebhooks()
const owner = await makePerson(server, 'admin')
const receiver = await startReceiver(204)
const events = ['document.created']
const scopes = ['documents:read', 'webhooks:read', 'webhooks:write']
const hourMs = 3_600_000

const send = (key: string, method: string, path: string, json?: Json) =>
  server.call(method, `/api/v1/webhooks${path}`, { key, ...(json === undefined ? {} : { json }) })

/** A key, and a webhook that was made with it. */
async function madeBy(more: object = {}) {
  const key = await server.credential(scopes.join(' '), { owner_id: owner.id, ...more })
  const { body, text } = await send(key.secret, 'POST', '', { url: receiver.url, events })
  assert.equal(body.credential_id, key.id, text)
  return { key, webhook: body }
}

/** The state of the delivery about a new document. */
async function delivered({ id }: { id: number }, category = 'reports') {
  await call('POST', '/documents', { title: category, category })
  await server.deliver()
  const [newest] = await deliveriesOf({ id })
  return [newest?.status, newest?.reason]
}

const sent = ['delivered', null]
const ended = ['held', 'credential_ended']

describe('a webhook is bound by the key that made it', () => {
  test('it is held when the key is revoked, and sent when somebody takes it over', async () => {
    const { key, webhook } = await madeBy()
    assert.deepEqual(await delivered(webhook), sent)
    await call('DELETE', `/credentials/${key.id}`)
    assert.deepEqual(await delivered(webhook), ended)
    assert.equal((await call('GET', `/webhooks/${webhook.id}`)).health.state, 'held')
    // Another field decides nothing about what is sent.
    await call('PATCH', `/webhooks/${webhook.id}`, { description: 'Still here' })
    assert.deepEqual(await delivered(webhook), ended)
    const other = await server.credential('admin')
    assert.equal(
      (await send(other.secret, 'PATCH', `/${webhook.id}`, { events })).body.credential_id,
      other.id,
    )
    await server.deliver()
    assert.deepEqual(
      new Set((await deliveriesOf(webhook)).map(({ status }) => status)),
      new Set(['delivered']),
    )
  })

  test('it is held when the key has expired', async () => {
    const expires_at = new Date(server.clock.now() + hourMs).toISOString()
    const { webhook } = await madeBy({ expires_at: `${expires_at.slice(0, 19)}Z` })
    assert.deepEqual(await delivered(webhook), sent)
    server.clock.advance(2 * hourMs)
    assert.deepEqual(await delivered(webhook), ended)
  })

  test('it is held while the key lacks the scope', async () => {
    const { key, webhook } = await madeBy()
    await call('PATCH', `/credentials/${key.id}`, { scopes: ['webhooks:read'] })
    assert.deepEqual(await delivered(webhook), ['held', 'credential_lacks_scope'])
    await call('PATCH', `/credentials/${key.id}`, { scopes })
    await server.deliver()
    assert.deepEqual(await delivered(webhook), sent)
    assert.equal((await deliveriesOf(webhook)).length, 2)
  })

  test('it is sent nothing that the rules of the key do not include any more', async () => {
    const { key, webhook } = await madeBy()
    await call('PATCH', `/credentials/${key.id}`, {
      rules: [{ scope: 'documents:read', where: { category: ['policies'] } }],
    })
    assert.deepEqual(await delivered(webhook, 'reports'), ['discarded', 'excluded'])
    assert.deepEqual(await delivered(webhook, 'policies'), sent)
  })

  test('it follows a parent of the key', async () => {
    const parent = await server.credential([...scopes, 'credentials:write'].join(' '), { owner_id: owner.id })
    const child = await server.call('POST', '/api/v1/credentials', {
      key: parent.secret,
      json: { name: 'Child', scopes },
    })
    const { body: webhook } = await send(child.body.client_secret, 'POST', '', { url: receiver.url, events })
    assert.deepEqual(await delivered(webhook), sent)
    await call('PATCH', `/credentials/${parent.id}`, { scopes: ['webhooks:read', 'webhooks:write'] })
    assert.deepEqual(await delivered(webhook), ['held', 'credential_lacks_scope'])
  })

  test('it goes on when the key is revoked without its children', async () => {
    const { key, webhook } = await madeBy()
    await call('DELETE', `/credentials/${key.id}?children=keep`)
    assert.deepEqual(await delivered(webhook), sent)
    assert.equal((await call('GET', `/webhooks/${webhook.id}`)).credential_id, null)
  })
})
