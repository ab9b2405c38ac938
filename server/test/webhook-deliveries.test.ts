import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { Webhook as StandardWebhook } from 'standardwebhooks'
import { Webhook as SvixWebhook } from 'svix'
import { type Json, startServer, TestClock } from './harness.ts'
import { startReceiver } from './receiver.ts'

const server = await startServer({ clock: new TestClock(new Date().toISOString()) })
const { secret: key } = await server.credential('admin')

async function call(method: string, path: string, json?: unknown): Promise<Json> {
  const answer = await server.call(method, `/api/v1${path}`, { key, ...(json === undefined ? {} : { json }) })
  assert.ok(answer.status < 300, `${method} ${path}: ${answer.text}`)
  return answer.body
}

test('a change is sent to every webhook that subscribed to it, signed, with the body that the documentation shows', async () => {
  const receiver = await startReceiver()
  const other = await startReceiver()
  const webhook = await call('POST', '/webhooks', { url: receiver.url, events: ['document.published'] })
  await call('POST', '/webhooks', { url: other.url, events: ['user.created'] })
  const document = await call('POST', '/documents', {
    title: 'New Policy Document',
    category: 'policies',
    status: 'published',
  })
  await server.deliver()

  assert.equal(other.received.length, 0)
  assert.equal(receiver.received.length, 1)
  const [{ headers, raw, body }] = receiver.received as [Json]
  assert.deepEqual(body, {
    event: 'document.published',
    timestamp: document.published_at,
    data: {
      id: document.id,
      title: 'New Policy Document',
      category: 'policies',
      status: 'published',
      author_id: document.author_id,
    },
  })
  assert.equal(headers['x-webhook-signature'], createHmac('sha256', webhook.secret).update(raw).digest('hex'))
  assert.deepEqual(new StandardWebhook(webhook.secret).verify(raw, headers), body)
  assert.deepEqual(new SvixWebhook(webhook.secret).verify(raw, headers), body)
  assert.equal(headers['x-webhook-event'], 'document.published')
  assert.equal(headers['x-webhook-attempt'], '1')
  assert.match(headers['user-agent'], /^Comserv\/\d+\.\d+\.\d+$/)
  assert.equal(headers['content-type'], 'application/json')
})
