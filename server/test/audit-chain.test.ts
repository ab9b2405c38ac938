import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { sql } from 'kysely'
import { unlimitedActor } from '../src/access/caller.ts'
import { recordAudit } from '../src/audit/record.ts'
import { type Head, type Verification, verifyChain } from '../src/audit/verify.ts'
import { runCommandLine } from '../src/cli/command-line.ts'
import { chainAll } from './chaining.ts'
import { type Json, startServer, type TestServer } from './harness.ts'

/** The chain of the audit log: what it proves, and what it costs nobody. */

const dayMs = 86_400_000
const server = await startServer({ env: { COMSERV_AUDIT_RETENTION_DAYS: '10' } })
const { secret: key } = await server.credential('admin', { name: 'Auditor' })
const { database } = server.context
const chain = (on: TestServer = server) => on.runTask('chain the audit log')
const verify = (known?: Head) => verifyChain(database.read, known)
const run = (text: string) => database.write(({ db }) => sql.raw(text).execute(db))

async function makeDocuments(count: number): Promise<void> {
  const items = Array.from({ length: count }, (_, i) => ({
    action: 'create',
    data: { title: `Chained ${i}` },
  }))
  const { status, text } = await server.call('POST', '/api/v1/documents/batch', { key, json: { items } })
  assert.equal(status, 200, text)
}

const head = async (): Promise<Json> => (await server.call('GET', '/api/v1/audit-log/head', { key })).body

test('new rows are chained after their commit, and the export shows their places', async () => {
  await makeDocuments(5)
  const before = await server.call('GET', '/api/v1/audit-log?limit=1', { key })
  assert.deepEqual([before.body.data[0].chain_seq, before.body.data[0].chain_hash], [null, null])
  await chainAll(server)
  const { text } = await server.call('GET', '/api/v1/audit-log/export', { key })
  const records: Json[] = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  assert.deepEqual(
    records.map(({ chain_seq }) => chain_seq),
    records.map((_, i) => i + 1),
  )
  const { seq, hash } = await head()
  assert.deepEqual([seq, hash], [records.length, records.at(-1).chain_hash])
})

test('a hash covers the hash before it and the columns as they are stored', async () => {
  const rows = await database.read.selectFrom('audit_log').selectAll().orderBy('id').execute()
  let hash = '0'.repeat(64)
  for (const row of rows) {
    const columns = [
      ...[row.id, row.occurred_at, row.actor_type, row.actor_id, row.actor_name, row.action],
      ...[row.target_type, row.target_id, row.ip, row.request_id, row.before, row.after],
    ]
    hash = createHash('sha256')
      .update(`${hash}\n${JSON.stringify(columns)}`)
      .digest('hex')
  }
  assert.equal((await head()).hash, hash)
})

test('an export of the audit log follows the filters, and is itself recorded', async () => {
  const { text, headers } = await server.call(
    'GET',
    '/api/v1/audit-log/export?action=document.create&format=csv',
    { key },
  )
  assert.match(headers.get('content-disposition') ?? '', /audit-log-.*\.csv/)
  assert.match(text, /^id,occurred_at,.*chain_seq,chain_hash\r\n/)
  assert.equal(text.match(/document\.create/g)?.length, 5)
  assert.match(text, /"\{""id"":\d+,/)
  assert.doesNotMatch(text, /\[object Object\]/)
  await server.runTask('write down refusals')
  const { body } = await server.call('GET', '/api/v1/audit-log?action=audit_log.export', { key })
  assert.deepEqual(
    body.data.map(({ after }: Json) => after.state),
    ['finished', 'begun', 'finished', 'begun'],
  )
  const { secret } = await server.credential('documents:read')
  assert.equal((await server.call('GET', '/api/v1/audit-log/export', { key: secret })).status, 403)
})

test('the whole chain verifies, over several pages and beside what is not chained yet', async () => {
  for (let i = 0; i < 6; i++) await makeDocuments(100)
  await chainAll(server)
  await makeDocuments(3)
  const found = await verify()
  assert.equal(found.problem, undefined)
  assert.equal(found.verified, found.head.seq)
  assert.ok(found.verified > 600)
  assert.equal(found.unchained.rows, 3)
  await chainAll(server)
})

/** Each is undone afterwards, so that the next one finds a whole chain. */
const tamperings: Record<string, { does: string[]; undoes: string[]; problem: RegExp }> = {
  'a changed row': {
    does: ["update audit_log set action = action || 'x' where id = 7"],
    undoes: ['update audit_log set action = substr(action, 1, length(action) - 1) where id = 7'],
    problem: /Row 7 \(id 7\) does not match its hash/,
  },
  'a deleted row': {
    does: ['create table kept as select * from audit_log where id = 8', 'delete from audit_log where id = 8'],
    undoes: ['insert into audit_log select * from kept', 'drop table kept'],
    problem: /Row 8 \(id 8\) was deleted/,
  },
  'a row deleted with its link': {
    does: [
      'create table kept as select * from audit_chain where seq = 9',
      'delete from audit_chain where seq = 9',
    ],
    undoes: ['insert into audit_chain select * from kept', 'drop table kept'],
    problem: /Row 9 of the chain is missing/,
  },
  'an inserted row': {
    does: [
      'create table kept as select * from audit_log where id = 5',
      'update kept set id = -5',
      'insert into audit_log select * from kept',
    ],
    undoes: ['delete from audit_log where id = -5', 'drop table kept'],
    problem: /The row with id -5 was inserted/,
  },
  'two rows that changed places': {
    does: [
      'update audit_chain set audit_id = -1 where seq = 11',
      'update audit_chain set audit_id = 11 where seq = 12',
      'update audit_chain set audit_id = 12 where seq = 11',
    ],
    undoes: [
      'update audit_chain set audit_id = -1 where seq = 11',
      'update audit_chain set audit_id = 12 where seq = 12',
      'update audit_chain set audit_id = 11 where seq = 11',
    ],
    problem: /Row 11 \(id 12\) does not match/,
  },
  'a moved anchor': {
    does: [
      'update audit_chain_state set anchor_seq = 3, anchor_hash = (select hash from audit_chain where seq = 3)',
    ],
    undoes: [`update audit_chain_state set anchor_seq = 0, anchor_hash = '${'0'.repeat(64)}'`],
    problem: /begins after row 3, but no pruning is recorded/,
  },
  'a changed anchor': {
    does: [`update audit_chain_state set anchor_hash = '${'1'.repeat(64)}'`],
    undoes: [`update audit_chain_state set anchor_hash = '${'0'.repeat(64)}'`],
    problem: /Row 1 \(id 1\) does not match/,
  },
  'a head moved back': {
    does: ['update audit_chain_state set seq = 20, hash = (select hash from audit_chain where seq = 20)'],
    undoes: [
      'update audit_chain_state set seq = (select max(seq) from audit_chain), hash = (select hash from audit_chain order by seq desc limit 1)',
    ],
    problem: /Row 21 of the chain lies beyond/,
  },
}

for (const [what, { does, undoes, problem }] of Object.entries(tamperings)) {
  test(`${what} is found`, async () => {
    for (const statement of does) await run(statement)
    const found: Verification = await verify()
    for (const statement of undoes) await run(statement)
    assert.match(found.problem ?? 'nothing', problem)
    assert.equal((await verify()).problem, undefined)
  })
}

test('an end that was cut off consistently is found with a head that was noted, and shows in the metrics', async () => {
  await makeDocuments(3)
  await chainAll(server)
  const noted = (await verify()).head
  assert.equal((await verify(noted)).problem, undefined)
  const shown = async () => (await server.call('GET', '/metrics', { key })).text
  assert.ok((await shown()).includes(`comserv_audit_chain_head{hash="${noted.hash}"} ${noted.seq}`))
  await run('create table kept as select * from audit_log')
  await run(
    `delete from audit_log where id in (select audit_id from audit_chain where seq > ${noted.seq - 2})`,
  )
  await run(`delete from audit_chain where seq > ${noted.seq - 2}`)
  await run(
    `update audit_chain_state set seq = ${noted.seq - 2}, hash = (select hash from audit_chain where seq = ${noted.seq - 2})`,
  )
  assert.equal((await verify()).problem, undefined)
  const { problem, verified } = await verify(noted)
  assert.match(problem ?? '', /its end was cut off, or the head is that of another installation/)
  assert.equal(verified, (await verify()).verified)
  assert.ok((await shown()).includes(`"} ${noted.seq - 2}`))
  await run('insert into audit_log select * from kept where id not in (select id from audit_log)')
  await run('drop table kept')
  await run(
    `update audit_chain_state set last_id = (select audit_id from audit_chain where seq = ${noted.seq - 2})${
      database.dialect === 'postgres'
        ? `, last_xact = (select xact from audit_log where id = (select audit_id from audit_chain where seq = ${noted.seq - 2}))`
        : ''
    }`,
  )
  await chainAll(server)
  assert.equal((await verify(noted)).problem, undefined)
})

test('processes that chain at once make one chain', async () => {
  const beside = await startServer({ beside: server })
  for (let i = 0; i < 5; i++) {
    await makeDocuments(40)
    await Promise.all([chain(), chain(beside), makeDocuments(10), chain()])
  }
  await chainAll(server)
  const { problem, unchained } = await verify()
  assert.equal(problem, undefined)
  assert.equal(unchained.rows, 0)
  await beside.stop()
})

if (database.dialect === 'postgres') {
  test('a change that commits late is chained once, although others with higher ids were chained before', async () => {
    const gate = Promise.withResolvers<void>()
    const begun = Promise.withResolvers<void>()
    const late = database.write(async (trx) => {
      const actor = unlimitedActor({ type: 'system', name: 'late' }, 0)
      await recordAudit(trx, actor, '2026-01-15T08:30:00Z', {
        action: 'setup.refuse',
        targetId: null,
        before: null,
        after: null,
      })
      begun.resolve()
      await gate.promise
    })
    await begun.promise
    await makeDocuments(3)
    await chain()
    assert.equal((await verify()).problem, undefined)
    gate.resolve()
    await late
    await chainAll(server)
    assert.equal((await verify()).problem, undefined)
  })
}

test('the command says whether the log is whole, and ends with 1 when it is not', async () => {
  const { config } = server.context
  const env = {
    COMSERV_DATA_DIR: config.dataDir,
    ...(config.database.kind === 'postgres'
      ? { DATABASE_URL: config.database.url, COMSERV_SECRET_KEY: config.secretKey }
      : {}),
  }
  async function command(...args: string[]) {
    const printed: string[] = []
    const print = (line: string) => void printed.push(line)
    const terminal = { env, stdin: process.stdin, print, printError: print }
    return { code: await runCommandLine(['audit', 'verify', ...args], terminal), text: printed.join('\n') }
  }
  const { seq, hash } = await head()
  const whole = await command('--head', `${seq}:${hash}`)
  assert.equal(whole.code, 0, whole.text)
  assert.ok(whole.text.includes(`head    ${seq}:${hash}`), whole.text)
  await run('update audit_log set target_id = target_id + 1 where id = 6')
  const changed = await command()
  await run('update audit_log set target_id = target_id - 1 where id = 6')
  assert.equal(changed.code, 1)
  assert.match(changed.text, /was changed\. Row 6 \(id 6\)/)
  assert.match((await command('--head', 'nonsense')).text, /--head must be/)
})

test('a row that was changed is not pruned, nor what follows it', async () => {
  server.clock.advance(11 * dayMs)
  await run("update audit_log set action = 'document.delete' where id = 4")
  await server.runTask('prune the audit log')
  assert.equal((await head()).anchor_seq, 3)
  assert.match((await verify()).problem ?? '', /Row 4/)
  await run("update audit_log set action = 'document.create' where id = 4")
})

test('pruning leaves the last hash as the anchor, and the rest verifies from it', async () => {
  await makeDocuments(2)
  await server.runTask('prune the audit log')
  await chainAll(server)
  const { body } = await server.call('GET', '/api/v1/audit-log?action=audit_log.prune&limit=1', { key })
  const [{ after }] = body.data
  const { anchor_seq, anchor_hash } = await head()
  assert.deepEqual([after.seq, after.hash], [anchor_seq, anchor_hash])
  const found = await verify({ seq: anchor_seq, hash: anchor_hash })
  assert.equal(found.problem, undefined)
  assert.equal(found.verified, found.head.seq - anchor_seq)
  await run(`update audit_chain_state set anchor_hash = '${'2'.repeat(64)}'`)
  assert.match((await verify()).problem ?? '', new RegExp(`Row ${anchor_seq + 1} `))
  await run(`update audit_chain_state set anchor_hash = '${anchor_hash}'`)
})
