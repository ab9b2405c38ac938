import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { after, test } from 'node:test'
import { closeContext, createContext, createTasks } from '../src/app.ts'
import { missedSince } from '../src/backups/backups.ts'
import { openPlace } from '../src/backups/place.ts'
import { operator } from '../src/cli/actor.ts'
import { runCommandLine } from '../src/cli/command-line.ts'
import { scheduledBackup } from '../src/cli/doctor/database-checks.ts'
import { decideConfig } from '../src/config/decide.ts'
import type { Context } from '../src/context.ts'
import { createDocument } from '../src/documents/service.ts'
import { createLog } from '../src/lib/log.ts'
import { dayMs, hourMs, minuteMs } from '../src/lib/timestamps.ts'
import { createRegistry } from '../src/metrics/registry.ts'
import { TestClock } from './harness.ts'
import { s3Key, startS3 } from './s3-server.ts'
import { machineEnv, main } from './serving.ts'
import { until } from './until.ts'

// The embedded database in every run; backups-postgres.test.ts has the other one.
const root = mkdtempSync(join(tmpdir(), 'comserv-backups-'))
after(() => rmSync(root, { recursive: true }))
const s3 = await startS3('comserv-test')
const opened = new Set<Context>()
after(() => Promise.all([...opened].map(closeContext)))

let folders = 0
function freshFolder(): string {
  const folder = join(root, String(++folders))
  mkdirSync(folder)
  return folder
}

const toS3 = (prefix: string) => ({
  COMSERV_BACKUP_TO: `s3://comserv-test/${prefix}`,
  COMSERV_BACKUP_S3_ENDPOINT: s3.endpoint,
  COMSERV_BACKUP_S3_REGION: s3Key.region,
  COMSERV_BACKUP_S3_ACCESS_KEY_ID: s3Key.id,
  COMSERV_BACKUP_S3_SECRET_ACCESS_KEY: s3Key.secret,
})

async function open(env: NodeJS.ProcessEnv, clock = new TestClock()): Promise<Context> {
  const context = await createContext(decideConfig(env), createLog('silent'), { clock })
  opened.add(context)
  return context
}

async function close(context: Context): Promise<void> {
  opened.delete(context)
  await closeContext(context)
}

/** A data folder with three documents, where a backup is made each day at three. */
async function installed(env: NodeJS.ProcessEnv, clock = new TestClock()) {
  const all = { COMSERV_DATA_DIR: freshFolder(), COMSERV_BACKUP_SCHEDULE: 'daily 03:00', ...env }
  const context = await open(all, clock)
  const actor = await operator(context)
  for (const title of ['One', 'Two', 'Three'])
    await context.database.write(createDocument(context, actor, { title, content: 'Text' }))
  await look(context)
  return { context, clock, env: all }
}

/** What the timer of the server calls. */
async function look(context: Context): Promise<void> {
  const task = createTasks(context).find(({ name }) => name === 'make backups')
  assert.ok(task)
  await task.run()
}

async function run(args: readonly string[], env: NodeJS.ProcessEnv, stdin = '') {
  const printed: string[] = []
  const code = await runCommandLine(args, {
    env,
    stdin: Readable.from([stdin]),
    print: (line) => void printed.push(line),
    printError: (line) => void printed.push(line),
  })
  return { code, text: printed.join('\n') }
}

async function state({ database }: Context) {
  return database.read.selectFrom('backup_state').selectAll().executeTakeFirstOrThrow()
}

async function audited({ database }: Context) {
  const rows = await database.read
    .selectFrom('audit_log')
    .select(['action', 'actor_type', 'actor_name', 'after'])
    .where('target_type', '=', 'backup')
    .orderBy('id')
    .execute()
  return rows.map(({ after, ...row }) => ({ ...row, after: JSON.parse(String(after)) }))
}

async function titlesIn(dataDir: string): Promise<string[]> {
  const context = await open({ COMSERV_DATA_DIR: dataDir })
  const rows = await context.database.read.selectFrom('documents').select('title').orderBy('id').execute()
  await close(context)
  return rows.map(({ title }) => title)
}

/** An empty data folder with the secret key of another one. */
function beside(dataDir: string): string {
  const folder = freshFolder()
  copyFileSync(join(dataDir, 'secret-key'), join(folder, 'secret-key'))
  return folder
}

const backupsIn = (folder: string) =>
  readdirSync(folder)
    .filter((name) => /\.(db|age)$/.test(name))
    .sort()

test('a backup is made at its time, and can be restored', async () => {
  const to = freshFolder()
  const { context, clock, env } = await installed({ COMSERV_BACKUP_TO: to })
  await look(context)
  assert.deepEqual(readdirSync(to), [])
  clock.advance(19 * hourMs)
  await look(context)
  const name = 'comserv-2026-01-16T033000Z.db'
  assert.deepEqual(readdirSync(to).sort(), [name, `${name}.sha256`, 'erasures.register'])
  const content = readFileSync(join(to, name))
  const sha256 = createHash('sha256').update(content).digest('hex')
  assert.equal(readFileSync(join(to, `${name}.sha256`), 'utf8'), `${sha256}  ${name}\n`)
  const made = await state(context)
  assert.deepEqual(
    [made.last_name, made.last_bytes, made.due_at, made.lease_token],
    [name, content.length, '2026-01-17T03:00:00.000Z', null],
  )
  assert.deepEqual(await audited(context), [
    {
      action: 'backup.create',
      actor_type: 'system',
      actor_name: 'backups',
      after: { file: name, place: to, bytes: content.length, encrypted: false },
    },
  ])
  await look(context)
  assert.deepEqual(backupsIn(to), [name])
  const target = beside(env.COMSERV_DATA_DIR)
  const restored = await run(['restore', join(to, name)], { COMSERV_DATA_DIR: target })
  assert.equal(restored.code, 0, restored.text)
  assert.deepEqual(await titlesIn(target), ['One', 'Two', 'Three'])
})

test('as many are kept as the setting says, older ones go after a newer one is verified, and nothing else goes', async () => {
  const to = freshFolder()
  const own = ['notes.txt', 'comserv-2020-01-01T000000Z.db.copy']
  for (const name of own) writeFileSync(join(to, name), 'mine')
  const { context, clock } = await installed({ COMSERV_BACKUP_TO: to, COMSERV_BACKUP_KEEP: '2' })
  for (let day = 0; day < 4; day++) {
    clock.advance(dayMs)
    await look(context)
  }
  assert.deepEqual(backupsIn(to), ['comserv-2026-01-18T083000Z.db', 'comserv-2026-01-19T083000Z.db'])
  for (const name of own) assert.ok(existsSync(join(to, name)))
  assert.equal(readdirSync(to).filter((name) => name.endsWith('.sha256')).length, 2)
})

test('of two processes that look at once, one makes the backup', async () => {
  const to = freshFolder()
  const { context, clock, env } = await installed({ COMSERV_BACKUP_TO: to })
  const other = await open(env, clock)
  clock.advance(dayMs)
  await Promise.all([look(context), look(other), look(context), look(other)])
  assert.equal(backupsIn(to).length, 1)
  assert.equal((await audited(context)).length, 1)
})

test('an encrypted backup in S3 is signed, read back, listed, fetched and restored with its key alone', async () => {
  const keys = await run(['backups', 'keygen'], {})
  const recipient = /age1\S+/.exec(keys.text)?.[0]
  const other = await run(['backups', 'keygen'], {})
  const { context, clock, env } = await installed({ ...toS3('daily'), COMSERV_BACKUP_ENCRYPT_TO: recipient })
  // A store that is busy for a moment is asked again.
  s3.fault = (_, response) => {
    s3.fault = undefined
    response.writeHead(503).end()
    return true
  }
  clock.advance(dayMs)
  await look(context)
  assert.equal((await state(context)).last_error, null)
  const name = 'comserv-2026-01-16T083000Z.db.age'
  assert.deepEqual([...s3.objects.keys()].sort(), [
    `daily/${name}`,
    `daily/${name}.sha256`,
    'daily/erasures.register',
  ])
  const stored = s3.objects.get(`daily/${name}`) ?? Buffer.alloc(0)
  assert.ok(stored.subarray(0, 21).equals(Buffer.from('age-encryption.org/v1')))
  assert.equal(stored.includes('SQLite format'), false)
  assert.ok(s3.accepted.includes(`GET daily/${name}`), 'it was read back')

  const listed = await run(['backups', 'list'], env)
  assert.equal(listed.text, `${name}  ${stored.length} bytes`)
  const file = join(freshFolder(), 'fetched.db.age')
  const fetched = await run(['backups', 'get', 'latest', file], env)
  assert.equal(fetched.code, 0, fetched.text)
  assert.ok(readFileSync(file).equals(stored))

  const target = beside(env.COMSERV_DATA_DIR)
  const into = { COMSERV_DATA_DIR: target }
  const refusals = [
    { args: [], reason: /is encrypted: add --identity FILE/ },
    { args: ['--identity', join(root, 'nowhere')], reason: /cannot be read \(ENOENT\)/ },
    { args: ['--identity', '-'], stdin: 'AGE-SECRET-KEY-1NONE', reason: /no usable secret key/ },
    { args: ['--identity', '-'], stdin: other.text, reason: /encrypted to another key/ },
  ]
  for (const { args, stdin, reason } of refusals) {
    const refused = await run(['restore', ...args, file], into, stdin)
    assert.equal(refused.code, 1)
    assert.match(refused.text, reason)
    assert.doesNotMatch(refused.text, / at .*\.ts:|AGE-SECRET-KEY-1[A-Z0-9]{9}/)
  }
  const short = join(freshFolder(), 'short.db.age')
  writeFileSync(short, stored.subarray(0, stored.length - 1_000))
  const cut = await run(['restore', '--identity', '-', short], into, keys.text)
  assert.match(cut.text, /damaged, or was cut short/)
  assert.deepEqual(
    readdirSync(target).filter((each) => each !== 'comserv.lock'),
    ['secret-key'],
  )

  const restored = await run(['restore', '--identity', '-', file], into, keys.text)
  assert.equal(restored.code, 0, restored.text)
  assert.deepEqual(await titlesIn(target), ['One', 'Two', 'Three'])

  const identity = join(freshFolder(), 'key.txt')
  writeFileSync(identity, keys.text)
  const plain = join(freshFolder(), 'plain.db')
  const opened = await run(['backups', 'get', '--identity', identity, name, plain], env)
  assert.equal(opened.code, 0, opened.text)
  assert.equal(readFileSync(plain).toString('latin1', 0, 13), 'SQLite format')
})

test('a large upload goes in parts of one size, and is whole', async () => {
  const { backups } = decideConfig({ COMSERV_DATA_DIR: freshFolder(), ...toS3('large') })
  assert.ok(backups)
  const place = openPlace(backups, new AbortController().signal)
  const piece = randomBytes(3 * 1024 ** 2)
  const pieces = 13
  const draft = await place.write(
    'comserv-2026-01-16T083000Z.dump',
    (async function* () {
      for (let i = 0; i < pieces; i++) yield piece
    })(),
    pieces * piece.length,
  )
  const hash = createHash('sha256')
  for (let i = 0; i < pieces; i++) hash.update(piece)
  const wanted = hash.digest('hex')
  const read = createHash('sha256')
  for await (const chunk of draft.read()) read.update(chunk)
  assert.deepEqual([draft.bytes, draft.sha256, read.digest('hex')], [pieces * piece.length, wanted, wanted])
  assert.equal(s3.accepted.filter((one) => /^PUT large\/.*partNumber=\d/.test(one)).length, 3)
  assert.equal((await place.list())[0]?.isVerified, false)
  await draft.publish()
  assert.equal((await place.list())[0]?.isVerified, true)
  assert.equal(s3.uploads.size, 0)
})

test('what is read back and differs does not count, and nothing older is removed for it', async () => {
  const { context, clock } = await installed({ ...toS3('flipped'), COMSERV_BACKUP_KEEP: '1' })
  clock.advance(dayMs)
  await look(context)
  const before = [...s3.objects.keys()].filter((key) => key.startsWith('flipped/')).sort()
  assert.equal(before.length, 3)
  s3.fault = ({ method, url = '' }, response) => {
    if (method !== 'GET' || !url.endsWith('.db')) return false
    const content = Buffer.from(s3.objects.get(url.slice('/comserv-test/'.length)) ?? '')
    content[content.length >> 1] = (content[content.length >> 1] ?? 0) ^ 1
    response.writeHead(200).end(content)
    return true
  }
  clock.advance(dayMs)
  await look(context)
  s3.fault = undefined
  assert.match((await state(context)).last_error ?? '', /read back differs/)
  assert.deepEqual([...s3.objects.keys()].filter((key) => key.startsWith('flipped/')).sort(), before)
})

test('a failure is recorded and told without any secret, tried again, and over with the next success', async () => {
  const { context, clock, env } = await installed({
    ...toS3('refused'),
    COMSERV_BACKUP_S3_SECRET_ACCESS_KEY: 'quite-another-secret',
  })
  clock.advance(dayMs)
  await look(context)
  const failing = await state(context)
  assert.equal(
    failing.last_error,
    's3://comserv-test/refused: the store responded 403 (SignatureDoesNotMatch). Check COMSERV_BACKUP_S3_SECRET_ACCESS_KEY.',
  )
  assert.deepEqual([failing.failures, failing.due_at], [1, '2026-01-16T08:45:00.000Z'])
  assert.deepEqual(
    (await audited(context)).map(({ action, after }) => [action, after.reason]),
    [['backup.fail', failing.last_error]],
  )
  assert.match(
    JSON.stringify(scheduledBackup({ cron: '0 3 * * *' }, failing, clock.now())),
    /"problem".*failing since 2026-01-16T08:30:00Z/,
  )
  const metrics = await createRegistry(context, () => 0).metrics()
  assert.match(metrics, /^comserv_backup_failing 1$/m)
  assert.match(metrics, /^comserv_backup_last_success_timestamp_seconds 0$/m)
  assert.equal(
    [...s3.objects.keys()].some((key) => key.startsWith('refused/')),
    false,
  )
  await look(context)
  assert.equal((await state(context)).failures, 1)

  const right = await open({ ...env, ...toS3('refused') }, clock)
  clock.advance(16 * minuteMs)
  await look(right)
  const { failures, failing_since, last_name, due_at } = await state(right)
  assert.deepEqual(
    [failures, failing_since, last_name, due_at],
    [0, null, 'comserv-2026-01-16T084600Z.db', '2026-01-17T03:00:00.000Z'],
  )
  const healed = await createRegistry(right, () => 0).metrics()
  assert.match(
    healed,
    new RegExp(`^comserv_backup_last_success_timestamp_seconds ${clock.now() / 1000}$`, 'm'),
  )
})

test('a stopped server gives a backup up, and it is still due', async () => {
  const { context, clock, env } = await installed(toS3('stopped'))
  clock.advance(dayMs)
  const hung = Promise.withResolvers<void>()
  s3.fault = ({ method }) => {
    if (method === 'PUT') hung.resolve()
    return method === 'PUT'
  }
  const looking = look(context)
  await hung.promise
  context.backups?.stop()
  await looking
  s3.fault = undefined
  const { lease_token, failures, due_at } = await state(context)
  assert.deepEqual([lease_token, failures, due_at], [null, 0, '2026-01-16T03:00:00.000Z'])
  assert.deepEqual(
    readdirSync(env.COMSERV_DATA_DIR).filter((name) => name.startsWith('backup-')),
    [],
  )
  const next = await open(env, clock)
  await look(next)
  assert.equal((await state(next)).last_name, 'comserv-2026-01-16T083000Z.db')
})

test('a process that is killed midway leaves nothing under the final name, and another one goes on', async () => {
  const { context, env, clock } = await installed(toS3('killed'), new TestClock(new Date().toISOString()))
  const hung = Promise.withResolvers<void>()
  s3.fault = ({ method, url = '' }) => {
    const isBackup = method === 'PUT' && url.endsWith('.db')
    if (isBackup) hung.resolve()
    return isBackup
  }
  const child = spawn(process.execPath, [main, 'backups', 'run'], {
    cwd: root,
    env: { ...machineEnv, ...env },
    stdio: 'ignore',
  })
  await hung.promise
  child.kill('SIGKILL')
  await once(child, 'close')
  s3.fault = undefined
  const working = () => readdirSync(env.COMSERV_DATA_DIR).filter((name) => name.startsWith('backup-'))
  await until('the end of its other half', () => (working().length === 0 ? true : undefined))
  assert.deepEqual(
    [...s3.objects.keys()].filter((key) => /^killed\/.*\.db/.test(key)),
    [],
  )

  // What a machine leaves that loses its power.
  mkdirSync(join(env.COMSERV_DATA_DIR, 'backup-working-x'))
  s3.uploads.set('left', { key: 'killed/comserv-2026-01-01T000000Z.db', parts: new Map() })
  clock.advance(dayMs + hourMs)
  await look(context)
  assert.equal((await state(context)).last_error, null)
  assert.deepEqual(working(), [])
  assert.equal(s3.uploads.size, 0)
  assert.equal([...s3.objects.keys()].filter((key) => /^killed\/.*\.db$/.test(key)).length, 1)
})

test('a folder that is not there, and a backup without a checksum', async () => {
  const to = join(root, 'not-mounted')
  const { context, clock } = await installed({ COMSERV_BACKUP_TO: to })
  clock.advance(dayMs)
  await look(context)
  assert.match((await state(context)).last_error ?? '', /There is no folder .*not-mounted.*mount the disk/)
  mkdirSync(to)
  const left = ['comserv-2026-01-01T000000Z.db', '.comserv-2026-01-02T000000Z.db.unfinished']
  for (const name of left) writeFileSync(join(to, name), 'half')
  clock.advance(dayMs)
  await look(context)
  assert.deepEqual(backupsIn(to), ['comserv-2026-01-17T083000Z.db'])
  for (const name of left) assert.equal(existsSync(join(to, name)), false)
})

test('backups that the schedule should have made are missed', () => {
  const cron = { cron: '0 3 * * *' }
  const at = (text: string) => Date.parse(`2026-01-${text}:00Z`)
  const standing = { planned_at: '2026-01-15T08:30:00.000Z', last_made_at: null }
  assert.equal(missedSince(cron, standing, at('16T03:59')), undefined)
  assert.equal(missedSince(cron, standing, at('16T04:01')), '2026-01-15T08:30:00.000Z')
  const later = { ...standing, last_made_at: '2026-01-16T03:00:01.000Z' }
  assert.equal(missedSince(cron, later, at('17T03:59')), undefined)
  assert.equal(missedSince(cron, later, at('17T04:01')), '2026-01-16T03:00:01.000Z')
  assert.equal(missedSince({ cron: undefined }, later, at('30T00:00')), undefined)
  const full = { ...later, last_bytes: 1, failing_since: null, last_error: null }
  const { status, message } = scheduledBackup(cron, full, at('17T03:59'))
  assert.deepEqual(
    [status, message],
    ['ok', 'The last backup was made and verified at 2026-01-16T03:00:01Z.'],
  )
  assert.equal(scheduledBackup(cron, full, at('17T04:01')).status, 'problem')
  assert.equal(scheduledBackup(cron, undefined, at('17T04:01')).status, 'warning')
})

test('settings that are half given, mistyped or dangerous are refused', () => {
  const right = 'age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p'
  const problems = (env: NodeJS.ProcessEnv) => {
    try {
      decideConfig({ COMSERV_DATA_DIR: root, ...env })
      return ''
    } catch (error) {
      return (error as Error).message
    }
  }
  const to = { COMSERV_BACKUP_TO: '/backups' }
  assert.equal(
    problems({ ...to, COMSERV_BACKUP_ENCRYPT_TO: right, COMSERV_BACKUP_SCHEDULE: '*/20 * * * *' }),
    '',
  )
  assert.match(problems({ COMSERV_BACKUP_SCHEDULE: 'hourly' }), /needs COMSERV_BACKUP_TO/)
  for (const schedule of ['daily 24:00', 'often', '* * * * * *', '0 0 31 2 *'])
    assert.match(problems({ ...to, COMSERV_BACKUP_SCHEDULE: schedule }), /must be daily HH:MM/)
  const mistyped = `${right.slice(0, -1)}q`
  assert.match(problems({ ...to, COMSERV_BACKUP_ENCRYPT_TO: `${right},${mistyped}` }), /number 2 is not one/)
  const secret = problems({ ...to, COMSERV_BACKUP_ENCRYPT_TO: 'AGE-SECRET-KEY-1QQQ' })
  assert.match(secret, /names a secret key/)
  assert.doesNotMatch(secret, /1QQQ/)
  for (const place of ['s3://', 's3://B/x', 's3://bucket/a b', 's3://bucket/../x', 'https://example.org'])
    assert.match(problems({ COMSERV_BACKUP_TO: place }), /must be a folder/)
  assert.match(problems({ COMSERV_BACKUP_TO: 's3://bucket' }), /ACCESS_KEY_ID.*SECRET_ACCESS_KEY/s)
  assert.match(problems({ ...to, COMSERV_BACKUP_KEEP: '0' }), /from 1 to 400/)
})
