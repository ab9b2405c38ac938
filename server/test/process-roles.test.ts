import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTasks } from '../src/app.ts'
import { postgresUrl } from './fresh-database.ts'
import { startServer } from './harness.ts'

const ofEveryProcess = ['write down usage', 'write down refusals', 'follow the secret key']

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
}
