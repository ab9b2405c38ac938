import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import { type Recorded, RequestRecorder, waitingMax } from '../src/requests/recorder.ts'
import { startServer } from './harness.ts'
import { until } from './until.ts'

const server = await startServer({ env: { COMSERV_REQUEST_LOG_ROWS_MAX: '1000' } })
const { secret: key } = await server.credential('admin')
const { database, log, config } = server.context
const { clock } = server

function recorded(more: Partial<Recorded> = {}): Recorded {
  return {
    userId: 1,
    credentialId: 1,
    sessionId: null,
    applicationId: null,
    method: 'GET',
    route: '/api/v1/documents',
    isDeprecated: false,
    status: 200,
    durationMs: 1,
    error: undefined,
    requestId: 'one',
    ip: '203.0.113.1',
    ...more,
  }
}

const rows = () => database.read.selectFrom('requests').selectAll().orderBy('id').execute()
const metric = async (name: string) =>
  Number(new RegExp(`^${name} (\\d+)$`, 'm').exec((await server.call('GET', '/metrics', { key })).text)?.[1])

test('the table holds at most as many rows as it is set up for, and the oldest go first', async () => {
  const recorder = new RequestRecorder(config.requestLog, database, clock, log)
  for (let i = 0; i < 1_700; i++) {
    if (i % 100 === 0) clock.advance(1_000)
    recorder.record(recorded({ requestId: `r${i}` }))
  }
  await recorder.flush()
  const kept = (await rows()).map(({ request_id }) => Number(request_id.slice(1)))
  assert.deepEqual([kept.length, kept[0], kept.at(-1)], [1_000, 700, 1_699])
  assert.deepEqual(recorder.statistics, { written: 1_700, dropped: 0, waiting: 0 })
})

test('a bound that was lowered is kept to by the next pruning', async () => {
  const recorder = new RequestRecorder({ ...config.requestLog, rowsMax: 5_000 }, database, clock, log)
  for (let i = 0; i < 900; i++) recorder.record(recorded())
  await recorder.flush()
  assert.ok((await rows()).length > 1_000)
  await server.runTask('prune old requests')
  assert.equal((await rows()).length, 1_000)
})

test('memory is bounded: reads leave room for failures and changes, and what is dropped is counted and said', async () => {
  const { requestLog } = server.context
  await requestLog.flush()
  const before = requestLog.statistics
  for (let i = 0; i < waitingMax; i++) requestLog.record(recorded())
  for (let i = 0; i < 1_000; i++) requestLog.record(recorded({ status: 500 }))
  for (let i = 0; i < 1_500; i++) requestLog.record(recorded({ method: 'POST', status: 201 }))
  const { waiting, dropped } = requestLog.statistics
  assert.deepEqual([waiting, dropped - before.dropped], [waitingMax, 2_500])
  assert.ok((await metric('comserv_request_log_dropped_total')) >= 2_500)
  await requestLog.write()
  const warning = server.logged.find(({ msg }) => /missing in the request log/.test(msg))
  assert.equal(warning?.requests, 2_500)
  await requestLog.flush()
  assert.equal(requestLog.statistics.waiting, 0)
  assert.ok((await metric('comserv_request_log_rows_total')) >= waitingMax)
})

test('a log that cannot be written delays no request, and is written when it can be again', async () => {
  const { requestLog } = server.context
  await requestLog.flush()
  clock.advance(60_000)
  const away = (from: string, to: string) =>
    sql.raw(`ALTER TABLE ${from} RENAME TO ${to}`).execute(database.migrating)
  await away('requests', 'requests_away')
  try {
    const made = await server.call('POST', '/api/v1/documents', { key, json: { title: 'x', category: 'y' } })
    assert.equal(made.status, 201, made.text)
    await assert.rejects(requestLog.flush())
    assert.equal((await server.call('GET', `/api/v1/documents/${made.body.id}`, { key })).status, 200)
    await until('both to wait', () => (requestLog.statistics.waiting >= 2 ? true : undefined))
  } finally {
    await away('requests_away', 'requests')
  }
  await requestLog.flush()
  const written = (await rows()).slice(-2).map(({ method, status }) => [method, status])
  assert.deepEqual(written, [
    ['POST', 201],
    ['GET', 200],
  ])
})

test('a request that can never be written is dropped alone, counted, and holds up nobody behind it', async () => {
  const recorder = new RequestRecorder(config.requestLog, database, clock, log)
  for (let i = 0; i < 700; i++) recorder.record(recorded({ requestId: `beside ${i}` }))
  // Of two callers, which the table does not allow.
  recorder.record(recorded({ sessionId: 1, credentialId: 1 }))
  for (let i = 700; i < 900; i++) recorder.record(recorded({ requestId: `beside ${i}` }))
  let failures = 0
  while (recorder.statistics.waiting > 0)
    await recorder.flush().catch((error: Error) => {
      assert.match(error.message, /constraint/i)
      failures++
    })
  assert.deepEqual(recorder.statistics, { written: 900, dropped: 1, waiting: 0 })
  assert.ok(failures < 30, `${failures} failures`)
  const kept = (await rows()).filter(({ request_id }) => request_id.startsWith('beside'))
  assert.equal(new Set(kept.map(({ request_id }) => request_id)).size, 900)
})

test('while a batch waits for a lock, reads are answered, and the next batch is not begun', async () => {
  const { requestLog } = server.context
  await requestLog.flush()
  requestLog.record(recorded({ requestId: 'waits' }))
  let release = () => {}
  const released = new Promise<void>((resolve) => {
    release = resolve
  })
  let holds = () => {}
  const held = new Promise<void>((resolve) => {
    holds = resolve
  })
  // The log is written after this change on the one database, and beside it, up to the row of its counter, on the other.
  const holding = database.write(async ({ db }) => {
    await sql`update counters set count = count where scope = 'requests'`.execute(db)
    holds()
    await released
  })
  await held
  let isWritten = false
  const writing = requestLog.flush().then(() => {
    isWritten = true
  })
  for (let i = 0; i < 20; i++) {
    const answer = await server.call('GET', '/api/v1/documents', { key })
    assert.equal(answer.status, 200)
  }
  if (database.dialect === 'sqlite') assert.equal(isWritten, false)
  release()
  await Promise.all([holding, writing])
  assert.ok((await rows()).some(({ request_id }) => request_id === 'waits'))
})

test('the task waits for a full batch or a second, and rests after each in proportion to what it took', async () => {
  const recorder = new RequestRecorder(config.requestLog, database, clock, log)
  recorder.record(recorded())
  await recorder.write()
  assert.equal(recorder.statistics.waiting, 1, 'one request waits for others')
  for (let i = 1; i < 600; i++) recorder.record(recorded())
  await recorder.write()
  assert.equal(recorder.statistics.waiting, 300, 'a full batch does not wait')
  await recorder.write()
  assert.equal(recorder.statistics.waiting, 300, 'the writer rests')
  await until('the rest to end', async () => {
    await recorder.write()
    return recorder.statistics.waiting === 0 ? true : undefined
  })
})

test('with 0 days nothing is logged, and what was is pruned', async () => {
  const off = await startServer({ env: { COMSERV_REQUEST_LOG_DAYS: '0' } })
  const { secret } = await off.credential('admin')
  assert.equal((await off.call('GET', '/api/v1/documents', { key: secret })).status, 200)
  await off.context.requestLog.flush()
  const { body } = await off.call('GET', '/api/v1/requests', { key: secret })
  assert.deepEqual(body.data, [])
  assert.equal(off.context.requestLog.statistics.waiting, 0)
  await new RequestRecorder({ days: 7, rowsMax: 1_000 }, off.context.database, off.clock, log).flush()
})

test('two processes write the same log, and a process that stops loses nothing', async () => {
  const one = await startServer()
  const beside = await startServer({ beside: one })
  const { id, secret } = await one.credential('documents:read')
  await Promise.all(
    Array.from({ length: 40 }, (_, i) =>
      (i % 2 ? one : beside).call('GET', '/api/v1/documents', { key: secret }),
    ),
  )
  await until('all to be recorded', () =>
    one.context.requestLog.statistics.waiting + beside.context.requestLog.statistics.waiting === 40
      ? true
      : undefined,
  )
  await Promise.all([one.context.requestLog.flush(), beside.stop()])
  const { total } = await one.context.database.read
    .selectFrom('requests')
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .where('credential_id', '=', id)
    .executeTakeFirstOrThrow()
  assert.equal(total, 40)
})
