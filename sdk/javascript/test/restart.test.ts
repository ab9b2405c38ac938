import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startProduct } from '../../testing/product.ts'
import { Comserv } from '../src/index.ts'

/** The server is killed while the client is at work, and started again on the same data. */
const product = await startProduct()
const { url: baseUrl, clientId, clientSecret } = product
const options = { baseUrl, clientId, clientSecret }
const comserv = new Comserv(options)

/** The pauses between attempts, in which the server comes back. */
function restarting(): { pauses: number; sleep: () => Promise<void> } {
  const seen = {
    pauses: 0,
    sleep: async () => {
      seen.pauses++
      await product.start()
    },
  }
  return seen
}

test('a walk during which the server is killed between pages misses nothing and repeats nothing', async () => {
  const titles = Array.from({ length: 30 }, (_, i) => `Paper ${i + 1}`)
  const items = titles.map((title) => ({ action: 'create' as const, data: { title, category: 'walk' } }))
  await comserv.documents.batch(items, { atomic: true })
  const pause = restarting()
  const walker = new Comserv({ ...options, sleep: pause.sleep })
  const walked: string[] = []
  for await (const { title } of walker.documents.list({ category: 'walk', limit: 10 })) {
    walked.push(title)
    if (walked.length === 10 || walked.length === 20) await product.kill()
  }
  assert.deepEqual(walked, titles)
  assert.equal(pause.pauses, 2)
})

test('a POST writes one row if the server is killed after the commit and before the response', async () => {
  const pause = restarting()
  const statuses: number[] = []
  const writer = new Comserv({
    ...options,
    sleep: pause.sleep,
    async fetch(url, init) {
      const response = await fetch(url, init)
      if (!url.endsWith('/documents')) return response
      statuses.push(response.status)
      // The row is written; the answer goes down with the server.
      if (statuses.length > 1) return response
      await response.body?.cancel()
      await product.kill()
      throw new TypeError('terminated')
    },
  })
  const { data, headers } = await writer.documents.create({ title: 'Once', category: 'done' }).withResponse()
  assert.deepEqual(statuses, [201, 201])
  assert.equal(headers.get('idempotency-replayed'), 'true')
  const listed = await comserv.documents.list({ category: 'done' })
  assert.deepEqual(
    listed.data.map(({ id }) => id),
    [data.id],
  )
})

test('POSTs whose server is killed under them are all done once', async () => {
  const titles = Array.from({ length: 40 }, (_, i) => `Row ${i + 1}`)
  let posts = 0
  let restarted: Promise<void> | undefined
  const writer = new Comserv({
    ...options,
    maxRetries: 5,
    sleep: async () => {
      restarted ??= product.start()
      await restarted
    },
    fetch(url, init) {
      const answer = fetch(url, init)
      // Some are done by then, some are on their way, and some have yet to be sent.
      if (url.endsWith('/documents') && ++posts === titles.length / 2) void product.kill()
      return answer
    },
  })
  const written = titles.map((title) => writer.documents.create({ title, category: 'under way' }))
  const documents = await Promise.all(written)
  assert.notEqual(restarted, undefined, 'no request met the kill')
  const rows: string[] = []
  for await (const { title } of comserv.documents.list({ category: 'under way' })) rows.push(title)
  assert.deepEqual(rows.sort(), titles.sort())
  assert.equal(new Set(documents.map(({ id }) => id)).size, titles.length)
})
