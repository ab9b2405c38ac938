import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import { counterKeys } from '../src/db/counters.ts'
import { spellingKey } from '../src/db/spellings.ts'
import { startServer } from './harness.ts'

const server = await startServer()
const { secret: key } = await server.credential('read write')
const { database } = server.context

const create = async (title: string) =>
  (await server.call('POST', '/api/v1/documents', { key, json: { title, category: 'search' } })).body
const found = async (query: string) => {
  const { body } = await server.call('GET', `/api/v1/documents?${query}`, { key })
  return [body.meta.total_count, body.data.map(({ title }: { title: string }) => title)]
}

test('deleted records are neither found nor counted until they are restored', async () => {
  const { id } = await create('Budget of the lighthouse')
  await create('Keeper of the lighthouse')
  const both = [2, ['Keeper of the lighthouse', 'Budget of the lighthouse']]
  assert.deepEqual(await found('q=lighthouse&sort=-created_at'), both)
  await server.call('DELETE', `/api/v1/documents/${id}`, { key })
  for (const filter of ['', '&category=search', '&status=draft'])
    assert.deepEqual(await found(`q=lighthouse${filter}`), [1, ['Keeper of the lighthouse']], filter)
  await server.call('POST', `/api/v1/documents/${id}/restore`, { key })
  assert.deepEqual(await found('q=lighthouse&sort=-created_at'), both)
  await server.call('PATCH', `/api/v1/documents/${id}`, { key, json: { title: 'Budget of the mill' } })
  assert.deepEqual(await found('q=lighthouse'), [1, ['Keeper of the lighthouse']])
  assert.deepEqual(await found('q=mill'), [1, ['Budget of the mill']])
})

test('a deleted document that was purged leaves nothing in the index', async () => {
  const { id } = await create('Windmill')
  await server.call('DELETE', `/api/v1/documents/${id}`, { key })
  server.clock.advance(31 * 86_400_000)
  await server.runTask('purge documents')
  await create('Windmill, the second')
  assert.deepEqual(await found('q=windmill'), [1, ['Windmill, the second']])
})

test('while a search reads many documents, other requests are served', async () => {
  const rows = 30_000
  await database.write(async (trx) => {
    const numbers = sql`(WITH RECURSIVE numbers (value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM numbers WHERE value < ${sql.lit(rows)}) SELECT value FROM numbers) numbers`
    await sql`
      INSERT INTO documents (title, category, status, created_at, updated_at, author_id, content_type, version, content)
      SELECT 'Everywhere', 'many', 'draft', '2026-01-15T08:30:00Z', '2026-01-15T08:30:00Z', 1, 'text/plain', 1, ''
      FROM ${numbers}`.execute(trx.db)
    const isNew = sql`WHERE category = 'many'`
    await (database.dialect === 'postgres'
      ? sql`UPDATE documents SET search = array_to_tsvector(ARRAY['everywhere']) ${isNew}`
      : sql`INSERT INTO documents_search (rowid, words) SELECT id, 'everywhere' FROM documents ${isNew}`
    ).execute(trx.db)
    for (const key of counterKeys('documents', { category: 'many', status: 'draft' })) trx.count(key, rows)
    trx.count(spellingKey('many'), rows)
  })
  const finished: string[] = []
  const search = found('q=everywhere').then(([total]) => {
    finished.push('search')
    return total
  })
  const read = server.call('GET', '/health/live').then(() => finished.push('read'))
  const [total] = await Promise.all([search, read])
  assert.equal(total, rows)
  assert.deepEqual(finished, ['read', 'search'])
})

test('a search that fails is an error of its own, and the next one works', async () => {
  await assert.rejects(sql`select * from no_such_table`.execute(database.search()), /no_such_table/)
  const { rows } = await sql<{ one: number }>`select 1 as one`.execute(database.search())
  assert.equal(rows[0]?.one, 1)
})
