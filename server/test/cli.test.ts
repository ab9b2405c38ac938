import assert from 'node:assert/strict'
import { test } from 'node:test'
import { install } from './product-process.ts'
import { until } from './until.ts'

const product = await install()
const commands = [
  'serve',
  'admin create',
  'admin reset-password',
  'admin remove-second-factor',
  'credential create',
  'credential list',
  'credential rotate',
  'credential revoke',
  'migrate',
  'doctor',
  'listen',
  'extension new',
  'extension test',
  'openapi',
]

/** Runs a command that must succeed, and answers what it printed. */
async function succeed(args: readonly string[], stdin = ''): Promise<string> {
  const { code, stdout, stderr } = await product.run(args, { stdin })
  assert.equal(code, 0, stderr)
  assert.equal(stderr, '')
  return stdout
}

/** Runs a command that must be refused with one plain message and no stack. */
async function refuse(args: readonly string[], exitCode: number, message: RegExp, stdin = ''): Promise<void> {
  const { code, stdout, stderr } = await product.run(args, { stdin })
  assert.equal(code, exitCode, `${args.join(' ')}: ${stdout}${stderr}`)
  assert.match(stderr, message)
  assert.doesNotMatch(stderr, /\n {4}at /)
  assert.equal(stdout, '')
}

const users = (key: string) =>
  fetch(`${product.url}/api/v1/users`, { headers: { 'x-api-key': key } }).then(async (response) => {
    await response.body?.cancel()
    return response.status
  })

test('the overview names every command, and each explains itself', async () => {
  const overviews = await Promise.all([[], ['--help'], ['-h'], ['help']].map((args) => succeed(args)))
  assert.equal(new Set(overviews).size, 1)
  for (const command of commands) {
    assert.match(overviews[0] ?? '', new RegExp(`^  ${command} +[A-Z]`, 'm'))
    const help = await succeed([...command.split(' '), '--help'])
    assert.match(help, new RegExp(`^Usage: comserv ${command}( <\\w+>)?( \\[options\\])?\n\n[A-Z]`))
  }
  assert.match(
    await succeed(['credential', 'create', '--help']),
    /--tier standard\|premium .*\n.*--owner USERNAME/,
  )
})

test('a command or option that does not exist is not understood, and the help is shown', async () => {
  await refuse(['fly'], 2, /^There is no command 'fly'\.\n\nUsage: comserv <command>/)
  for (const [args, one] of [
    [['audit'], 'audit verify'],
    [['erasures'], 'erasures apply'],
    [['credential', 'destroy', '1'], 'credential rotate'],
  ] as const) {
    const [group] = args
    const list = `Usage: comserv ${group} <command> \\[options\\]\n\n(?:  ${group} .*\n)*  ${one} `
    await refuse(args, 2, new RegExp(`^There is no command '${args.join(' ')}'\\.\n\n${list}`))
  }
  assert.match(await succeed(['audit', '--help']), /^Usage: comserv audit <command>/)
  await refuse(['migrate', '--fast'], 2, /--fast[\s\S]*Usage: comserv migrate/)
  await refuse(['migrate', 'now'], 2, /now[\s\S]*Usage: comserv migrate/)
  await refuse(['credential', 'create', '--name', 'x'], 2, /^--scopes is required\.\n\nUsage: /)
  await refuse(['credential', 'revoke'], 2, /^Give <id>, and nothing more\.\n\nUsage: /)
  assert.doesNotMatch(await succeed(['listen', '--help']), /--(key|secret) /)
  await refuse(['credential', 'create', '--name'], 2, /--name[\s\S]*Usage: comserv credential create/)
})

test('migrate brings the tables up to date once', async () => {
  assert.match(await succeed(['migrate']), /^Applied: 0001-core(, \d{4}-[a-z-]+)*\.\n$/)
  assert.equal(await succeed(['migrate']), 'The tables are up to date.\n')
})

test('openapi prints the document of this version, without touching the database', async () => {
  const document = JSON.parse(await succeed(['openapi']))
  assert.equal(document.openapi, '3.1.0')
  assert.equal(typeof document.paths['/api/v1/users/{id}'].patch, 'object')
})

test('a command ends quietly when its output is closed', async () => {
  for (const args of [['openapi'], ['--help'], ['migrate']]) {
    const { code, stderr } = await product.run(args, { unread: true })
    assert.equal(stderr, '')
    assert.equal(code, 0)
  }
})

const admin = ['admin', 'create', '--username', 'admin', '--email', 'admin@example.org']

test('an administrator is made with a password from standard input', async () => {
  await refuse(admin, 1, /^Give --password-stdin and send the password on standard input/)
  const fromStdin = [...admin, '--password-stdin']
  await refuse(fromStdin, 1, /^The 'password' field must have 8 to 256 characters\.$/m, '\n')
  await refuse(fromStdin, 1, /^The 'password' field must have 8 to 256 characters\.$/m, 'short\nsecond line')
  const printed = await succeed(fromStdin, 'correct horse\r\nsecond line')
  assert.match(printed, /^The administrator 'admin' was made, with id \d+\.\n$/)
  const again = ['admin', 'create', '--username', 'ADMIN', '--email', 'x@example.org', '--password-stdin']
  await refuse(again, 1, /^The 'username' is already taken by another user\.$/m, 'correct horse')
  const odd = ['admin', 'create', '--username', 'a b', '--email', 'x@example.org', '--password-stdin']
  await refuse(odd, 1, /^The 'username' field must consist of/, 'correct horse')
})

test('a link that sets a password is made while the server is stopped, and works when it runs', async () => {
  const { link } = JSON.parse(await succeed(['admin', 'reset-password', 'admin', '--json']))
  await refuse(['admin', 'reset-password', 'nobody'], 1, /^There is no user 'nobody'\.$/m)
  const serving = await product.serve()
  const response = await fetch(`${product.url}/api/v1/password-reset`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token: link.split('#token=')[1], password: 'battery staple' }),
  })
  assert.equal(response.status, 201, await response.text())
  serving.process.kill('SIGTERM')
  assert.equal(await serving.ended, 0)
})

const make = (...more: string[]) => [
  'credential',
  'create',
  '--name',
  'My program',
  '--scopes',
  'read write',
  ...more,
]

test('wrong options for a credential are refused with the accepted values', async () => {
  await refuse(make('--tier', 'gold'), 1, /^The 'tier' field must be one of: standard, premium\.$/m)
  await refuse(make('--owner', 'nobody'), 1, /^There is no user 'nobody'\.$/m)
  await refuse(make('--expires-days', '0'), 1, /^--expires-days must be a whole number from 1 to 36500\.$/m)
  await refuse(make('--expires-days', 'soon'), 1, /^--expires-days must be a whole number/)
  const none = ['credential', 'create', '--name', 'x', '--scopes']
  await refuse(
    [...none, 'everything'],
    1,
    /^'everything' is not a scope; the scopes are: read, write, users:read/,
  )
  await refuse([...none, ' '], 1, /^--scopes is required; see --help\.$/m)
  await refuse(
    make('--rule', 'documents:read title in x'),
    1,
    /^--rule '.*': 'title in x' is not a condition/m,
  )
  await refuse(
    [...none, 'documents:read', '--rule', 'documents:write own'],
    1,
    /'documents:write', which is not among the scopes/,
  )
  await refuse(['credential', 'rotate', 'x'], 1, /^The id must be a whole number of 1 or more/)
  await refuse(['credential', 'rotate', '1', '--grace-hours', '169'], 1, /from 0 to 168\.$/m)
  await refuse(['credential', 'revoke', '999'], 1, /^There is no credential with id 999\.$/m)
})

test('a credential made, rotated and revoked beside a running server counts there within two seconds', async () => {
  const serving = await product.serve()
  const rule = [
    '--rule',
    'documents:read category in reports and status in draft',
    '--rule',
    'documents:read own',
  ]
  const line = await succeed(
    make('--tier', 'premium', '--owner', 'ADMIN', '--expires-days', '30', ...rule, '--json'),
  )
  assert.match(line, /^\{.*\}\n$/)
  const made = JSON.parse(line)
  const fields = ['id', 'name', 'client_id', 'client_secret', 'scopes', 'tier', 'rules', 'unknown_categories']
  assert.deepEqual(Object.keys(made), fields)
  const { id, client_id, client_secret, ...rest } = made
  const rules = [{ category: ['reports'], status: ['draft'] }, { own: true }].map((where) => ({
    scope: 'documents:read',
    where,
  }))
  const unknown_categories = ['reports']
  assert.deepEqual(rest, {
    name: 'My program',
    scopes: ['read', 'write'],
    tier: 'premium',
    rules,
    unknown_categories,
  })
  const honouredAfter = async (key: string, status: number) => {
    const startedMs = performance.now()
    await until(`the status ${status}`, async () => (await users(key)) === status || undefined)
    assert.ok(performance.now() - startedMs < 2_000)
  }
  await honouredAfter(client_secret, 200)

  const listed = JSON.parse(await succeed(['credential', 'list', '--json']))
  assert.equal(listed.client_id, client_id)
  assert.equal(listed.status, 'active')
  assert.equal('client_secret' in listed, false)
  const table = await succeed(['credential', 'list'])
  assert.match(
    table,
    new RegExp(`^ +${id}  active .*${client_id}  read write .*My program\n1 in all, page 1 of 1\\.\n$`),
  )

  const args = ['credential', 'rotate', String(id), '--grace-hours', '0', '--json']
  const rotated = JSON.parse(await succeed(args))
  assert.equal(rotated.client_id, client_id)
  assert.equal(rotated.previous_secret_expires_at, null)
  await honouredAfter(rotated.client_secret, 200)
  await honouredAfter(client_secret, 401)

  const revoked = await succeed(['credential', 'revoke', String(id)])
  assert.equal(revoked, `The credential ${id} was revoked.\n`)
  await honouredAfter(rotated.client_secret, 401)
  await refuse(
    ['credential', 'rotate', String(id)],
    1,
    /^The credential \d+ was revoked at .*; create a new one instead/,
  )
  serving.process.kill('SIGTERM')
  assert.equal(await serving.ended, 0)
})

test('printed for people, a secret comes with what to do about it', async () => {
  const printed = await succeed(make())
  const secret = /^client_secret {2}(cs_live_[0-9A-Za-z]{38})$/m.exec(printed)?.[1]
  assert.equal(typeof secret, 'string')
  assert.match(printed, /^scopes {9}read write\ntier {11}standard\n\nStore the client_secret now/m)
})

test('all problems of the configuration are printed at once, by every command', async () => {
  const env = { PORT: 'x', COMSERV_LOG_LEVEL: 'loud', COMSERV_RATE_LIMIT_PREMIUM: '0' }
  for (const args of [['serve'], ['migrate'], ['credential', 'list']]) {
    const { code, stdout, stderr } = await product.run(args, { env })
    assert.equal(code, 1)
    assert.equal(stdout, '')
    assert.match(
      stderr,
      /^The configuration has 3 problems:\n {2}- PORT must .*\n {2}- COMSERV_RATE_LIMIT_PREMIUM must .*\n {2}- COMSERV_LOG_LEVEL must .*\n$/,
    )
  }
})

test('a database that cannot be reached is said so in one sentence', async () => {
  const env = { DATABASE_URL: 'postgres://x:y@127.0.0.1:1/z', COMSERV_SECRET_KEY: 'k'.repeat(32) }
  const { code, stderr } = await product.run(['migrate'], { env })
  assert.equal(code, 1)
  assert.equal(
    stderr,
    'Nothing accepts connections at 127.0.0.1:1: PostgreSQL is not running there, or DATABASE_URL names the wrong host or port.\n',
  )
})

test('a credential names the scopes that the role of its owner does not have', async () => {
  const rows = 'username,email,role,password\nplain,plain@example.org,normal,Purple lantern 9\n'
  await succeed(['import', 'users', '--format', 'csv', '-'], rows)
  const text = await succeed(make('--owner', 'plain'))
  assert.match(
    text,
    /^withheld +users:read events:read users:write documents:write\n +The role of the owner does not have these/m,
  )
  const { withheld_scopes } = JSON.parse(await succeed(make('--owner', 'plain', '--json')))
  assert.deepEqual(withheld_scopes, ['users:read', 'events:read', 'users:write', 'documents:write'])
  assert.doesNotMatch(await succeed(make()), /withheld/)
})
