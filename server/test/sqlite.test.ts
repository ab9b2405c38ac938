import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, test } from 'node:test'
import { sql } from 'kysely'
import { changesWaitingMax } from '../src/db/commit-queue.ts'
import { readCount } from '../src/db/counters.ts'
import type { Transaction } from '../src/db/database.ts'
import { DatabaseUnavailable } from '../src/db/failure.ts'
import { migrate } from '../src/db/migrate.ts'
import { openSqlite } from '../src/db/sqlite.ts'
import { onBehalfOf } from '../src/lib/caller.ts'

/** The embedded database by itself; the suite opens its own, whatever the others run on. */
const folder = mkdtempSync(join(tmpdir(), 'comserv-sqlite-'))
const file = join(folder, 'data', 'comserv.db')
const database = openSqlite(file)
await migrate(database)
after(async () => {
  await database.close()
  rmSync(folder, { recursive: true })
})

async function addEvent(trx: Transaction, resourceId: number, type = 'test'): Promise<number> {
  const { id } = await trx.db
    .insertInto('events')
    .values({ type, occurred_at: '', resource_type: '', resource_id: resourceId, body: '' })
    .returning('id')
    .executeTakeFirstOrThrow()
  trx.count(`events:${type}`, 1)
  return id
}

async function stored(type: string): Promise<number[]> {
  const query = database.read.selectFrom('events').select('resource_id').where('type', '=', type)
  return (await query.orderBy('id').execute()).map((row) => row.resource_id)
}

test('opening tells whether another process had it open', async () => {
  assert.equal(database.wasFree, true)
  const beside = openSqlite(file)
  assert.equal(beside.wasFree, false)
  await beside.close()
})

test('both connections wait for the disk, keep foreign keys, and the files are for the owner alone', async () => {
  for (const db of [database.read, database.migrating]) {
    for (const [pragma, value] of [
      ['synchronous', 2],
      ['journal_mode', 'wal'],
      ['foreign_keys', 1],
    ]) {
      const { rows } = await sql.raw<Record<string, unknown>>(`PRAGMA ${pragma}`).execute(db)
      assert.deepEqual(Object.values(rows[0] ?? {}), [value], String(pragma))
    }
  }
  assert.equal(statSync(file).mode & 0o777, 0o600)
  assert.equal(statSync(join(folder, 'data')).mode & 0o777, 0o700)
})

test('many changes at once all survive, in the order in which they came', async () => {
  const wanted = Array.from({ length: 1_000 }, (_, i) => i)
  await Promise.all(wanted.map((i) => database.write((trx) => addEvent(trx, i, 'many'))))
  assert.deepEqual(await stored('many'), wanted)
  assert.equal(await readCount(database.read, 'events:many'), 1_000)
})

test('changes take turns by caller', async () => {
  const order: string[] = []
  const change = (caller: string, i: number) =>
    onBehalfOf({ key: caller }, () =>
      database.write(async (trx) => {
        await addEvent(trx, i, 'turns')
        order.push(caller)
      }),
    )
  const many = Array.from({ length: 100 }, (_, i) => change('many', i))
  await Promise.all([...many, change('few', 100), change('few', 101)])
  assert.deepEqual(order.slice(0, 5), ['many', 'few', 'many', 'few', 'many'])
  assert.equal(order.length, 102)
})

test('a queue that one caller has filled has room for another one', async () => {
  const write = (caller: string) =>
    onBehalfOf({ key: caller }, () => database.write((trx) => addEvent(trx, 1, 'bounded')))
  const waiting = Promise.allSettled(Array.from({ length: changesWaitingMax }, () => write('many')))
  await assert.rejects(write('many'), (error) => error instanceof DatabaseUnavailable)
  await write('few')
  const refused = (await waiting).filter(({ status }) => status === 'rejected')
  assert.equal(refused.length, 1)
  assert.equal((await stored('bounded')).length, changesWaitingMax)
})

test('long changes that wait together do not keep the event loop: others have it between two commits', async () => {
  const order: string[] = []
  const long = () =>
    database.write(async (trx) => {
      await addEvent(trx, 1, 'long')
      const before = process.threadCpuUsage()
      while (process.threadCpuUsage(before).user < 60_000);
      order.push('change')
    })
  const changes = Promise.all(Array.from({ length: 5 }, long))
  while (order.filter((each) => each === 'change').length < 5)
    await new Promise((resolve) => setImmediate(() => resolve(order.push('other'))))
  await changes
  assert.ok(!order.join().includes('change,change'), order.join())
})

test('a long change leaves the event loop to others between its statements, and is one change all the same', async () => {
  let turns = 0
  let isOver = false
  const count = () => {
    turns++
    if (!isOver) setImmediate(count)
  }
  await database.write(async (trx) => {
    setImmediate(count)
    for (let i = 0; i < 4; i++) {
      await addEvent(trx, i, 'paced')
      await sql`with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < 300000)
        select count(*) from numbers`.execute(trx.db)
      assert.deepEqual(await stored('paced'), [], 'nobody sees a part of it')
    }
  })
  isOver = true
  assert.ok(turns >= 3, `${turns} turns of the event loop`)
  assert.deepEqual(await stored('paced'), [0, 1, 2, 3])
})

test('changes that arrive together share a commit', async () => {
  // Every commit appends at least one frame to the log; the counter in the file's header says how often it changed.
  const watcher = new DatabaseSync(file, { readOnly: true })
  const version = () => Number(Object.values(watcher.prepare('PRAGMA data_version').get() ?? {})[0])
  let seen = version()
  let commits = 0
  const finished: Promise<unknown>[] = []
  for (let i = 0; i < 100; i++) {
    const change = database.write((trx) => addEvent(trx, i, 'shared'))
    finished.push(
      change.then(() => {
        if (version() !== seen) commits++
        seen = version()
      }),
    )
  }
  await Promise.all(finished)
  watcher.close()
  assert.equal(commits, 1)
})

test('a change that fails undoes itself and none of its neighbours', async () => {
  const outcomes = await Promise.allSettled(
    Array.from({ length: 90 }, (_, i) =>
      database.write(async (trx) => {
        const id = await addEvent(trx, i, 'mixed')
        if (i % 3 === 1) throw new Error(`refused ${i}`)
        // The database itself refuses: the id is taken.
        if (i % 3 === 2)
          await trx.db
            .insertInto('events')
            .values({ id, type: '', occurred_at: '', resource_type: '', resource_id: 0, body: '' })
            .execute()
        return i
      }),
    ),
  )
  const kept = Array.from({ length: 30 }, (_, i) => i * 3)
  assert.deepEqual(await stored('mixed'), kept)
  assert.equal(await readCount(database.read, 'events:mixed'), 30)
  for (const [i, outcome] of outcomes.entries()) {
    if (i % 3 === 0) assert.deepEqual(outcome, { status: 'fulfilled', value: i })
    else if (outcome.status === 'fulfilled') assert.fail(`change ${i} should have failed`)
    else
      assert.match(outcome.reason.message, i % 3 === 1 ? new RegExp(`^refused ${i}$`) : /UNIQUE constraint/)
  }
})

test('follow-ups run after the commit of changes that succeeded, once they can be read', async () => {
  const happened: string[] = []
  await database.write(async (trx) => {
    await addEvent(trx, 1, 'after')
    trx.afterCommit(() => happened.push('succeeded'))
    assert.deepEqual(happened, [])
    assert.deepEqual(await stored('after'), [])
  })
  const failing = database.write(async (trx) => {
    trx.afterCommit(() => happened.push('failed'))
    throw new Error('refused')
  })
  await assert.rejects(failing, /^Error: refused$/)
  assert.deepEqual(happened, ['succeeded'])
  assert.deepEqual(await stored('after'), [1])
})

test('a commit that fails as a whole rejects every change in it, and the next one works', async () => {
  await sql`CREATE TABLE parents (id INTEGER PRIMARY KEY)`.execute(database.migrating)
  await sql`CREATE TABLE children (parent INTEGER REFERENCES parents (id) DEFERRABLE INITIALLY DEFERRED)`.execute(
    database.migrating,
  )
  const neighbour = database.write((trx) => addEvent(trx, 1, 'whole'))
  const orphan = database.write((trx) => sql`INSERT INTO children VALUES (1)`.execute(trx.db))
  const outcomes = await Promise.allSettled([neighbour, orphan])
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ['rejected', 'rejected'],
  )
  assert.deepEqual(await stored('whole'), [])
  await database.write((trx) => addEvent(trx, 2, 'whole'))
  assert.deepEqual(await stored('whole'), [2])
  assert.equal(await readCount(database.read, 'events:whole'), 1)
})

test('changes that wait when the database closes are finished first', async () => {
  const closing = openSqlite(join(folder, 'closing.db'))
  await migrate(closing)
  const changes = Array.from({ length: 300 }, (_, i) => closing.write((trx) => addEvent(trx, i, 'last')))
  await Promise.all([...changes, closing.close()])
  const reopened = new DatabaseSync(join(folder, 'closing.db'), { readOnly: true })
  assert.equal(reopened.prepare('SELECT count(*) AS n FROM events').get()?.n, 300)
  reopened.close()
})

test('a long change costs for each row what a short one costs', async () => {
  // Rows that fill a page each are changed twice, by statements that write into two tables.
  for (const statement of [
    'CREATE TABLE pages (id INTEGER PRIMARY KEY, changes INTEGER NOT NULL, text TEXT NOT NULL)',
    'CREATE TABLE pages_changed (page INTEGER NOT NULL)',
    'CREATE TRIGGER pages_update AFTER UPDATE ON pages BEGIN INSERT INTO pages_changed VALUES (new.id); END',
    `WITH RECURSIVE ids (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM ids WHERE id < 4000)
      INSERT INTO pages SELECT id, 0, '${'x'.repeat(3_500)}' FROM ids`,
  ])
    await sql.raw(statement).execute(database.migrating)
  const costOf = async (rowsOfChange: number) => {
    const before = process.cpuUsage().user
    for (let first = 1; first <= 4_000; first += rowsOfChange)
      await database.write(async (trx) => {
        for (let i = 0; i < 2 * rowsOfChange; i++)
          await sql`UPDATE pages SET changes = changes + 1 WHERE id = ${first + (i % rowsOfChange)}`.execute(
            trx.db,
          )
      })
    return process.cpuUsage().user - before
  }
  await costOf(500)
  const short = await costOf(500)
  const long = await costOf(4_000)
  assert.ok(long < 2 * short, `one change of 4,000 rows took ${long} µs, eight of 500 took ${short} µs`)
})
