import '../../../server/test/extensions/with-examples-alone.ts'

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startServer } from '../../../server/test/harness.ts'
import { Comserv, ConfigurationError } from '../src/index.ts'

interface Invoice {
  number: string
  customer: string
  amount_cents: number
  due_on: string
  status?: string
}

const server = await startServer()
const { secret: apiKey } = await server.credential('x.invoices.read x.invoices.write')
const comserv = new Comserv({ baseUrl: server.url, apiKey })

test('records of an extension are created, read, changed, listed page by page and deleted', async () => {
  const invoices = comserv.resource<Invoice>('invoices')
  const ids: number[] = []
  for (const number of ['R-001', 'R-002', 'R-003']) {
    const made = await invoices.create(
      { number, customer: 'Ada', amount_cents: 100, due_on: '2026-01-31' },
      { idempotencyKey: `key-of-${number}` },
    )
    ids.push(made.id)
  }
  const [id = 0] = ids
  assert.equal((await invoices.get(id)).status, 'open')
  assert.equal((await invoices.update(id, { status: 'cancelled' }))?.status, 'cancelled')
  const open: string[] = []
  for await (const { number } of invoices.list({ status: 'open', limit: 1, sort: 'created_at' }))
    open.push(number)
  assert.deepEqual(open, ['R-002', 'R-003'])
  await invoices.delete(id)
  await assert.rejects(Promise.resolve(invoices.get(id)), { code: 'resource_not_found' })
  assert.equal((await comserv.resource('invoices/invoices').list()).meta.total_count, 2)
  const trashed = await invoices.trash()
  assert.deepEqual(
    trashed.data.map((one) => [one.id, one.number, typeof one.purge_at]),
    [[id, 'R-001', 'string']],
  )
  assert.equal((await invoices.restore(id))?.number, 'R-001')
  const exported: string[] = []
  for await (const { number } of invoices.export({ status: 'open' })) exported.push(number)
  assert.deepEqual(exported, ['R-002', 'R-003'])
  const { data, meta } = await invoices.batch([
    { action: 'delete', id },
    { action: 'update', id: 999, data: { customer: 'Bob' } },
  ])
  assert.deepEqual([meta.succeeded, meta.failed, data[1]?.error?.code], [1, 1, 'resource_not_found'])
})

test('a name that is none is refused before anything is sent', () => {
  for (const name of ['', 'Invoices', '../users', 'a/b/c', null])
    assert.throws(() => comserv.resource(name as string), ConfigurationError)
})
