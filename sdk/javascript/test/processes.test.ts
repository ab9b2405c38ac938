import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { startServer } from '../../../server/test/harness.ts'
import { Comserv } from '../src/index.ts'

const server = await startServer()
const { secret: apiKey } = await server.credential('read write')
const comserv = new Comserv({ baseUrl: server.url, apiKey })
const program = join(import.meta.dirname, 'own-document.js')

test('worker threads and child processes beside a client that is in use get their own responses', async () => {
  const ids = await Promise.all(
    Array.from(
      { length: 6 },
      async (_, i) => (await comserv.documents.create({ title: `Document ${i}` })).id,
    ),
  )
  const own = ids.pop()
  const conditions = ['--conditions=comserv-source']
  const ends = ids.map(async (id, i) => {
    const env = { ...process.env, BASE: server.url, KEY: apiKey, ID: `${id}` }
    const started =
      i % 2
        ? new Worker(program, { env, execArgv: conditions })
        : fork(program, [], { env, execArgv: conditions })
    const [code] = await once(started, 'exit')
    assert.equal(code, 0)
  })
  let isOver = false
  const over = Promise.all(ends).finally(() => {
    isOver = true
  })
  while (!isOver) assert.equal((await comserv.documents.get(own ?? 0)).id, own)
  await over
})

test('a client is not handed to a worker thread', () => {
  assert.throws(() => new Worker('', { eval: true, workerData: comserv.documents }), {
    name: 'DataCloneError',
  })
})
