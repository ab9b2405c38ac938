import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer as createTcpServer } from 'node:net'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { after, test } from 'node:test'
import { runCommandLine } from '../src/cli/command-line.ts'
import { backupAge, clockSkew, connectionRoom, postgresServer } from '../src/cli/doctor/database-checks.ts'
import { type Finding, ok, runChecks } from '../src/cli/doctor/finding.ts'
import { diskSpace, nodeMin, nodeVersion } from '../src/cli/doctor/machine-checks.ts'
import { redisVersion } from '../src/cli/doctor/network-checks.ts'
import { freePort } from '../src/config/free-port.ts'
import { postgresUrl } from './fresh-database.ts'
import { startServer } from './harness.ts'
import { fileFolder, settingsOf } from './importing.ts'
import { startMailServer } from './mail-server.ts'
import { lacksRedis, startRedis } from './redis-server.ts'

// Loaded beforehand: on a busy machine that alone may take a good part of what a check may take.
await Promise.all([
  import('@redis/client'),
  import('nodemailer/lib/mail-composer'),
  import('nodemailer/lib/smtp-connection'),
])

const server = await startServer()
const { folder } = fileFolder()
const isEmbedded = postgresUrl === undefined
const settings = { ...settingsOf(server), PORT: String(server.context.config.port) }

interface Examined {
  code: number
  status: string
  findings: Finding[]
  printed: string
}

async function examine(env: NodeJS.ProcessEnv = {}): Promise<Examined> {
  const out: string[] = []
  const err: string[] = []
  const code = await runCommandLine(['doctor', '--json'], {
    env: { ...settings, ...env },
    stdin: Readable.from([]),
    print: (line) => void out.push(line),
    printError: (line) => void err.push(line),
  })
  assert.equal(out.length, 1, err.join('\n'))
  return { code, ...JSON.parse(out[0] ?? ''), printed: [...out, ...err].join('\n') }
}

const of = ({ findings }: Examined, check: string) => findings.filter((one) => one.check === check)
/** `status message advice` of the one finding of a check. */
const said = (examined: Examined, check: string) => {
  const found = of(examined, check)
  assert.equal(found.length, 1, JSON.stringify(found))
  const [{ status, message, advice = '' } = ok('')] = found
  return `${status} ${message} ${advice}`.trim()
}

test('a healthy installation has no problem, while its server runs', async () => {
  const examined = await examine()
  assert.equal(examined.code, 0, examined.printed)
  assert.deepEqual(
    [...new Set(examined.findings.map(({ check }) => check))],
    [
      ...['settings', 'node', 'disk', 'permissions', 'database', 'migrations', 'secret key'],
      ...(isEmbedded ? [] : ['connections']),
      ...['clock', 'backup', 'redis', 'mail', 'address', 'webhooks'],
    ],
  )
  assert.match(said(examined, 'database'), isEmbedded ? /^ok .*SQLite 3\./ : /^ok PostgreSQL \d/)
  assert.equal(said(examined, 'migrations'), 'ok The tables are up to date.')
  assert.equal(said(examined, 'secret key'), 'ok The secret key is the one of the database.')
  assert.match(
    said(examined, 'address'),
    /^ok The server responds at http:\/\/127\.0\.0\.1:\d+, without a proxy/,
  )
  assert.match(said(examined, 'webhooks'), /^ok No active webhook/)
  assert.match(said(examined, 'clock'), /^ok /)
})

test('people get one line for each finding, and below it what to do', async () => {
  const out: string[] = []
  const err: string[] = []
  const code = await runCommandLine(['doctor'], {
    env: {
      ...settings,
      REDIS_URL: '',
      COMSERV_SMTP_URL: 'smtp://127.0.0.1:1',
      COMSERV_MAIL_FROM: 'a@example.org',
    },
    stdin: Readable.from([]),
    print: (line) => void out.push(line),
    printError: (line) => void err.push(line),
  })
  assert.equal(code, 1)
  assert.deepEqual(err, ['1 problem was found.'])
  const at = out.findIndex((line) => line.startsWith('problem'))
  assert.match(out[at] ?? '', /^problem {2}mail +The mail server 127\.0\.0\.1:1 cannot be used\./)
  assert.match(out[at + 1] ?? '', /^ {10,}Check COMSERV_SMTP_URL/)
})

test('wrong settings are all told, and nothing else is checked without them', async () => {
  const examined = await examine({ PORT: 'x', COMSERV_TRASH_DAYS: '0' })
  assert.equal(examined.code, 1)
  assert.deepEqual(
    examined.findings.map(({ check, status }) => `${check} ${status}`),
    ['settings problem', 'settings problem', 'node ok'],
  )
  assert.match(examined.printed, /PORT must be/)
  const misspelt = await examine({ COMSERV_TRAHS_DAYS: '3' })
  assert.match(
    said(misspelt, 'settings'),
    /^warning COMSERV_TRAHS_DAYS is not a setting.*COMSERV_TRASH_DAYS\?$/,
  )
  assert.equal(misspelt.code, 0)
})

test('a database that is down is a problem; the checks that need it say so, and no secret is shown', async () => {
  const port = await freePort('127.0.0.1')
  const examined = await examine({
    DATABASE_URL: `postgres://comserv:hidden-password@127.0.0.1:${port}/comserv`,
    COMSERV_SECRET_KEY: 'a-secret-key-that-nobody-may-see-1234',
    REDIS_URL: `redis://:hidden-password@127.0.0.1:${port}`,
    COMSERV_SMTP_URL: `smtp://somebody:hidden-password@127.0.0.1:${port}`,
    COMSERV_MAIL_FROM: 'a@example.org',
  })
  assert.equal(examined.code, 1)
  assert.match(said(examined, 'database'), /^problem Nothing accepts connections at 127\.0\.0\.1/)
  for (const check of ['migrations', 'secret key', 'connections', 'clock', 'backup', 'webhooks'])
    assert.match(said(examined, check), /^warning Not checked: the database cannot be read\./)
  assert.match(said(examined, 'redis'), /^problem Redis cannot be used: .*ECONNREFUSED/)
  assert.match(said(examined, 'mail'), /^problem The mail server .*ECONNREFUSED/)
  assert.doesNotMatch(examined.printed, /hidden-password|nobody-may-see/)
})

test('a database that never responds does not hold up the others', async () => {
  const silent = createTcpServer(() => undefined).listen(0, '127.0.0.1')
  after(() => silent.close())
  await new Promise((resolve) => silent.once('listening', resolve))
  const { port } = silent.address() as { port: number }
  const examined = await examine({
    DATABASE_URL: `postgres://comserv@127.0.0.1:${port}/comserv`,
    COMSERV_SECRET_KEY: 'x'.repeat(32),
  })
  assert.match(said(examined, 'database'), /^problem /)
  assert.match(said(examined, 'node'), /^ok /)
})

test('a check that hangs or fails ends, and does not prevent another', async () => {
  const found = await runChecks(
    [
      { name: 'hangs', run: () => new Promise(() => undefined) },
      { name: 'fails', run: () => Promise.reject(new Error('broken')) },
      { name: 'works', run: async () => ok('Well.') },
    ],
    20,
  )
  assert.deepEqual(
    found.map(({ check, status, message }) => [check, status, message]),
    [
      ['hangs', 'problem', 'The check did not finish within 0.02 s.'],
      ['fails', 'problem', 'The check failed: broken.'],
      ['works', 'ok', 'Well.'],
    ],
  )
})

test('tables of an older and of a newer version, and another secret key, are told', async () => {
  const { database } = server.context
  const last = await database.read
    .selectFrom('migrations' as 'users')
    .select('name' as 'username')
    .orderBy('name' as 'username', 'desc')
    .limit(1)
    .executeTakeFirstOrThrow()
    .then((row) => (row as unknown as { name: string }).name)
  const rename = (from: string, to: string) =>
    database.write(({ db }) =>
      db
        .updateTable('migrations' as 'users')
        .set({ name: to } as object)
        .where('name' as 'username', '=', from)
        .execute(),
    )
  await rename(last, '9999-later')
  try {
    assert.match(said(await examine(), 'migrations'), /^problem .*newer version of Comserv \(9999-later\)/)
  } finally {
    await rename('9999-later', last)
  }
  const other = await examine({ COMSERV_SECRET_KEY: 'y'.repeat(40) })
  assert.match(
    said(other, 'secret key'),
    /^problem The secret key is not the one of the database, whose id is/,
  )
  assert.match(said(other, 'address'), /^problem What responds at .* is not this installation/)
})

test('a data folder without its database, and one that is a file, are told and left as they are', async () => {
  const dataDir = join(folder, 'data')
  const env = { DATABASE_URL: '', COMSERV_DATA_DIR: dataDir, COMSERV_SECRET_KEY: '' }
  mkdirSync(dataDir, { mode: 0o700 })
  assert.match(said(await examine(env), 'database'), /^ok There is no database yet/)
  writeFileSync(join(dataDir, 'secret-key'), `${'k'.repeat(64)}\n`, { mode: 0o600 })
  assert.match(said(await examine(env), 'database'), /^problem .*is missing, but the secret-key/)
  writeFileSync(
    join(dataDir, 'comserv.db'),
    'This is no database, but text that is long enough. '.repeat(30),
    { mode: 0o600 },
  )
  assert.match(said(await examine(env), 'database'), /^problem .*is damaged, or is not a database/)
  const file = join(folder, 'a-file')
  writeFileSync(file, '')
  assert.match(said(await examine({ ...env, COMSERV_DATA_DIR: file }), 'permissions'), /^problem .*is a file/)
})

test('a key file that other users can read is a problem', async () => {
  const dataDir = join(folder, 'open')
  mkdirSync(dataDir, { mode: 0o700 })
  const key = join(dataDir, 'secret-key')
  writeFileSync(key, `${'k'.repeat(64)}\n`)
  const env = { DATABASE_URL: '', COMSERV_DATA_DIR: dataDir, COMSERV_SECRET_KEY: '' }
  chmodSync(key, 0o644)
  assert.match(said(await examine(env), 'permissions'), /^problem Other users .*secret-key.*chmod 600/)
  chmodSync(key, 0o600)
  assert.match(said(await examine(env), 'permissions'), /^ok /)
})

test('Redis is pinged, and its version is judged', { skip: lacksRedis }, async () => {
  const redis = await startRedis('a-password')
  const postgres = { DATABASE_URL: 'postgres://127.0.0.1:1/x', COMSERV_SECRET_KEY: 'x'.repeat(32) }
  const at = (password: string) => redis.url.replace('redis://', `redis://:${password}@`)
  assert.match(
    said(await examine({ ...postgres, REDIS_URL: at('a-password') }), 'redis'),
    /^ok Redis \d+\.\S+ can be reached/,
  )
  const wrong = await examine({ ...postgres, REDIS_URL: at('another-one') })
  assert.match(said(wrong, 'redis'), /^problem Redis cannot be used: WRONGPASS/)
  assert.doesNotMatch(wrong.printed, /another-one/)
  assert.match(redisVersion('# Server\r\nredis_version:5.0.14\r\n').message, /5\.0\.14 is too old/)
})

test('the mail server is greeted and logged in to, and gets no mail', async () => {
  const mail = await startMailServer({ login: 'me:right' })
  const env = (password: string) => ({
    COMSERV_SMTP_URL: `smtp://me:${password}@127.0.0.1:${mail.port}`,
    COMSERV_MAIL_FROM: 'a@example.org',
  })
  assert.match(said(await examine(env('right')), 'mail'), /^ok The mail server .* No mail was sent\.$/)
  const refused = await examine(env('wrong-one'))
  assert.match(said(refused, 'mail'), /^problem .* refused the login \(535\)\./)
  assert.doesNotMatch(refused.printed, /wrong-one/)
  mail.misbehave('ehlo', 'hang')
  assert.match(
    said(await examine(env('right')), 'mail'),
    /^problem .*did not (respond in time|finish within 5 s)/,
  )
  assert.deepEqual(mail.received, [])
})

test('a backup that is old or missing is told', async () => {
  const action = isEmbedded
    ? /^warning No backup has been made/
    : /^ok PostgreSQL is backed up with its own tools/
  assert.match(said(await examine(), 'backup'), action)
  if (!isEmbedded) return
  const copy = join(folder, 'copy.db')
  const code = await runCommandLine(['backup', copy], {
    env: settings,
    stdin: Readable.from([]),
    print: () => undefined,
    printError: () => undefined,
  })
  assert.equal(code, 0)
  assert.match(said(await examine(), 'backup'), /^ok The last backup is 0 hours old/)
  assert.equal(backupAge('sqlite', 24 * 3_600_000).status, 'ok')
  assert.deepEqual(
    [backupAge('sqlite', 26 * 3_600_000), backupAge('postgres', 72 * 3_600_000)].map(
      ({ status, message }) => `${status} ${message}`,
    ),
    ['warning The last backup is 26 hours old.', 'warning The last backup is 3 days old.'],
  )
})

// On PostgreSQL its clock is compared instead.
if (isEmbedded) {
  test('a clock that was ahead when the database was written is a problem', async () => {
    const ahead = await startServer()
    const at = Date.parse('2199-01-01T00:00:00Z') - ahead.clock.now()
    ahead.clock.advance(at)
    const { secret: key } = await ahead.credential('admin')
    await ahead.call('POST', '/api/v1/documents', { key, json: { title: 'From later' } })
    const examined = await examine({ ...settingsOf(ahead) })
    assert.match(said(examined, 'clock'), /^problem The newest row of the audit log is from 2199/)
  })
}

test('versions, clocks, connections and disks are judged at their limits', () => {
  const { engines } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'))
  assert.equal(engines.node, `>=${nodeMin.join('.')}`)
  const judged = [
    nodeVersion('24.6.9'),
    nodeVersion('24.7.0'),
    nodeVersion('26.0.0'),
    clockSkew(1_999),
    clockSkew(2_001),
    clockSkew(60_001),
    connectionRoom({ allowed: 97, used: 5, processes: 4 }),
    connectionRoom({ allowed: 97, used: 5, processes: 5 }),
    connectionRoom({ allowed: 97, used: 90, processes: 1 }),
    connectionRoom({ allowed: 97, used: 97, processes: 1 }),
    postgresServer({ version: '14.2', number: 140_002, encoding: 'UTF8', read_only: false }),
    postgresServer({ version: '16.1', number: 160_001, encoding: 'LATIN1', read_only: false }),
    postgresServer({ version: '16.1', number: 160_001, encoding: 'UTF8', read_only: true }),
    postgresServer({ version: '16.1', number: 160_001, encoding: 'UTF8', read_only: false }),
    diskSpace('/data', { freeBytes: 30e9, totalBytes: 100e9, databaseBytes: 1e9 }),
    diskSpace('/data', { freeBytes: 10e9, totalBytes: 100e9, databaseBytes: 1e9 }),
    diskSpace('/data', { freeBytes: 30e9, totalBytes: 100e9, databaseBytes: 40e9 }),
    diskSpace('/data', { freeBytes: 4e9, totalBytes: 100e9, databaseBytes: 1e9 }),
    diskSpace('/data', { freeBytes: 3e8, totalBytes: 1e9, databaseBytes: 0 }),
  ].map(({ status }) => status)
  assert.deepEqual(judged, [
    ...['problem', 'ok', 'ok'],
    ...['ok', 'warning', 'problem'],
    ...['ok', 'warning', 'warning', 'problem'],
    ...['problem', 'problem', 'problem', 'ok'],
    ...['ok', 'warning', 'warning', 'problem', 'problem'],
  ])
})
