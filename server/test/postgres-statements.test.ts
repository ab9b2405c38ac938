import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { sql } from 'kysely'
import type { Db } from '../src/db/database.ts'
import { openDatabase } from '../src/db/open.ts'
import { createLog } from '../src/lib/log.ts'
import { freshDatabase, postgresUrl } from './fresh-database.ts'
import { until } from './until.ts'

// The embedded database keeps its statements in this process, where nobody else can lose them.
if (postgresUrl !== undefined) {
  const fresh = await freshDatabase()
  const logged: { msg: string }[] = []
  const opened: ReturnType<typeof openDatabase>[] = []
  const open = () => {
    const log = createLog('info', { write: (line) => void logged.push(JSON.parse(line)) })
    const database = openDatabase({ kind: 'postgres', url: fresh.env.DATABASE_URL ?? '' }, log)
    opened.push(database)
    return database
  }
  after(async () => {
    for (const database of opened) await database.close()
    await fresh.drop()
  })

  const run = async <R>(db: Db, text: string) => (await sql.raw<R>(text).execute(db)).rows
  const backend = async (db: Db) => (await run<{ pid: number }>(db, 'select pg_backend_pid() as pid'))[0]?.pid
  const held = (db: Db) =>
    run<{ name: string; statement: string }>(db, 'select name, statement from pg_prepared_statements')
  const heldTexts = async (db: Db) => (await held(db)).map(({ statement }) => statement)
  const onOne = <T>(database: ReturnType<typeof openDatabase>, work: (db: Db) => Promise<T>) =>
    database.read.connection().execute(work)

  test('a statement that comes again is kept by the connection, and one that came once is not', async () => {
    await onOne(open(), async (db) => {
      for (let i = 0; i < 3; i++) assert.deepEqual(await run(db, 'select 1 as one'), [{ one: 1 }])
      await run(db, 'select 2 as two')
      assert.ok((await heldTexts(db)).includes('select 1 as one'))
      assert.ok(!(await heldTexts(db)).includes('select 2 as two'))
    })
  })

  test('searches are planned for their words each time', async () => {
    await open()
      .search()
      .connection()
      .execute(async (db) => {
        for (let i = 0; i < 3; i++) await run(db, 'select 1 as one')
        assert.deepEqual(await heldTexts(db), [])
      })
  })

  test('a connection holds a bounded number of statements, and gives way to another when it is full', async () => {
    const database = open()
    const full = await onOne(database, async (db) => {
      for (let i = 0; i < 250; i++)
        for (let again = 0; again < 2; again++)
          assert.deepEqual(await run(db, `select ${i} as number`), [{ number: i }])
      assert.equal((await held(db)).length, 200)
      return backend(db)
    })
    await until('the full connection to be closed', async () => {
      const rows = await run(database.migrating, `select 1 from pg_stat_activity where pid = ${full}`)
      return rows.length === 0 || undefined
    })
    await onOne(database, async (db) => {
      assert.notEqual(await backend(db), full)
      for (let i = 0; i < 2; i++) await run(db, 'select 3 as three')
      assert.ok((await heldTexts(db)).includes('select 3 as three'))
    })
  })

  test('a read and a change go on after a migration has changed their table', async () => {
    const database = open()
    await run(database.migrating, 'create table changed (id bigint)')
    await run(database.migrating, 'insert into changed values (1)')
    const text = 'select * from changed'
    const change = () =>
      database.write(async ({ db }) => {
        const before = await run(db, text)
        await run(db, 'insert into changed (id) values (2)')
        return before
      })
    for (let i = 0; i < 3; i++) await onOne(database, (db) => run(db, text))
    for (let i = 0; i < 3; i++) await change()
    await run(database.migrating, `alter table changed add column word text default 'new'`)
    assert.deepEqual((await onOne(database, (db) => run(db, text)))[0], { id: 1, word: 'new' })
    assert.deepEqual((await change())[0], { id: 1, word: 'new' })
    assert.equal((await run(database.read, text)).length, 5)
    assert.deepEqual(
      logged.filter(({ msg }) => msg.startsWith('prepared statements are lost')),
      [],
    )
  })

  const linesOfLoss = () => logged.filter(({ msg }) => msg.startsWith('prepared statements are lost')).length

  test('a read and a change go on where a pooler loses statements, which are sent whole from then on', async () => {
    for (const among of ['reads', 'changes']) {
      const database = open()
      const before = linesOfLoss()
      const text = 'select 4 as four'
      let runs = 0
      const work = async (db: Db) => {
        runs++
        for (let i = 0; i < 3; i++) assert.deepEqual(await run(db, text), [{ four: 4 }])
        // As when the next transaction is on another connection of the pooler.
        if (runs === 1) await run(db, 'deallocate all')
        assert.deepEqual(await run(db, text), [{ four: 4 }])
        return heldTexts(db)
      }
      const kept =
        among === 'reads' ? await onOne(database, work) : await database.write(({ db }) => work(db))
      assert.deepEqual(kept, [], among)
      assert.equal(runs, among === 'reads' ? 1 : 2)
      assert.equal(linesOfLoss() - before, 1)
    }
  })

  test('a read goes on where a pooler leads to a session in which another process has prepared the same', async () => {
    const text = 'select 5 as five'
    const name = await onOne(open(), async (db) => {
      for (let i = 0; i < 2; i++) await run(db, text)
      return (await held(db)).find(({ statement }) => statement === text)?.name
    })
    const before = linesOfLoss()
    await onOne(open(), async (db) => {
      await run(db, `prepare "${name}" as ${text}`)
      for (let i = 0; i < 3; i++) assert.deepEqual(await run(db, text), [{ five: 5 }])
    })
    assert.equal(linesOfLoss() - before, 1)
  })

  test('a plan that was made when the table was nearly empty is not kept while it grows', async ({
    mock,
  }) => {
    const database = open()
    await run(database.migrating, 'create table growing (id bigint primary key)')
    await run(database.migrating, 'alter table growing set (autovacuum_enabled = false)')
    await run(database.migrating, 'insert into growing values (1)')
    await run(database.migrating, 'analyze growing')
    const planNow = () =>
      onOne(database, async (db) => {
        const find = (id: number) => sql`select id as found from growing where id = ${id}`.execute(db)
        // The sixth time, PostgreSQL plans for any value.
        for (let i = 0; i < 8; i++) await find(1)
        const name = (await held(db)).find(({ statement }) => statement.includes('as found'))?.name
        const [plan] = await run<Record<string, string>>(db, `explain execute "${name}" (1)`)
        return plan?.['QUERY PLAN'] ?? ''
      })
    assert.match(await planNow(), /^Seq Scan/)
    await run(database.migrating, 'insert into growing select generate_series(2, 20000)')
    const now = performance.now.bind(performance)
    mock.method(performance, 'now', () => now() + 6_000)
    assert.match(await planNow(), /^Index/)
  })
}
