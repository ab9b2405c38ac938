import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import { ConfigError, decideConfig, httpAddress } from '../src/config/decide.ts'
import { readEnvironment } from '../src/config/env.ts'
import { keepSecretKey } from '../src/config/secret-key.ts'

const folder = mkdtempSync(join(tmpdir(), 'comserv-config-'))
after(() => rmSync(folder, { recursive: true }))
const key = 'k'.repeat(32)

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    decideConfig({ COMSERV_DATA_DIR: join(folder, 'never'), ...env })
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  return []
}

test('an address of PostgreSQL that the driver would misread is refused, and nothing of a password is told', () => {
  const key = 'k'.repeat(32)
  const problemOf = (url: string) => {
    try {
      decideConfig({ DATABASE_URL: url, COMSERV_SECRET_KEY: key })
      return undefined
    } catch (error) {
      assert.ok(error instanceof ConfigError)
      assert.doesNotMatch(error.message, /secret|ss@|\b12/)
      return error.message
    }
  }
  for (const password of ['secret/ss', 'secret?ss', 'secret#ss', '12/ss', '12#ss', '12?ss'])
    assert.match(
      problemOf(`postgres://user:${password}@host/name`) ?? '',
      /^.*DATABASE_URL .*write '\/' as %2F/s,
    )
  for (const url of [
    'host=db user=u password=secret dbname=comserv',
    '/run/postgresql comserv',
    'mysql://u:secret@host/name',
    'postgres:/secret',
    'postgres://u:secret@host:port/name',
  ])
    assert.match(problemOf(url) ?? '', /DATABASE_URL must be an address such as postgres:/)
  assert.match(
    problemOf('postgres://u:secret@host/name?sslrootcert=/nowhere/ca.pem') ?? '',
    /DATABASE_URL names the file \/nowhere\/ca\.pem, which cannot be read \(ENOENT\)/,
  )
  for (const url of [
    'postgres://u:p@ss:w%25rd@host/name',
    'postgres://u:p%2Fss%23@host/name',
    'postgres://u:p%ss@host/name',
    'postgres://u:p@/name?host=/run/postgresql',
    'postgres:///name?host=/run/postgresql',
    'postgres://%2Frun%2Fpostgresql/name',
    'postgresql://u:p@[::1]:5433/name?sslmode=disable',
  ])
    assert.equal(problemOf(url), undefined, url)
})

test('without any setting the product is embedded, on the loopback address, with the limits of the page', () => {
  const dataDir = join(folder, 'plain')
  assert.deepEqual(decideConfig({ COMSERV_DATA_DIR: dataDir }), {
    passwordLengthMin: 8,
    secretKey: undefined,
    previousSecretKey: undefined,
    isSecretKeyGiven: false,
    host: '127.0.0.1',
    port: 3000,
    publicUrl: 'http://127.0.0.1:3000',
    dataDir,
    database: { kind: 'sqlite', file: join(dataDir, 'comserv.db') },
    hosts: ['127.0.0.1'],
    servesLocally: true,
    keyRequestsByGuests: false,
    secondFactorRoles: [],
    security: undefined,
    trustProxy: false,
    forwardedHeader: 'x-forwarded-for',
    auditRetentionDays: undefined,
    auditSink: undefined,
    backups: undefined,
    corsOrigins: [],
    erasures: { waitMs: 86_400_000, register: join(dataDir, 'erasures.register') },
    eventRetentionDays: 30,
    trashDays: 30,
    applications: { refreshIdleDays: 30, refreshDays: 90 },
    metricsToken: undefined,
    requestLog: { days: 7, rowsMax: 500_000 },
    redisUrl: undefined,
    rateLimits: { standard: 100, premium: 300, anonymous: 60, session: 600, signIn: 10 },
    ownedMax: { credentials: { user: 100, system: 1_000 }, webhooks: { user: 100, system: 1_000 } },
    eventStreamsPerCallerMax: 20,
    extensionBlockedSeconds: 60,
    logLevel: 'info',
    role: 'all',
    webhooks: {
      allowHttp: false,
      allowedRanges: [],
      opensLoopback: true,
      proxies: undefined,
      authorities: [],
      leaseMs: 60_000,
      retentionDays: 30,
      retrySchedule: [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400],
      timeoutMs: 15_000,
    },
    mail: {
      server: undefined,
      from: { name: '', address: '' },
      language: 'en',
      templatesDir: undefined,
      retentionDays: 30,
    },
    siteName: 'Comserv',
    supportContact: undefined,
  })
})

test('a mail server is an address that is understood whole, and nothing of its password is told', () => {
  const from = 'Platform <platform@example.org>'
  const read = (url: string) => decideConfig({ COMSERV_SMTP_URL: url, COMSERV_MAIL_FROM: from }).mail.server
  assert.deepEqual(read('smtp://mail.example.org'), {
    host: 'mail.example.org',
    port: 587,
    isSecure: false,
    auth: undefined,
  })
  assert.deepEqual(read('smtps://a%40b:p%2Fs%23@[2001:db8::1]:2465/'), {
    host: '2001:db8::1',
    port: 2465,
    isSecure: true,
    auth: { user: 'a@b', password: 'p/s#' },
  })
  for (const url of [
    'mail.example.org',
    'https://mail.example.org',
    'smtp://',
    'smtp://user@mail.example.org',
    'smtp://user:secret/ss@mail.example.org',
    'smtp://user:secret#ss@mail.example.org',
    'smtp://user:secret%ss@mail.example.org',
    'smtp://mail.example.org/path',
    'smtp://mail.example.org:0',
    'smtp://mail.example.org:99999',
  ]) {
    const [problem = '', ...others] = problemsOf({ COMSERV_SMTP_URL: url, COMSERV_MAIL_FROM: from })
    assert.match(problem, /^COMSERV_SMTP_URL must be the address of a mail server such as smtp:/, url)
    assert.doesNotMatch(problem, /secret/)
    assert.deepEqual(others, [])
  }
  const url = 'smtp://mail.example.org'
  for (const wrong of [
    'nobody',
    'a@b@c',
    '<a@example.org',
    'A <a@example.org>, b@example.org',
    'A\u0007 <a@b.c>',
  ])
    assert.match(
      problemsOf({ COMSERV_SMTP_URL: url, COMSERV_MAIL_FROM: wrong })[0] ?? '',
      /^COMSERV_MAIL_FROM must be one email address/,
      wrong,
    )
  assert.match(problemsOf({ COMSERV_SMTP_URL: url })[0] ?? '', /needs COMSERV_MAIL_FROM/)
  assert.match(problemsOf({ COMSERV_MAIL_FROM: from })[0] ?? '', /needs COMSERV_SMTP_URL/)
  assert.match(problemsOf({ COMSERV_LANGUAGE: 'fr' })[0] ?? '', /^COMSERV_LANGUAGE must be one of en, de$/)
})

test('receivers on the same machine are allowed where nothing says that others reach the server', () => {
  const opens = (env: Record<string, string>) =>
    decideConfig({ COMSERV_DATA_DIR: join(folder, 'plain'), ...env }).webhooks.opensLoopback
  for (const HOST of ['127.0.0.1', '127.0.0.2', '::1', 'localhost', '::ffff:127.0.0.1', ''])
    assert.equal(opens({ HOST }), true, HOST)
  for (const HOST of ['0.0.0.0', '::', '10.0.0.1', 'comserv.internal', 'localhost.example'])
    assert.equal(opens({ HOST }), false, HOST)
  for (const env of [
    { COMSERV_PUBLIC_URL: 'https://comserv.example.org' },
    { COMSERV_PUBLIC_URL: 'http://127.0.0.1:3000' },
    { COMSERV_TRUST_PROXY: '127.0.0.1' },
    { COMSERV_TRUST_PROXY: '1' },
    { COMSERV_ALLOWED_HOSTS: 'comserv.internal' },
    { COMSERV_WEBHOOK_ALLOW_HTTP: 'false' },
    { COMSERV_WEBHOOK_ALLOWED_CIDRS: '10.0.0.0/8' },
    {
      COMSERV_ROLE: 'worker',
      DATABASE_URL: 'postgres://127.0.0.1/comserv',
      COMSERV_SECRET_KEY: 'k'.repeat(32),
    },
  ])
    assert.equal(opens(env), false, JSON.stringify(env))
})

test('all problems are reported at once, each with what would be right, and nothing is made on the disk', () => {
  const env = {
    PORT: '70000',
    COMSERV_PUBLIC_URL: 'ftp://example.org',
    DATABASE_URL: 'mysql://localhost/x',
    REDIS_URL: 'localhost:6379',
    COMSERV_SECRET_KEY: 'short',
    COMSERV_TRUST_PROXY: 'the one in front',
    COMSERV_RATE_LIMIT_STANDARD: '0',
    COMSERV_RATE_LIMIT_PREMIUM: '1e3',
    COMSERV_RATE_LIMIT_ANONYMOUS: '-1',
    COMSERV_LOG_LEVEL: 'loud',
  }
  const problems = problemsOf(env)
  assert.deepEqual(
    problems.map((problem) => problem.split(' ')[0]),
    Object.keys(env),
  )
  for (const problem of problems) assert.match(problem, / must (be|have) /)
  assert.equal(existsSync(join(folder, 'never')), false)
  assert.throws(
    () => decideConfig(env),
    (error: Error) => problems.every((problem) => error.message.includes(`\n  - ${problem}`)),
  )
})

test('a database address without a secret key is half a configuration, and the message says what to set', () => {
  const [problem, ...others] = problemsOf({ DATABASE_URL: 'postgres://localhost/comserv' })
  assert.deepEqual(others, [])
  assert.match(problem ?? '', /^COMSERV_SECRET_KEY must be set when DATABASE_URL is.*openssl rand -hex 32/)
  const both = problemsOf({
    DATABASE_URL: 'postgres://localhost/comserv',
    COMSERV_SECRET_KEY: 'short',
    PORT: 'x',
  })
  assert.equal(both.length, 2)
  const { database } = decideConfig({ DATABASE_URL: 'postgresql://h/c', COMSERV_SECRET_KEY: key })
  assert.deepEqual(database, { kind: 'postgres', url: 'postgresql://h/c' })
})

test('a Redis beside the embedded database is half a configuration', () => {
  const problems = problemsOf({ REDIS_URL: 'redis://localhost' })
  assert.equal(problems.length, 1)
  assert.match(problems[0] ?? '', /^REDIS_URL needs DATABASE_URL/)
})

test('a part of the work, and a lease shorter than the timeout, are refused with the reason', () => {
  assert.match(problemsOf({ COMSERV_ROLE: 'worker' })[0] ?? '', /^COMSERV_ROLE=worker needs DATABASE_URL/)
  assert.match(problemsOf({ COMSERV_ROLE: 'boss' })[0] ?? '', /^COMSERV_ROLE must be one of all, api, worker/)
  const lease = problemsOf({ COMSERV_WEBHOOK_LEASE_SECONDS: '10', COMSERV_WEBHOOK_TIMEOUT_SECONDS: '10' })
  assert.match(lease[0] ?? '', /^COMSERV_WEBHOOK_LEASE_SECONDS must be longer/)
  for (const [name, text] of [
    ['COMSERV_WEBHOOK_RETRY_SCHEDULE', '5,,10'],
    ['COMSERV_WEBHOOK_RETRY_SCHEDULE', '5,-1'],
    ['COMSERV_WEBHOOK_RETRY_SCHEDULE', '1e9'],
    ['COMSERV_WEBHOOK_ALLOWED_CIDRS', '10.0.0.0/33'],
    ['COMSERV_WEBHOOK_ALLOW_HTTP', 'yes'],
    ['COMSERV_WEBHOOK_TIMEOUT_SECONDS', '61'],
    ['COMSERV_WEBHOOK_RETENTION_DAYS', '0'],
  ] as const)
    assert.match(problemsOf({ [name]: text })[0] ?? text, new RegExp(`^${name} must`))
  const { webhooks } = decideConfig({
    COMSERV_SECRET_KEY: key,
    COMSERV_WEBHOOK_RETRY_SCHEDULE: '0.05, 1, 2.5',
    COMSERV_WEBHOOK_ALLOWED_CIDRS: '10.1.0.0/16, fd00::/8',
  })
  assert.deepEqual(webhooks.retrySchedule, [0.05, 1, 2.5])
  assert.deepEqual(webhooks.allowedRanges, ['10.1.0.0/16', 'fd00::/8'])
})

test('values are read as people write them, and an empty one counts as not set', () => {
  const read = (env: Record<string, string>) => decideConfig({ COMSERV_SECRET_KEY: key, ...env })
  assert.equal(read({ PORT: ' 8080 ' }).port, 8080)
  assert.equal(read({ PORT: '' }).port, 3000)
  assert.equal(read({ COMSERV_PUBLIC_URL: 'https://api.example.org/' }).publicUrl, 'https://api.example.org')
  assert.equal(read({ HOST: '0.0.0.0', PORT: '80' }).publicUrl, 'http://127.0.0.1:80')
  for (const [text, value] of [
    ['true', true],
    ['false', false],
    ['2', 2],
    ['10.0.0.0/8, ::1', ['10.0.0.0/8', '::1']],
  ] as const) {
    assert.deepEqual(read({ COMSERV_TRUST_PROXY: text }).trustProxy, value)
  }
  for (const text of [
    'https://u@example.org',
    'https://example.org/?a=1',
    'https://example.org/#x',
    'example.org',
  ])
    assert.equal(problemsOf({ COMSERV_PUBLIC_URL: text }).length, 1, text)
})

test('a trusted proxy that is no address or range is a problem of the configuration', () => {
  for (const text of ['999.1.1.1', '10.0.0.0/33', ':::', '::1/129', '1.2.3', '10.0.0.1,', ','])
    assert.match(problemsOf({ COMSERV_TRUST_PROXY: text })[0] ?? text, /^COMSERV_TRUST_PROXY must be/)
})

test('host names are compared without case, port and trailing dot, and never by pattern', () => {
  const { hosts, servesLocally } = decideConfig({
    COMSERV_SECRET_KEY: key,
    COMSERV_PUBLIC_URL: 'https://Comserv.Example.org:8443/api',
    COMSERV_ALLOWED_HOSTS: 'NAS.local, comserv:3000, bücher.example., ::1, [2001:DB8::1]:80, 10.0.0.7',
  })
  assert.equal(servesLocally, false)
  assert.deepEqual(hosts, [
    'comserv.example.org',
    'nas.local',
    'comserv',
    'xn--bcher-kva.example',
    '[::1]',
    '[2001:db8::1]',
    '10.0.0.7',
  ])
  for (const text of ['*', '*.example.org', 'https://example.org', 'a,', 'a b', 'u@a', 'a/b', '[::1', ':80'])
    assert.match(problemsOf({ COMSERV_ALLOWED_HOSTS: text })[0] ?? text, /^COMSERV_ALLOWED_HOSTS must list/)
})

test('settings that need another one say which', () => {
  assert.match(problemsOf({ COMSERV_FORWARDED_HEADER: 'forwarded' })[0] ?? '', /needs COMSERV_TRUST_PROXY/)
  assert.deepEqual(problemsOf({ COMSERV_FORWARDED_HEADER: 'Forwarded', COMSERV_TRUST_PROXY: '1' }), [])
  assert.match(
    problemsOf({ COMSERV_FORWARDED_HEADER: 'x-real-ip' })[0] ?? '',
    /must be one of x-forwarded-for/,
  )
  const policy = { COMSERV_SECURITY_POLICY: 'https://example.org/policy' }
  assert.match(problemsOf(policy)[0] ?? '', /needs COMSERV_SECURITY_CONTACT/)
  for (const contact of [
    'security@example.org',
    'http://example.org',
    'mailto:',
    'mailto:a@b,',
    'x\nContact: y',
  ])
    assert.match(problemsOf({ COMSERV_SECURITY_CONTACT: contact })[0] ?? contact, /must list addresses/)
})

test('the contact for support is an email address or the https address of a page', () => {
  const contactOf = (text: string) =>
    decideConfig({ COMSERV_DATA_DIR: join(folder, 'never'), COMSERV_SUPPORT_CONTACT: text }).supportContact
  assert.equal(contactOf('help@example.org'), 'mailto:help@example.org')
  assert.equal(contactOf('mailto:it-help+accounts@bücher.example'), 'mailto:it-help+accounts@bücher.example')
  assert.equal(contactOf('https://help.example.org/new?a=1&b=2'), 'https://help.example.org/new?a=1&b=2')
  assert.equal(contactOf(' '), undefined)
  for (const contact of [
    'help',
    'help@',
    '@example.org',
    'a@example.org, b@example.org',
    'mailto:',
    'mailto:help@example.org?subject=x',
    'http://help.example.org',
    'https://',
    'https://user:secret@help.example.org',
    'https://help.example.org/"><script>',
    'javascript:alert(1)',
    'data:text/html,x',
    'tel:+1234567890',
    'https://help.example.org/\nx',
    `https://help.example.org/${'x'.repeat(500)}`,
  ]) {
    const [problem = ''] = problemsOf({ COMSERV_SUPPORT_CONTACT: contact })
    assert.match(
      problem,
      /^COMSERV_SUPPORT_CONTACT must be one email address, such as help@example\.org/,
      contact,
    )
    assert.doesNotMatch(problem, /secret/)
  }
})

test('variables that look like settings and are not are named, with what may be meant', () => {
  const meant: Record<string, string[]> = {
    COMSERV_RATE_LIMIT_STANDART: ['COMSERV_RATE_LIMIT_STANDARD'],
    COMSERV_DATADIR: ['COMSERV_DATA_DIR'],
    comserv_log_level: ['COMSERV_LOG_LEVEL'],
    COMSERVE_LOG_LEVEL: ['COMSERV_LOG_LEVEL'],
    COMSERV_PORT: ['PORT'],
    COMSERV_DATABASE_URL: ['DATABASE_URL'],
    COMSERV_DATABASE: ['DATABASE_URL'],
    COMSERV_BASE_URL: ['COMSERV_PUBLIC_URL'],
    COMSERV_SUPPORT: ['COMSERV_SUPPORT_CONTACT'],
    COMSERV_NONSENSE: [],
    COMSERV_WEBHOOK: [],
    POSTGRES_URL: ['DATABASE_URL'],
  }
  const others = { HOME: '/', PORT: '1', COMPOSER_HOME: '/', COMPUTERNAME: 'x', COM_LOG: 'x' }
  const { unknown, problems } = readEnvironment({
    ...others,
    ...Object.fromEntries(Object.keys(meant).map((name) => [name, 'x'])),
  })
  assert.deepEqual(Object.fromEntries(unknown.map(({ name, meant: of }) => [name, of])), meant)
  assert.deepEqual(problems, [])
})

test('a variable of another program is not named where the setting is given', () => {
  const given = { SECRET_KEY: 'x', COMSERV_SECRET_KEY: 'a'.repeat(32), LOG_LEVEL: '' }
  assert.deepEqual(readEnvironment(given).unknown, [])
})

test('an address is shown as one that can be opened', () => {
  assert.equal(httpAddress('0.0.0.0', 1), 'http://127.0.0.1:1')
  assert.equal(httpAddress('::', 1), 'http://127.0.0.1:1')
  assert.equal(httpAddress('::1', 1), 'http://[::1]:1')
  assert.equal(httpAddress('api.local', 1), 'http://api.local:1')
})

test('the secret key is made once, readable by its owner alone', () => {
  const dataDir = join(folder, 'key')
  assert.equal(decideConfig({ COMSERV_DATA_DIR: dataDir }).secretKey, undefined)
  const first = keepSecretKey(dataDir)
  assert.match(first, /^[0-9a-f]{64}$/)
  assert.equal(keepSecretKey(dataDir), first)
  assert.equal(decideConfig({ COMSERV_DATA_DIR: dataDir }).secretKey, first)
  assert.deepEqual(readdirSync(dataDir), ['secret-key'])
  assert.equal(statSync(join(dataDir, 'secret-key')).mode & 0o777, 0o600)
  assert.equal(statSync(dataDir).mode & 0o777, 0o700)
  assert.equal(readFileSync(join(dataDir, 'secret-key'), 'utf8'), `${first}\n`)
})

test('processes that start at once agree on one secret key', async () => {
  const dataDir = join(folder, 'race')
  const module = join(import.meta.dirname, '../src/config/secret-key.ts')
  const script = `import { keepSecretKey } from ${JSON.stringify(module)}; process.stdout.write(keepSecretKey(${JSON.stringify(dataDir)}))`
  const run = promisify(execFile)
  const keys = await Promise.all(
    Array.from({ length: 6 }, async () => {
      const { stdout } = await run(process.execPath, ['--input-type=module-typescript', '-e', script])
      return stdout
    }),
  )
  assert.equal(new Set(keys).size, 1)
  assert.match(keys[0] ?? '', /^[0-9a-f]{64}$/)
  assert.deepEqual(readdirSync(dataDir), ['secret-key'])
})
