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
import { searchBounds, searchProcess } from '../src/db/search-process.ts'
import { openSqlite } from '../src/db/sqlite.ts'
import { Crowded } from '../src/lib/bounded-queue.ts'
import { startServer } from './harness.ts'
import { holdSearches, searchProcessId } from './held-searches.ts'
import { assertRefused } from './refusals.ts'
import { until } from './until.ts'

/** The search process of the embedded database by itself; the suite opens its own, whatever the others run on. */
const folder = mkdtempSync(join(tmpdir(), 'comserv-search-'))
const database = openSqlite(join(folder, 'comserv.db'))
await migrate(database)
after(async () => {
  await database.close()
  rmSync(folder, { recursive: true })
})

const short = (db: Db) => sql<{ one: number }>`select 1 as one`.execute(db)
/** Takes half a second, more than everything that a test does meanwhile. */
const long = (db: Db) =>
  sql`with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < 2000000)
    select count(*) from numbers`.execute(db)

test('the connection of the search process is counted once there is one, busy while it searches', async () => {
  assert.deepEqual(database.statistics().connections, { busy: 0, idle: 2 })
  const searching = long(database.search())
  await until('the search to run', () => database.statistics().connections.busy || undefined)
  assert.deepEqual(database.statistics().connections, { busy: 1, idle: 2 })
  await searching
  assert.deepEqual(database.statistics().connections, { busy: 0, idle: 3 })
})

const { waitingMax, waitingPerCallerMax } = searchBounds
const as = (caller: string) => database.search({ key: caller })

test('a caller has a bounded number of searches waiting, and so have all of them together', async () => {
  // All of them are there before the process can reply to the first, which is a message to this event loop.
  const running = short(as('first'))
  const callers = Array.from({ length: waitingMax / waitingPerCallerMax }, (_, i) => `caller ${i}`)
  const waiting = callers.flatMap((caller) =>
    Array.from({ length: waitingPerCallerMax }, () => Promise.allSettled([short(as(caller))])),
  )
  const [beyond] = await Promise.allSettled([short(as('caller 0'))])
  assert.ok(beyond?.status === 'rejected' && beyond.reason instanceof Crowded && beyond.reason.byCaller)
  assert.equal(database.statistics().waiting, waitingMax)
  const late = short(as('late'))
  assert.equal(database.statistics().waiting, waitingMax, 'one of many made way')

  assert.deepEqual((await late).rows, [{ one: 1 }])
  await running
  const outcomes = (await Promise.all(waiting)).flat()
  assert.equal(outcomes.filter(({ status }) => status === 'rejected').length, 1)
  assert.equal(database.statistics().waiting, 0)
  assert.deepEqual((await short(database.search())).rows, [{ one: 1 }])
})

test('a search leaves the queue when its caller disconnects, and the next one moves up', async () => {
  const running = long(database.search())
  const gone = new AbortController()
  const withdrawn = short(database.search({ key: 'leaving', gone: gone.signal }))
  const next = short(database.search())
  await until('the queue', () => database.statistics().waiting === 2 || undefined)
  gone.abort(new Error('the caller has left'))
  await assert.rejects(withdrawn, /the caller has left/)
  assert.equal(database.statistics().waiting, 1)
  await assert.rejects(
    short(database.search({ key: 'leaving', gone: gone.signal })),
    /the caller has left/,
    'nor does a later one run',
  )
  await running
  assert.deepEqual((await next).rows, [{ one: 1 }])
})

test('a running search ends normally when callers disconnect', async () => {
  const gone = new AbortController()
  const running = long(database.search({ key: 'leaving', gone: gone.signal }))
  await until('the search to run', () => database.statistics().connections.busy || undefined)
  gone.abort(new Error('the caller has left'))
  assert.equal((await running).rows.length, 1)
})

/** Runs for ever. */
const endless = (db: Db) =>
  sql`with recursive numbers (n) as (select 1 union all select n + 1 from numbers) select count(*) from numbers`.execute(
    db,
  )

test('a search that takes too long is stopped with 503, and the next one runs', async () => {
  const searches = searchProcess(join(folder, 'comserv.db'), 100, 3_000)
  const stopped = endless(searches.db())
  const next = short(searches.db())
  await assert.rejects(
    stopped,
    (error) =>
      error instanceof DatabaseUnavailable &&
      error.reason === 'timeout' &&
      /^The search took too long and was stopped; search for more words/.test(error.details),
  )
  assert.deepEqual((await next).rows, [{ one: 1 }])
  await searches.close()
})

test('a search that runs does not hold up the end of the server', async () => {
  const searches = searchProcess(join(folder, 'comserv.db'), 100)
  const lost = assert.rejects(
    endless(searches.db()),
    (error) => error instanceof DatabaseUnavailable && error.reason === 'stopping',
  )
  await until('the search to run', () => searches.statistics().connections.busy || undefined)
  await searches.close()
  await lost
  await assert.rejects(short(searches.db()), /stopping/)
})

test('a query that fails ends itself alone', async () => {
  await assert.rejects(sql`select * from nowhere`.execute(database.search()), /no such table/)
  assert.deepEqual((await short(database.search())).rows, [{ one: 1 }])
})

/** Takes every place that one caller has the moment it is free, so that no request of theirs finds one. @returns how to end that */
function flood({ search }: Database, caller: string): () => Promise<void> {
  let isOn = true
  const loops = Array.from({ length: waitingPerCallerMax + 1 }, async () => {
    // A place that a request has taken is free again soon.
    while (isOn) await short(search({ key: caller })).catch(() => new Promise(setImmediate))
  })
  return async () => {
    isOn = false
    await Promise.all(loops)
  }
}

const server = await startServer()
const embedded = server.context.database.dialect === 'sqlite'
const { secret: key, id } = await server.credential('read write')
const { secret: another } = await server.credential('read')
const searches = [
  '/api/v1/documents?q=word',
  '/api/v1/users?q=word',
  '/api/v1/documents/export?q=word',
  '/api/v1/users/export?q=word&format=csv',
]

// PostgreSQL runs several at once.
if (embedded) {
  test('a caller with too many waiting searches gets 429, and nobody else does', async () => {
    const subside = flood(server.context.database, `credential:${id}`)
    for (const path of searches) {
      const refused = await server.call('GET', path, { key })
      assertRefused(refused, 429, /^Too many of your searches are waiting already; send fewer at once\.$/)
      assert.equal(refused.headers.get('retry-after'), '5')
      assert.equal((await server.call('GET', path, { key: another })).status, 200)
    }
    assert.equal((await server.call('GET', '/api/v1/documents', { key })).status, 200)
    await subside()
    for (const path of searches) assert.equal((await server.call('GET', path, { key })).status, 200, path)
  })

  test('a search process that hangs or ends loses only its running search, and the next one runs', async () => {
    for (const signal of ['SIGKILL', undefined] as const) {
      await short(server.context.database.search())
      const pid = searchProcessId(server)
      process.kill(pid, 'SIGSTOP')
      const lost = server.call('GET', searches[0] ?? '', { key })
      const next = server.call('GET', searches[1] ?? '', { key: another })
      await until(
        'the search to run',
        () => server.context.database.statistics().connections.busy || undefined,
      )
      if (signal) process.kill(pid, signal)
      const refused = await lost
      assertRefused(
        refused,
        503,
        signal ? /^The database is restarting/ : /^The search took too long and was stopped/,
      )
      assert.equal(refused.headers.get('retry-after'), '5')
      assert.equal((await next).status, 200)
      assert.equal((await server.call('GET', '/health/ready')).status, 200)
    }
  })

  test('the search of a caller who leaves before its turn does not run', async () => {
    const { database } = server.context
    await short(database.search())
    const goOn = holdSearches(server)
    const running = short(database.search())
    for (const path of searches) {
      const request = get(server.url + path, { headers: { 'x-api-key': key } }).on('error', () => {})
      await until('the search to wait', () => database.statistics().waiting > 0 || undefined)
      request.destroy()
      await until('the search to leave', () => database.statistics().waiting === 0 || undefined)
    }
    assert.equal(await Promise.race([running, 'is still running']), 'is still running')
    goOn()
    await running
    assert.ok(!server.logged.some(({ level }) => level === 'error'), 'a caller who leaves is no failure')
  })
}
