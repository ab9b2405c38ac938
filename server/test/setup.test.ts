import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { hourMs, minuteMs } from '../src/lib/timestamps.ts'
import { newSetupLink } from '../src/sessions/setup-service.ts'
import { startServer, type TestServer } from './harness.ts'
import { openedAudit } from './opened-logs.ts'
import { makePerson, password, signedIn, signIn } from './people.ts'

const first = { username: 'root', email: 'root@example.org', password }

describe('the first administrator', () => {
  test('is made with the link, signed in, and the link is used up', async () => {
    const server = await startServer()
    const token = await printedToken(server)
    assert.deepEqual((await server.call('GET', '/api/v1/setup')).body, {
      needed: true,
      password_length_min: 8,
      sends_mail: false,
    })

    const made = await setUp(server, { token })
    assert.equal(made.status, 201)
    assert.equal(made.headers.get('cache-control'), 'no-store')
    assert.equal(made.body.user.username, 'root')
    assert.equal(made.body.user.role, 'admin')
    assert.equal(made.body.user.id, 1)
    assert.ok(made.body.scopes.includes('admin'))
    assert.deepEqual(await server.newEvents(), ['user.created'])
    const root = signedIn(server, made.body.user, made)
    assert.equal((await root.call('GET', '/api/v1/users')).body.meta.total_count, 1)
    const key = await root.call('POST', '/api/v1/credentials', { json: { name: 'First', scopes: ['read'] } })
    assert.equal(key.status, 201)

    assert.deepEqual((await server.call('GET', '/api/v1/setup')).body, {
      needed: false,
      password_length_min: 8,
      sends_mail: false,
    })
    const again = await setUp(server, { token, username: 'second', email: 'second@example.org' })
    assert.equal(again.status, 409)
    assert.equal(await newSetupLink(server.context), undefined)

    const rows = await server.context.database.read
      .selectFrom('audit_log')
      .selectAll()
      .orderBy('id')
      .execute()
    assert.deepEqual(
      (await openedAudit(server.context.database, rows)).map(({ action, actor_type, actor_name }) => [
        action,
        actor_type,
        actor_name,
      ]),
      [
        ['user.create', 'operator', 'setup link'],
        ['session.create', 'user', 'root'],
        ['credential.create', 'user', 'root'],
      ],
    )
    await keepsSecret(server, token)
  })

  test('needs the right link: not a guessed one, not the one before, not one of yesterday', async () => {
    const server = await startServer()
    const before = await printedToken(server)
    const token = await printedToken(server)
    for (const wrong of ['guessed', before]) {
      const refused = await setUp(server, { token: wrong })
      assert.equal(refused.status, 401)
      assert.equal(refused.body.error.code, 'authentication_failed')
      assert.match(refused.body.error.details, /each start of the server prints a new one/)
    }
    server.clock.advance(24 * hourMs)
    assert.equal((await setUp(server, { token })).status, 401)
    assert.equal((await setUp(server, { token: await printedToken(server) })).status, 201)
  })

  test('needs no link that was never made', async () => {
    const server = await startServer()
    assert.equal((await setUp(server, { token: 'anything' })).status, 401)
  })

  test('made on the command line makes the link useless', async () => {
    const server = await startServer()
    const token = await printedToken(server)
    await makePerson(server, 'admin')
    assert.deepEqual((await server.call('GET', '/api/v1/setup')).body, {
      needed: false,
      password_length_min: 8,
      sends_mail: false,
    })
    assert.equal((await setUp(server, { token })).status, 409)
  })

  test('may follow users who are none', async () => {
    const server = await startServer()
    const normal = await makePerson(server, 'normal')
    const token = await printedToken(server)
    const taken = await setUp(server, { token, email: normal.email })
    assert.equal(taken.status, 409)
    assert.match(taken.body.error.details, /'email' is already taken/)
    // What was refused has not used up the link.
    assert.equal((await setUp(server, { token })).status, 201)
  })

  test('is one alone, however many use the link at once, in two processes', async () => {
    const server = await startServer()
    const other = await startServer({ beside: server })
    const token = await printedToken(server)
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        setUp(i % 2 === 0 ? server : other, { token, username: `root${i}`, email: `root${i}@example.org` }),
      ),
    )
    const statuses = answers.map(({ status }) => status).sort()
    assert.deepEqual(statuses, [201, ...Array(7).fill(409)])
    const admins = await server.context.database.read
      .selectFrom('users')
      .select('username')
      .where('role', '=', 'admin')
      .where('is_system', '=', 0)
      .execute()
    assert.equal(admins.length, 1)
    const winner = answers.find(({ status }) => status === 201)
    await signIn(server, winner?.body.user)
  })

  test('is not made from the page of another site, nor by what is not a setup', async () => {
    const server = await startServer()
    const token = await printedToken(server)
    const json = { token, ...first }
    const headers = { origin: 'https://evil.example' }
    assert.equal((await server.call('POST', '/api/v1/setup', { json, headers })).status, 403)
    for (const change of [{ password: 'short' }, { username: '' }, { role: 'admin' }, { token: '' }])
      assert.equal((await setUp(server, { token, ...change })).status, 400, JSON.stringify(change))
    assert.deepEqual((await server.call('GET', '/api/v1/setup')).body, {
      needed: true,
      password_length_min: 8,
      sends_mail: false,
    })
  })

  test('is throttled as a sign-in is', async () => {
    const server = await startServer({ env: { COMSERV_RATE_LIMIT_SIGN_IN: '2' } })
    const token = await printedToken(server)
    for (let i = 0; i < 2; i++) assert.equal((await setUp(server, { token: 'guessed' })).status, 401)
    const limited = await setUp(server, { token })
    assert.equal(limited.status, 429)
    assert.equal(limited.headers.get('x-ratelimit-limit'), '2')
    assert.equal(limited.headers.get('x-ratelimit-remaining'), '0')
    server.clock.advance(minuteMs)
    assert.equal((await setUp(server, { token })).status, 201)
  })
})

/** As `serve` prints it. */
async function printedToken(server: TestServer): Promise<string> {
  const link = await newSetupLink(server.context)
  const [address, token = ''] = link?.split('#token=') ?? []
  assert.equal(address, `${server.context.config.publicUrl}/setup`)
  assert.match(token, /^[\w-]{43}$/)
  return token
}

function setUp(server: TestServer, change: Record<string, unknown>) {
  return server.call('POST', '/api/v1/setup', { json: { ...first, ...change } })
}

async function keepsSecret({ context, logged }: TestServer, token: string): Promise<void> {
  const { database } = context
  const audit = await openedAudit(database, await database.read.selectFrom('audit_log').selectAll().execute())
  const links = await context.database.read.selectFrom('one_time_links').selectAll().execute()
  assert.deepEqual(links, [])
  for (const secret of [token, password])
    assert.equal(JSON.stringify([audit, logged]).includes(secret), false)
}
