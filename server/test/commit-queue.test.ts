import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, test } from 'node:test'
import { sql } from 'kysely'
import { changeWaitMsMax } from '../src/db/commit-queue.ts'
import { readCount } from '../src/db/counters.ts'
import type { Transaction } from '../src/db/database.ts'
import { DatabaseUnavailable } from '../src/db/failure.ts'
import { migrate } from '../src/db/migrate.ts'
import { openSqlite } from '../src/db/sqlite.ts'
import { type Caller, onBehalfOf } from '../src/lib/caller.ts'
import { createLog } from '../src/lib/log.ts'

/** The queue of changes of the embedded database; whatever happens to one of them, the next ones are made. */
const folder = mkdtempSync(join(tmpdir(), 'comserv-queue-'))
const logged: { err?: { message: string }; msg: string }[] = []
const log = createLog('info', { write: (line) => void logged.push(JSON.parse(line)) })
const file = join(folder, 'comserv.db')
const database = openSqlite(file, log)
await migrate(database)
after(async () => {
  await database.close()
  rmSync(folder, { recursive: true })
})

const insert = (type: string, then?: () => void) =>
  database.write(async (trx) => {
    await writeEvent(trx, type)
    if (then) trx.afterCommit(then)
    return type
  })

async function stored(type: string): Promise<number> {
  return (await database.read.selectFrom('events').select('id').where('type', '=', type).execute()).length
}

test('what follows a commit may throw: the change and its neighbours are made, the log says so, and the queue goes on', async () => {
  const followed: string[] = []
  const fail = () => {
    throw new Error('the cache is broken')
  }
  const made = await Promise.all([
    insert('follow', () => followed.push('first')),
    insert('follow', fail),
    insert('follow', () => followed.push('last')),
  ])
  assert.deepEqual(made, ['follow', 'follow', 'follow'])
  assert.deepEqual(followed, ['first', 'last'])
  assert.equal(await insert('follow', fail), 'follow', 'alone, too')
  assert.equal(await insert('follow'), 'follow')
  assert.equal(await stored('follow'), 5)
  assert.deepEqual(
    logged.map(({ err, msg }) => [err?.message, msg]),
    Array(2).fill(['the cache is broken', 'what follows a change failed; the change itself was made']),
  )
})

test('a change that ends the transaction itself fails with those that share its commit, and the queue goes on', async () => {
  for (const statement of ['rollback', 'commit']) {
    const outcomes = await Promise.allSettled([
      database.write(async ({ db }) => void (await sql.raw(statement).execute(db))),
      insert('after the end'),
    ])
    assert.ok(outcomes.some(({ status }) => status === 'rejected'))
    assert.equal(await insert('next'), 'next')
  }
})

test('a change throws whatever it likes, and the queue goes on', async () => {
  for (const thrown of [undefined, null, 'text', new Error('broken'), { code: 7 }])
    assert.deepEqual(
      await Promise.allSettled([
        database.write(() => Promise.reject(thrown)),
        database.write(() => {
          throw thrown
        }),
        insert('beside'),
      ]),
      [
        { status: 'rejected', reason: thrown },
        { status: 'rejected', reason: thrown },
        { status: 'fulfilled', value: 'beside' },
      ],
    )
})

test('the change of a caller who leaves before its turn is not made', async () => {
  const holder = new DatabaseSync(file)
  holder.exec('BEGIN IMMEDIATE')
  const gone = new AbortController()
  const caller: Caller = { key: 'leaving', gone: gone.signal }
  const first = insert('stays')
  const leaving = onBehalfOf(caller, () => insert('leaves'))
  gone.abort(new Error('the caller has left'))
  await assert.rejects(leaving, /the caller has left/)
  await assert.rejects(
    onBehalfOf(caller, () => insert('leaves')),
    /the caller has left/,
    'nor is a later one',
  )
  holder.exec('ROLLBACK')
  holder.close()
  await first
  assert.deepEqual([await stored('stays'), await stored('leaves')], [1, 0])
  assert.equal(database.statistics().waiting, 0)
})

test('a change whose turn does not come in time is refused, and is not made later', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const holder = new DatabaseSync(file)
  let endTurn = () => {}
  const long = database.write(
    () =>
      new Promise<void>((resolve) => {
        endTurn = resolve
      }),
  )
  await new Promise(setImmediate)
  await new Promise(setImmediate)
  const late = insert('late')
  t.mock.timers.tick(changeWaitMsMax)
  await assert.rejects(late, (error) => error instanceof DatabaseUnavailable && error.reason === 'busy')
  t.mock.timers.reset()
  endTurn()
  await long
  holder.close()
  await insert('in time')
  assert.equal(await stored('late'), 0)
})

test('a change that fails after it has written something takes no other with it, and leaves nothing', async () => {
  const failing = database.write(async (trx) => {
    await writeEvent(trx, 'too late')
    throw new Error('too late')
  })
  const outcomes = await Promise.allSettled([insert('too late'), failing, insert('too late')])
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  )
  assert.equal(await stored('too late'), 2)
})

test('a part that fails is undone, whether it has written something or not, and the rest is made', async () => {
  for (const writes of [false, true]) {
    const type = `part ${writes}`
    let runs = 0
    const part = (trx: Transaction, fails: boolean) =>
      trx
        .savepoint(async () => {
          if (writes || !fails) await writeEvent(trx, type)
          trx.count(type, 1)
          if (fails) throw new Error('this part alone')
        })
        .catch((error: Error) => assert.equal(error.message, 'this part alone'))
    const change = async (trx: Transaction) => {
      runs++
      await part(trx, false)
      await part(trx, true)
      await part(trx, false)
    }
    await Promise.all([database.write(change), insert('neighbour')])
    assert.equal(await stored(type), 2)
    assert.equal(await readCount(database.read, type), 2)
    assert.equal(runs, writes ? 2 : 1, 'only what was written needs savepoints, and thus another run')
  }
})

function writeEvent(trx: Transaction, type: string) {
  return trx.db
    .insertInto('events')
    .values({ type, occurred_at: '', resource_type: '', resource_id: 1, body: '' })
    .execute()
}
