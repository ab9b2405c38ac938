import assert from 'node:assert/strict'
import { createPublicKey, verify } from 'node:crypto'
import { test } from 'node:test'
import { startWithWebhooks } from './delivering.ts'
import type { Json } from './harness.ts'
import { type Received, startReceiver } from './receiver.ts'

const { server, key, call } = await startWithWebhooks()

async function subscribed(more: Json, events = ['document.updated']) {
  const receiver = await startReceiver()
  const webhook: Json = await call('POST', '/webhooks', { url: receiver.url, events, ...more })
  return { receiver, webhook }
}

async function changed(before: Json, patch: Json): Promise<Json> {
  const document = await call('POST', '/documents', { title: 'Before', ...before })
  await call('PATCH', `/documents/${document.id}`, patch)
  await server.deliver()
  return document
}

test('an update is sent with the values that it replaced, where the webhook asks for them', async () => {
  const plain = await subscribed({})
  const { receiver, webhook } = await subscribed({ include_previous: true })
  assert.deepEqual([plain.webhook.include_previous, webhook.include_previous], [false, true])
  await changed({ category: 'policies' }, { title: 'After', content: 'Text' })
  assert.deepEqual(receiver.received[0]?.body.previous, { title: 'Before' })
  assert.equal(receiver.received[0]?.body.data.title, 'After')
  assert.equal(plain.receiver.received[0]?.body.previous, undefined)
})

test('values of a document that was outside the rules of the webhook are not sent', async () => {
  const rules = [{ scope: 'documents:read', where: { category: ['reports'] } }]
  const { receiver } = await subscribed({ include_previous: true, rules })
  await changed({ category: 'secrets' }, { category: 'reports', title: 'Now a report' })
  await changed({ category: 'reports' }, { title: 'Still a report' })
  assert.deepEqual(
    receiver.received.map(({ body }) => body.previous),
    [undefined, { title: 'Before' }],
  )
  assert.ok(!receiver.received[0]?.raw.includes('secrets'))
})

test('what a receiver sends back of a document is hidden from those who could not read it as it was', async () => {
  const receiver = await startReceiver((response, { raw }) => response.end(raw))
  const json = { url: receiver.url, events: ['document.updated'], include_previous: true }
  const webhook = await call('POST', '/webhooks', json)
  const narrow = await server.credential('documents:read webhooks:read', {
    rules: [{ scope: 'documents:read', where: { category: ['reports'] } }],
  })
  const seen = async (before: Json, patch: Json): Promise<string> => {
    await changed(before, patch)
    const { data } = await call('GET', `/webhooks/${webhook.id}/deliveries`)
    const { body } = await server.call('GET', `/api/v1/deliveries/${data[0].id}`, { key: narrow.secret })
    return body.log[0].response.body
  }
  assert.match(await seen({ category: 'reports' }, { title: 'Later' }), /"previous":\{"title":"Before"\}/)
  const hidden = await seen(
    { category: 'secrets', title: 'Secret plan' },
    { category: 'reports', title: 'Plan' },
  )
  assert.doesNotMatch(hidden, /Secret|secrets/)
  assert.match(receiver.received.at(-1)?.raw ?? '', /Secret plan/)
})

test('a webhook that has a key pair keeps it, whatever is sent about it by those who may not read it', async () => {
  const { webhook } = await subscribed({ ed25519: true })
  const blind = await server.credential('documents:read webhooks:write')
  const json = { ed25519: true }
  const { status } = await server.call('PATCH', `/api/v1/webhooks/${webhook.id}`, { key: blind.secret, json })
  assert.ok(status < 300)
  assert.deepEqual((await call('GET', `/webhooks/${webhook.id}`)).public_keys, webhook.public_keys)
})

test('a secret cannot be the key of a key pair', async () => {
  const [{ webhook }, other] = [await subscribed({ ed25519: true }), await startReceiver()]
  for (const secret of [webhook.public_keys[0], `whsk_${'A'.repeat(86)}==`]) {
    const json = { url: other.url, events: ['document.updated'], secret }
    const { status, body } = await server.call('POST', '/api/v1/webhooks', { key, json })
    assert.deepEqual([status, body.error.code], [400, 'invalid_request'])
    assert.match(body.error.details, /key of an Ed25519 key pair/)
  }
})

test('CloudEvents 1.0 in JSON', async () => {
  const { receiver, webhook } = await subscribed({ format: 'cloudevents', include_previous: true })
  assert.equal(webhook.format, 'cloudevents')
  const { id } = await changed({}, { title: 'After' })
  const [received] = receiver.received
  assert.ok(received)
  assert.equal(received.headers['content-type'], 'application/cloudevents+json')
  const { time, data, ...context } = received.body
  assert.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
  assert.deepEqual(context, {
    specversion: '1.0',
    id: received.headers['webhook-id'],
    source: server.context.config.publicUrl,
    type: 'document.updated',
    subject: `document/${id}`,
    datacontenttype: 'application/json',
  })
  assert.deepEqual([data.id, data.title, data.previous], [id, 'After', { title: 'Before' }])
  const back = await call('PATCH', `/webhooks/${webhook.id}`, { format: null })
  assert.equal(back.format, 'standard')
})

test('Ed25519 signs beside the secret, and is rotated with it', async () => {
  const { receiver, webhook } = await subscribed({ ed25519: true })
  const [first] = webhook.public_keys
  assert.match(first, /^whpk_[A-Za-z0-9+/]{43}=$/)
  await changed({}, { title: 'After' })
  assert.deepEqual(signedBy(receiver.received[0], [first]), [true])
  assert.equal(kinds(receiver.received[0]), 'v1 v1a')

  const rotated = await call('POST', `/webhooks/${webhook.id}/rotate-secret`, { overlap_hours: 1 })
  assert.deepEqual(rotated.public_keys.slice(1), [first])
  await changed({}, { title: 'After' })
  assert.deepEqual(signedBy(receiver.received[1], rotated.public_keys), [true, true])

  const without = await call('PATCH', `/webhooks/${webhook.id}`, { ed25519: false })
  assert.deepEqual(without.public_keys, [])
  await changed({}, { title: 'After' })
  assert.equal(kinds(receiver.received[2]), 'v1 v1')
})

function signaturesOf(received: Received | undefined): string[] {
  return String(received?.headers['webhook-signature']).split(' ')
}

const kinds = (received: Received | undefined) =>
  signaturesOf(received)
    .map((signature) => signature.split(',')[0])
    .join(' ')

/** Whether some signature of the request verifies with each of the keys. */
function signedBy(received: Received | undefined, keys: readonly string[]): boolean[] {
  const content = Buffer.from(
    `${received?.headers['webhook-id']}.${received?.headers['webhook-timestamp']}.${received?.raw}`,
  )
  return keys.map((key) => {
    const x = Buffer.from(key.replace('whpk_', ''), 'base64').toString('base64url')
    const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
    return signaturesOf(received).some(
      (one) =>
        one.startsWith('v1a,') && verify(null, content, publicKey, Buffer.from(one.slice(4), 'base64')),
    )
  })
}
