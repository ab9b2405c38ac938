import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import type { Json } from './harness.ts'
import { install } from './product-process.ts'
import { startReceiver } from './receiver.ts'
import { until } from './until.ts'

/** Far longer than anybody waits here: no lease has to run out. */
const leaseSeconds = '600'

test('what a killed process was sending is sent again by the next one', async () => {
  const product = await install()
  const receiver = await startReceiver()
  receiver.answer(() => undefined)
  const env = {
    COMSERV_WEBHOOK_ALLOW_HTTP: 'true',
    COMSERV_WEBHOOK_ALLOWED_CIDRS: '127.0.0.0/8',
    COMSERV_WEBHOOK_TIMEOUT_SECONDS: '5',
    COMSERV_WEBHOOK_LEASE_SECONDS: leaseSeconds,
    COMSERV_WEBHOOK_RETRY_SCHEDULE: '600',
  }
  const killed = await product.serve(env)
  const made = await product.run(['credential', 'create', '--name', 'one', '--scopes', 'admin', '--json'])
  const { client_secret } = JSON.parse(made.stdout)
  const call = async (path: string, json?: object): Promise<Json> => {
    const headers = { 'x-api-key': client_secret, 'content-type': 'application/json' }
    const sent = json && { method: 'POST', body: JSON.stringify(json) }
    const answer = await fetch(`${product.url}/api/v1${path}`, { headers, ...sent })
    assert.ok(answer.ok, `${answer.status} to ${path}`)
    return answer.json()
  }
  const webhook = await call('/webhooks', { url: receiver.url, events: ['document.created'] })
  await call('/documents', { title: 'To be told' })
  await receiver.arrived(1)
  killed.process.kill('SIGKILL')
  await once(killed.process, 'close')

  receiver.answer(204)
  await product.serve(env)
  await until('the next attempt', () => receiver.received[1])
  assert.equal(receiver.received[0]?.headers['webhook-id'], receiver.received[1]?.headers['webhook-id'])
  const delivery = await until('the end of the attempt', async () => {
    const { data } = await call(`/webhooks/${webhook.id}/deliveries`)
    return data[0].status === 'delivered' ? call(`/deliveries/${data[0].id}`) : undefined
  })
  assert.deepEqual(
    delivery.log.map(({ outcome }: { outcome: string }) => outcome),
    ['interrupted', 'succeeded'],
  )
})
