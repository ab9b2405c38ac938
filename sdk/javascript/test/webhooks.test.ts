import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { type Json, startServer } from '../../../server/test/harness.ts'
import { startReceiver } from '../../../server/test/receiver.ts'
import { Comserv, verifyHook, verifyWebhook } from '../src/index.ts'

const server = await startServer()
const { secret: apiKey } = await server.credential('admin')
const comserv = new Comserv({ baseUrl: server.url, apiKey })
const now = () => server.clock.now()
/** The description that the types are generated from. */
const described: Json = JSON.parse(readFileSync(new URL('../../../openapi.json', import.meta.url), 'utf8'))

async function subscribed(secret?: string) {
  const receiver = await startReceiver()
  const webhook = await comserv.webhooks.create({
    url: receiver.url,
    events: ['document.created', 'user.created'],
    secret,
  })
  const last = () => receiver.received.at(-1) ?? assert.fail('nothing has arrived')
  return { ...webhook, receiver, last }
}

test('deliveries of the server verify, and are typed by their event', async () => {
  for (const own of [undefined, 'a-secret-of-my-own-choice']) {
    const { secret, last } = await subscribed(own)
    const { id } = await comserv.documents.create({ title: 'Signed – für alle' })
    await server.deliver()
    const { raw, headers } = last()
    const event = await comserv.webhooks.verify(raw, headers, secret, { now })
    assert.equal(event.event === 'document.created' && event.data.title, 'Signed – für alle')
    assert.equal(event.data.id, id)
    assert.equal(event.id, headers['webhook-id'])
  }
})

test('calls of hooks verify, and are typed by their action', async () => {
  const receiver = await startReceiver()
  const hook = await comserv.hooks.create({
    url: receiver.url,
    actions: ['document.create'],
    status: 'paused',
  })
  const input = { title: 'Signed – für alle' }
  await comserv.hooks.test(hook.id, { action: 'document.create', input })
  const { raw, headers } = receiver.received[0] ?? assert.fail('nothing has arrived')
  const call = await comserv.hooks.verify(raw, headers, hook.secret, { now })
  assert.equal(call.action === 'document.create' && call.record, null)
  assert.deepEqual([call.id, call.input, call.test], [headers['webhook-id'], input, true])
  assert.equal(call.timestamp, new Date(now()).toISOString().replace('.000', ''))
  assert.equal(await checkOf(verifyHook(`${raw} `, headers, hook.secret, { now })), 'signature_mismatch')
  assert.equal(await checkOf(verifyHook(raw, headers, undefined, { now })), 'secret_malformed')
  assert.equal(await checkOf(verifyWebhook(raw, headers, hook.secret, { now })), 'body_malformed')
  const { secret, last } = await subscribed()
  await comserv.documents.create(input)
  await server.deliver()
  assert.equal(await checkOf(verifyHook(last().raw, last().headers, secret, { now })), 'body_malformed')
})

test('through X-Webhook-Signature alone it is genuine only for who accepts that, and has no id', async () => {
  const { id, secret, last } = await subscribed()
  await comserv.webhooks.test(id)
  const { raw, headers } = last()
  const stripped = { ...headers, 'webhook-signature': undefined }
  assert.equal(await checkOf(verifyWebhook(raw, stripped, secret, { now })), 'header_missing')
  const event = await verifyWebhook(raw, stripped, secret, { acceptBodySignature: true })
  assert.deepEqual([event.event, event.id], ['ping', undefined])
})

test('while a secret is rotated, the old one and the new one both verify; then the old one does not', async () => {
  const { id, secret: old, last } = await subscribed()
  const { secret: fresh } = await comserv.webhooks.rotateSecret(id, { overlap_hours: 1 })
  await comserv.webhooks.test(id)
  const during = last()
  await verifyWebhook(during.raw, during.headers, old, { now })
  await verifyWebhook(during.raw, during.headers, fresh, { now })
  server.clock.advance(3_601_000)
  await comserv.webhooks.test(id)
  const afterwards = last()
  await verifyWebhook(afterwards.raw, afterwards.headers, fresh, { now })
  await assert.rejects(verifyWebhook(afterwards.raw, afterwards.headers, old, { now }), {
    name: 'WebhookVerificationError',
    check: 'signature_mismatch',
  })
})

test('a changed byte, a stale delivery and another secret are refused, each by name', async () => {
  const { id, secret, last } = await subscribed()
  await comserv.webhooks.test(id)
  const { raw, headers } = last()
  assert.equal(await checkOf(verifyWebhook(`${raw} `, headers, secret, { now })), 'signature_mismatch')
  assert.equal(await checkOf(verifyWebhook(raw, headers, 'x'.repeat(16), { now })), 'signature_mismatch')
  const later = () => now() + 301_000
  assert.equal(await checkOf(verifyWebhook(raw, headers, secret, { now: later })), 'timestamp_too_old')
  assert.equal(await checkOf(verifyWebhook(raw, {}, secret, { now })), 'header_missing')
})

test('a secret that is not there, and a body that was parsed, are told as such', async () => {
  const { id, secret, last } = await subscribed()
  await comserv.webhooks.test(id)
  const { raw, headers } = last()
  const { WEBHOOK_SECRET_OF_NOBODY: missing } = process.env
  await assert.rejects(verifyWebhook(raw, headers, missing as string, { now }), {
    check: 'secret_malformed',
    message: 'The secret must be a string; it is missing or empty.',
  })
  await assert.rejects(verifyWebhook(JSON.parse(raw), headers, secret, { now }), {
    name: 'ConfigurationError',
    message: /^rawBody must be the string or the bytes/,
  })
})

test('the types know every event of the server', async () => {
  const known = Object.entries<Json>(described.webhooks).map(([type, { post }]) => {
    const { data } = post.requestBody.content['application/json'].schema.properties
    return [type, Object.keys(data.properties)]
  })
  const { data } = await comserv.events.types()
  assert.deepEqual(
    Object.fromEntries(data.map(({ name, example }) => [name, Object.keys(example.data as object)])),
    Object.fromEntries(known),
  )
})

async function checkOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'genuine',
    ({ check }) => check,
  )
}
