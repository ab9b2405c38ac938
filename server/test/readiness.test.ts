import assert from 'node:assert/strict'
import { readFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, test } from 'node:test'
import pg from 'pg'
import { freshDatabase, postgresUrl } from './fresh-database.ts'
import { startServer, type TestServer } from './harness.ts'
import { assertRefused } from './refusals.ts'
import { until } from './until.ts'

const readyOf = async (server: TestServer) => (await server.call('GET', '/health/ready')).status
const becomes = (server: TestServer, status: number) =>
  until(`readiness to be ${status}`, async () => (await readyOf(server)) === status || undefined)

async function started(env: Record<string, string> = {}) {
  const server = await startServer({ env })
  const { secret: key } = await server.credential('read write')
  return {
    server,
    create: (title: string) => server.call('POST', '/api/v1/documents', { key, json: { title } }),
  }
}

if (postgresUrl === undefined) {
  const files = async () => {
    const { server, create } = await started()
    return { server, create, file: join(server.context.config.dataDir, 'comserv.db') }
  }

  for (const rest of ['', '-wal'])
    test(`without comserv.db${rest} changes are refused, and the server is not ready until it is back`, async () => {
      const { server, create, file } = await files()
      assert.equal((await create('before')).status, 201)
      assert.equal(await readyOf(server), 200)
      renameSync(file + rest, `${file}.away`)
      await becomes(server, 503)
      const refused = await create('nowhere')
      assertRefused(refused, 503, /^The files of the database were removed or replaced/)
      renameSync(`${file}.away`, file + rest)
      await becomes(server, 200)
      assert.equal((await create('after')).status, 201)
      assert.equal(
        await server.context.database.read
          .selectFrom('documents')
          .select('id')
          .execute()
          .then((rows) => rows.length),
        2,
      )
    })

  test('a file that was cut short is noticed without a change', async () => {
    const { server, file } = await files()
    const other = new DatabaseSync(file)
    other.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    other.close()
    assert.equal(await readyOf(server), 200)
    const whole = readFileSync(file)
    truncateSync(file, 4_096)
    await becomes(server, 503)
    const { body } = await server.call('GET', '/health/ready')
    assert.match(body.error.details, /^The database is damaged/)
    writeFileSync(file, whole)
    await becomes(server, 200)
  })

  test('asked often while another program holds the lock, the server has one question waiting', async () => {
    const { server, create, file } = await files()
    renameSync(file, `${file}.away`)
    assert.equal((await create('nowhere')).status, 503)
    renameSync(`${file}.away`, file)
    const holder = new DatabaseSync(file)
    after(() => holder.close())
    holder.exec('BEGIN IMMEDIATE')
    const { database } = server.context
    const before = database.statistics()
    for (let round = 0; round < 2; round++) assert.equal(await readyOf(server), 503)
    const waiting = database.statistics().waiting
    assert.ok(waiting <= 1, `${waiting} changes wait`)
    holder.exec('ROLLBACK')
    await becomes(server, 200)
    assert.equal(database.statistics().changes - before.changes, 1)
  })
} else {
  const fresh = await freshDatabase()
  const owner = `owner_${process.pid}`
  const url = new URL(fresh.env.DATABASE_URL ?? '')
  const administrator = new pg.Client({ connectionString: url.href })
  await administrator.connect()
  const database = url.pathname.slice(1)
  for (const statement of [
    `create role ${owner} login password 'secret'`,
    `revoke temporary on database ${database} from public`,
    `alter schema public owner to ${owner}`,
  ])
    await administrator.query(statement)
  url.username = owner
  url.password = 'secret'
  const { server, create } = await started({ ...fresh.env, DATABASE_URL: url.href })
  after(async () => {
    await server.stop()
    await administrator.end()
    await fresh.drop()
    const last = new pg.Client({ connectionString: postgresUrl })
    await last.connect()
    await last.query(`drop role ${owner}`)
    await last.end()
  })

  /** A table that has no room, as PostgreSQL says it. @returns how to make room again */
  async function fill(table: string): Promise<() => Promise<unknown>> {
    await administrator.query(`
      create or replace function no_room() returns trigger language plpgsql as $$
      begin raise exception 'could not extend file' using errcode = 'disk_full'; end $$`)
    await administrator.query(
      `create trigger no_room before insert on ${table} for each statement execute function no_room()`,
    )
    return () => administrator.query(`drop trigger no_room on ${table}`)
  }

  test('a role that may not make temporary tables is ready', async () => {
    assert.equal(await readyOf(server), 200)
    const { rows } = await administrator.query(`select has_database_privilege($1, $2, 'TEMPORARY') as may`, [
      owner,
      database,
    ])
    assert.equal(rows[0].may, false)
  })

  test('after a change found no room the server is not ready until there is some, and then without anybody’s change', async () => {
    const empty = [await fill('documents'), await fill('write_trial')] as const
    assertRefused(await create('too much'), 503, /^The disk of the database is full/)
    await becomes(server, 503)
    await empty[0]()
    assert.equal(await readyOf(server), 503)
    await empty[1]()
    await becomes(server, 200)
    const { rows } = await administrator.query('select count(*)::int as n from write_trial')
    assert.equal(rows[0].n, 0)
    assert.equal((await create('enough')).status, 201)
  })

  test('where the role may not write the trial, the next change tells', async () => {
    const empty = await fill('documents')
    await administrator.query(`revoke insert on write_trial from ${owner}`)
    assert.equal((await create('too much')).status, 503)
    await empty()
    await becomes(server, 200)
    await administrator.query(`grant insert on write_trial to ${owner}`)
    assert.equal((await create('enough')).status, 201)
  })
}
