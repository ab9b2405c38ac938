import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { changesWaitingMax, lockTimeoutMs } from '../src/db/commit-queue.ts'
import { DatabaseUnavailable } from '../src/db/failure.ts'
import { migrate } from '../src/db/migrate.ts'
import { openSqlite } from '../src/db/sqlite.ts'

/** The embedded database by itself, and another program that takes its lock. */
const folder = mkdtempSync(join(tmpdir(), 'comserv-lock-'))
const file = join(folder, 'comserv.db')
const database = openSqlite(file)
await migrate(database)
after(async () => {
  await database.close()
  rmSync(folder, { recursive: true })
})

const holder = `
  import { DatabaseSync } from 'node:sqlite'
  const db = new DatabaseSync(process.argv[2])
  db.exec('BEGIN IMMEDIATE')
  process.send('held')
  process.once('message', () => { db.exec('ROLLBACK'); process.disconnect() })`

async function holdLock(): Promise<() => Promise<void>> {
  const script = join(folder, 'holder.mjs')
  writeFileSync(script, holder)
  const child = fork(script, [file])
  after(() => child.kill('SIGKILL'))
  await once(child, 'message')
  return async () => {
    const ended = once(child, 'exit')
    child.send('release')
    await ended
  }
}

const addEvent = (type: string) =>
  database.write(async ({ db }) => {
    await db
      .insertInto('events')
      .values({ type, occurred_at: '', resource_type: '', resource_id: 1, body: '' })
      .execute()
  })

const isReason = (reason: string) => (error: unknown) =>
  error instanceof DatabaseUnavailable && error.reason === reason

/** The longest time for which this thread did nothing else, while something runs. */
async function longestPauseDuring(work: Promise<unknown>): Promise<number> {
  let longestMs = 0
  let isOver = false
  const settled = work.finally(() => {
    isOver = true
  })
  for (let beforeMs = performance.now(); !isOver; beforeMs = performance.now()) {
    await new Promise(setImmediate)
    longestMs = Math.max(longestMs, performance.now() - beforeMs)
  }
  await settled.catch(() => undefined)
  return longestMs
}

test('while another program holds the lock, changes wait for a bounded time, and nothing else does', async () => {
  const release = await holdLock()
  const changes = [addEvent('held'), addEvent('held'), addEvent('held')]
  const outcomes = Promise.allSettled(changes)
  const startedMs = performance.now()
  const pauseMs = await longestPauseDuring(outcomes)
  assert.ok(performance.now() - startedMs < 2 * lockTimeoutMs)
  assert.ok(pauseMs < lockTimeoutMs / 5, `the event loop stood still for ${pauseMs} ms`)
  for (const outcome of await outcomes) {
    assert.equal(outcome.status, 'rejected')
    assert.ok(isReason('locked')((outcome as PromiseRejectedResult).reason))
  }
  await release()
  await addEvent('after')
  const rows = await database.read.selectFrom('events').select('type').execute()
  assert.deepEqual(
    rows.map(({ type }) => type),
    ['after'],
  )
})

test('a change goes on as soon as the lock is free', async () => {
  const release = await holdLock()
  const change = addEvent('waited')
  assert.equal((await database.read.selectFrom('events').select('id').execute()).length, 1)
  await release()
  await change
})

test('more changes than may wait are turned away at once, and the others are made', async () => {
  const release = await holdLock()
  const first = addEvent('many')
  await new Promise(setImmediate)
  await new Promise(setImmediate)
  const rest = Promise.allSettled(Array.from({ length: changesWaitingMax + 10 }, () => addEvent('many')))
  await release()
  await first
  const failed = (await rest).filter((one) => one.status === 'rejected')
  assert.ok(failed.length >= 10 && failed.length < 200, String(failed.length))
  for (const { reason } of failed) assert.ok(isReason('busy')(reason))
  const made = await database.read.selectFrom('events').select('id').where('type', '=', 'many').execute()
  assert.equal(made.length, 1 + changesWaitingMax + 10 - failed.length)
})
