import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startServer } from '../../../server/test/harness.ts'
import { until } from '../../../server/test/until.ts'
import { startProduct } from '../../testing/product.ts'
import { AuthenticationFailedError, Comserv, ConnectionError } from '../src/index.ts'

/** Event streams over what happens to them: restarts, a caller who leaves, a server that does not come back. */
const server = await startServer()
const { secret } = await server.credential('admin')
const comserv = new Comserv({ baseUrl: server.url, apiKey: secret })
const open = (count: number) =>
  until(`${count} open streams`, () => server.context.eventStreams.size === count || undefined)

test('a stream goes on after the server was killed and started again, without a gap and without a repetition', async () => {
  const product = await startProduct()
  let restarts = 0
  const listener = new Comserv({
    baseUrl: product.url,
    apiKey: product.clientSecret,
    async sleep() {
      restarts++
      await product.start()
      // While nobody listens.
      await writeThree()
    },
  })
  const seen: unknown[] = []
  const titles = Array.from({ length: 9 }, (_, i) => `Streamed ${i + 1}`)
  const writeThree = async () => {
    for (const title of titles.slice(seen.length, seen.length + 3)) await listener.documents.create({ title })
  }
  await writeThree()
  const stream = listener.events.stream({ types: ['document.created'], after: 0 })
  for await (const event of stream) {
    seen.push(event.type === 'document.created' && event.payload.data.title)
    assert.equal(stream.position, event.id)
    if (seen.length === titles.length) break
    if (seen.length % 3 === 0) await product.kill()
  }
  assert.deepEqual(seen, titles)
  assert.equal(restarts, 2)
})

test('leaving the loop closes the connection', async () => {
  await comserv.documents.create({ title: 'One' })
  for (let times = 0; times < 3; times++) {
    for await (const { type } of comserv.events.stream({ types: ['document.created'], after: 0 })) {
      assert.equal(type, 'document.created')
      break
    }
    await open(0)
  }
  const iterator = comserv.events.stream({ after: 0 })[Symbol.asyncIterator]()
  await iterator.next()
  await open(1)
  await iterator.return?.()
  await open(0)
  assert.deepEqual(await iterator.next(), { done: true, value: undefined })
})

test('abort ends a stream that waits for events, and one that waits to reconnect', async () => {
  const leaving = new AbortController()
  const waiting = comserv.events.stream({}, { signal: leaving.signal })[Symbol.asyncIterator]()
  const next = waiting.next()
  await open(1)
  leaving.abort()
  await assert.rejects(next, { name: 'AbortError' })
  await open(0)

  const other = await startServer()
  const away = new AbortController()
  const { secret: apiKey } = await other.credential('admin')
  const patient = new Comserv({ baseUrl: other.url, apiKey, random: () => 1 })
  await patient.documents.create({ title: 'Before' })
  const cut = patient.events.stream({ after: 0 }, { signal: away.signal })[Symbol.asyncIterator]()
  while ((await cut.next()).value?.type !== 'document.created');
  const waits = cut.next()
  await other.stop()
  away.abort()
  await assert.rejects(waits, { name: 'AbortError' })
})

test('a server that does not come back ends the stream after the retries that the caller allows', async () => {
  const other = await startServer()
  const { secret: apiKey } = await other.credential('admin')
  const waits: number[] = []
  const listener = new Comserv({
    baseUrl: other.url,
    apiKey,
    async sleep(ms) {
      waits.push(ms)
    },
  })
  await listener.documents.create({ title: 'Last' })
  const stream = listener.events.stream({ types: ['document.created'], after: 0 }, { maxRetries: 2 })
  const iterator = stream[Symbol.asyncIterator]()
  await iterator.next()
  await other.stop()
  await assert.rejects(iterator.next(), ConnectionError)
  assert.equal(waits.length, 2)
})

test('a stream whose key is revoked ends with the reason', async () => {
  const { id, secret: apiKey } = await server.credential('read')
  const reader = new Comserv({ baseUrl: server.url, apiKey, sleep: async () => {} })
  const stream = reader.events.stream({ types: ['document.created'], after: 0 })[Symbol.asyncIterator]()
  await stream.next()
  await comserv.credentials.delete(id)
  await assert.rejects(async () => {
    while (!(await stream.next()).done);
  }, AuthenticationFailedError)
})
