import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { sql } from 'kysely'
import type { Database, Db } from '../src/db/database.ts'
import { DatabaseUnavailable } from '../src/db/failure.ts'
import { migrate } from '../src/db/migrate.ts'
import { queriesWaitingMax } from '../src/db/search-thread.ts'
import { openSqlite } from '../src/db/sqlite.ts'
import { startServer } from './harness.ts'
import { assertRefused } from './refusals.ts'
import { until } from './until.ts'

/** The thread of the embedded database by itself; the suite opens its own, whatever the others run on. */
const folder = mkdtempSync(join(tmpdir(), 'comserv-search-'))
const database = openSqlite(join(folder, 'comserv.db'))
await migrate(database)
after(async () => {
  await database.close()
  rmSync(folder, { recursive: true })
})

const short = (db: Db) => sql<{ one: number }>`select 1 as one`.execute(db)
/** Takes a second, more than everything that a test does meanwhile. */
const long = (db: Db) =>
  sql`with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < 10000000)
    select count(*) from numbers`.execute(db)

test('the connection of the thread is counted once there is one, busy while it searches', async () => {
  assert.deepEqual(database.statistics().connections, { busy: 0, idle: 2 })
  const searching = long(database.search())
  await until('the search to run', () => database.statistics().connections.busy || undefined)
  assert.deepEqual(database.statistics().connections, { busy: 1, idle: 2 })
  await searching
  assert.deepEqual(database.statistics().connections, { busy: 0, idle: 3 })
})

test('searches beyond those that may wait are turned away at once, and the others are answered', async () => {
  // All of them are there before the thread can answer the first, which is a message to this event loop.
  const running = short(database.search())
  const waiting = Array.from({ length: queriesWaitingMax }, () => short(database.search()))
  const refused = await Promise.allSettled(Array.from({ length: 10 }, () => short(database.search())))
  for (const outcome of refused)
    assert.ok(outcome.status === 'rejected' && outcome.reason instanceof DatabaseUnavailable)
  assert.equal(database.statistics().waiting, queriesWaitingMax)

  const answered = await Promise.all([running, ...waiting])
  assert.ok(answered.every(({ rows }) => rows[0]?.one === 1))
  assert.equal(database.statistics().waiting, 0)
  assert.deepEqual((await short(database.search())).rows, [{ one: 1 }])
})

test('a search that nobody waits for any more leaves the queue, and the next one moves up', async () => {
  const running = long(database.search())
  const gone = new AbortController()
  const withdrawn = short(database.search(gone.signal))
  const next = short(database.search())
  await until('the queue', () => database.statistics().waiting === 2 || undefined)
  gone.abort(new Error('the caller has left'))
  await assert.rejects(withdrawn, /the caller has left/)
  assert.equal(database.statistics().waiting, 1)
  await assert.rejects(short(database.search(gone.signal)), /the caller has left/, 'nor does a later one run')
  await running
  assert.deepEqual((await next).rows, [{ one: 1 }])
})

test('a search that is running is answered, whoever has left', async () => {
  const gone = new AbortController()
  const running = long(database.search(gone.signal))
  await until('the search to run', () => database.statistics().connections.busy || undefined)
  gone.abort(new Error('the caller has left'))
  assert.equal((await running).rows.length, 1)
})

/** Takes every place in the queue again the moment it is free, so that no request finds one. @returns how to end that */
function flood({ search }: Database): () => Promise<void> {
  let isOn = true
  const callers = Array.from({ length: queriesWaitingMax + 1 }, async () => {
    while (isOn) await short(search())
  })
  return async () => {
    isOn = false
    await Promise.all(callers)
  }
}

const server = await startServer()
const embedded = server.context.database.dialect === 'sqlite'
const { secret: key } = await server.credential('read write')
const searches = [
  '/api/v1/documents?q=word',
  '/api/v1/users?q=word',
  '/api/v1/documents/export?q=word',
  '/api/v1/users/export?q=word&format=csv',
]

// On PostgreSQL no search waits for another one.
if (embedded) {
  test('while too many searches wait, another one is told to come back later, and nothing else is', async () => {
    const subside = flood(server.context.database)
    for (const path of searches) {
      const refused = await server.call('GET', path, { key })
      assertRefused(refused, 503, /^Too many searches are being run at once\.$/)
      assert.equal(refused.headers.get('retry-after'), '5')
    }
    assert.equal((await server.call('GET', '/api/v1/documents', { key })).status, 200)
    await subside()
    for (const path of searches) assert.equal((await server.call('GET', path, { key })).status, 200, path)
  })

  test('the search of a caller who leaves before its turn does not run', async () => {
    const { database } = server.context
    const running = long(database.search())
    for (const path of searches) {
      const request = get(server.url + path, { headers: { 'x-api-key': key } }).on('error', () => {})
      await until('the search to wait', () => database.statistics().waiting > 0 || undefined)
      request.destroy()
      await until('the search to leave', () => database.statistics().waiting === 0 || undefined)
    }
    assert.equal(await Promise.race([running, 'is still running']), 'is still running')
    await running
    assert.ok(!server.logged.some(({ level }) => level === 'error'), 'a caller who leaves is no failure')
  })
}
