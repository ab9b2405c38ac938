import assert from 'node:assert/strict'
import { test } from 'node:test'
import { minuteMs } from '../src/lib/timestamps.ts'
import { startServer, TestClock } from './harness.ts'
import { startProxy } from './proxy-server.ts'
import { startReceiver } from './receiver.ts'

const proxy = await startProxy()
await proxy.stop()
const server = await startServer({
  clock: new TestClock(new Date().toISOString()),
  env: { COMSERV_WEBHOOK_PROXY: proxy.url, NO_PROXY: '127.0.0.1' },
})
const { secret: key } = await server.credential('admin')

async function call(method: string, path: string, json?: unknown) {
  const answer = await server.call(method, `/api/v1${path}`, { key, ...(json === undefined ? {} : { json }) })
  assert.ok(answer.status < 300, `${method} ${path}: ${answer.text}`)
  return answer.body
}

test('a proxy that fails is told as such, and counts against no receiver', async () => {
  const direct = await startReceiver()
  await call('POST', '/webhooks', { url: direct.url, events: ['document.created'] })
  const { id } = await call('POST', '/webhooks', {
    url: 'https://receiver.example/hook',
    events: ['document.created'],
  })
  for (let i = 0; i < 6; i++) await call('POST', '/documents', { title: `Document ${i}` })
  for (let round = 0; round < 3; round++) {
    await server.deliver()
    server.clock.advance(10 * minuteMs)
  }
  assert.equal(direct.received.length, 6, 'what needs no proxy arrives')
  const { data } = await call('GET', `/webhooks/${id}/deliveries`)
  assert.equal(data.length, 6)
  for (const { status, last_error, attempts, waiting_for } of data)
    assert.deepEqual(
      [status, last_error, attempts, waiting_for],
      ['pending', 'proxy_unreachable', 3, 'retry'],
    )
  const { health } = await call('GET', `/webhooks/${id}`)
  assert.deepEqual(
    [health.consecutive_failures, health.failing_since, health.circuit, health.disables_at],
    [0, null, 'closed', null],
  )
  assert.notEqual(health.last_failure_at, null)
})
