import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTasks } from '../src/app.ts'
import { minuteMs } from '../src/lib/timestamps.ts'
import { postgresUrl } from './fresh-database.ts'
import { startServer } from './harness.ts'
import { startReceiver } from './receiver.ts'

const ofEveryProcess = [
  'write down usage',
  'write down requests',
  'write down calls of hooks',
  'write down refusals',
  'follow the secret key',
]

test('a process does all the work unless it is told to do a part', async () => {
  const server = await startServer()
  const names = createTasks(server.context).map(({ name }) => name)
  assert.ok(names.length > 5 && ofEveryProcess.every((name) => names.includes(name)), names.join())
})

// On the embedded database there is no other process to share with: config.test.ts shows what is said then.
if (postgresUrl !== undefined) {
  test('a worker serves health and metrics, and nothing else', async () => {
    const worker = await startServer({ env: { COMSERV_ROLE: 'worker' } })
    const { secret: key } = await worker.credential('admin')
    assert.equal((await worker.call('GET', '/health/ready')).status, 200)
    assert.equal((await worker.call('GET', '/metrics', { key })).status, 200)
    for (const path of ['/api/v1/users', '/api/v1/openapi.json', '/.well-known/jwks.json'])
      assert.equal((await worker.call('GET', path, { key })).status, 404, path)
  })

  test('a process that serves requests leaves tasks to workers', async () => {
    const api = await startServer({ env: { COMSERV_ROLE: 'api' } })
    assert.deepEqual(
      createTasks(api.context).map(({ name }) => name),
      ofEveryProcess,
    )
  })

  test('where no process sends, deliveries say that they wait for one', async () => {
    const api = await startServer({ env: { COMSERV_ROLE: 'api' } })
    const { secret: key } = await api.credential('admin')
    const receiver = await startReceiver()
    const json = { url: receiver.url, events: ['document.created'] }
    const { body: webhook } = await api.call('POST', '/api/v1/webhooks', { key, json })
    const newest = async () => {
      await api.call('POST', '/api/v1/documents', { key, json: { title: 'Waits' } })
      const { body } = await api.call('GET', `/api/v1/webhooks/${webhook.id}/deliveries?limit=1`, { key })
      const [{ status, waiting_for, waiting_until }] = body.data
      return [status, waiting_for, waiting_until]
    }
    assert.deepEqual(await newest(), ['pending', 'sender', null])
    const worker = await startServer({ beside: api })
    await worker.deliver()
    assert.deepEqual(await newest(), ['pending', 'turn', null])
    api.clock.advance(2 * minuteMs)
    assert.deepEqual(await newest(), ['pending', 'sender', null], 'it has not been seen for a while')
  })
}
