import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import {
  copyFileSync,
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
import { sql } from 'kysely'
import { TOTP } from 'otpauth'
import { closeContext, createContext } from '../src/app.ts'
import { operator } from '../src/cli/actor.ts'
import { runCommandLine } from '../src/cli/command-line.ts'
import { decideConfig } from '../src/config/decide.ts'
import { applyRegister, keepRegister } from '../src/erasure/register.ts'
import { readRegister, registerLine } from '../src/erasure/register-file.ts'
import { sealContext } from '../src/http/idempotency.ts'
import { createLog } from '../src/lib/log.ts'
import { createVault } from '../src/lib/vault.ts'
import { createUser } from '../src/users/service.ts'
import { allowApplication } from './allowing.ts'
import { type Json, startServer } from './harness.ts'
import { makePerson, type Person, type SignedInPerson, signIn } from './people.ts'
import { startReceiver } from './receiver.ts'
import { assertRefused } from './refusals.ts'

const register = join(mkdtempSync(join(tmpdir(), 'comserv-register-')), 'erasures.register')
after(() => rmSync(join(register, '..'), { recursive: true }))
const server = await startServer({
  env: { COMSERV_ERASE_WAIT_HOURS: '0', COMSERV_ERASURE_REGISTER: register },
})
const { context } = server
const { database, config } = context
const isEmbedded = database.dialect === 'sqlite'
const key = (await server.credential('admin')).secret
const receiver = await startReceiver((response, { raw }) => response.end(raw))
const api = (method: string, path: string, json?: object) =>
  server.call(method, `/api/v1${path}`, { key, ...(json ? { json } : {}) })

let count = 0

/** Somebody with unmistakable names. */
async function makeUnmistakable(): Promise<{ person: Person; marks: string[] }> {
  const mark = `zzq${++count}${Math.random().toString(36).slice(2, 8)}`
  const person = await makePerson(server, 'developer', {
    username: `${mark}name`,
    email: `${mark}mail@example.org`,
    profile: { first_name: `${mark}first`, last_name: `${mark}last`, phone: `${mark}5`, bio: `${mark}bio` },
  })
  return { person, marks: [mark, '203.0.113.77'] }
}

/** They do all that leaves something behind. */
async function leaveTraces(person: Person, marks: string[]): Promise<SignedInPerson> {
  const [mark = ''] = marks
  const session = await signIn(server, person, undefined, { 'user-agent': `${mark}browser/1` })
  const as = async (method: string, path: string, json?: object, headers = {}) => {
    const response = await session.call(method, `/api/v1${path}`, { ...(json ? { json } : {}), headers })
    assert.ok(response.status < 300, response.text)
    return response.body
  }
  await as('PATCH', '/me', { profile: { first_name: `${mark}second` } })
  await as('POST', '/credentials', {
    name: `${mark}laptop`,
    scopes: ['users:read'],
    allowed_ips: ['203.0.113.77'],
  })
  await as('POST', '/webhooks', {
    url: `${receiver.url}?${mark}=1`,
    description: `${mark}hook`,
    events: ['user.updated'],
    headers: { 'X-Own': `${mark}header` },
  })
  const idempotent = await server.call('POST', '/api/v1/users', {
    key,
    headers: { 'idempotency-key': mark },
    json: { username: `${mark}other`, email: `${mark}other@example.org`, password: 'correct horse' },
  })
  assert.equal(idempotent.status, 201, idempotent.text)
  const rule = { enabled: true, trigger: { type: 'event', events: ['user.updated'] } }
  const task = { name: 'task', type: 'send', url: receiver.url, body: 'data' }
  const own = { name: `${mark}rule`, owner_id: person.id, steps: [{ ...task, body: `"${mark}body"` }] }
  for (const json of [
    { ...rule, name: 'Of somebody else', steps: [task] },
    { ...rule, ...own },
  ])
    assert.equal((await api('POST', '/automations', json)).status, 201)
  const change = { profile: { last_name: `${mark}married` } }
  assert.equal((await api('PATCH', `/users/${person.id}`, change)).status, 200)
  assert.equal((await api('GET', `/users?q=${mark}second`)).body.meta.total_count, 1)
  const { body: app } = await session.call('POST', '/api/v1/me/totp')
  const code = new TOTP({ secret: app.secret }).generate({ timestamp: server.clock.now() })
  const activated = await session.call('POST', '/api/v1/me/totp/activate', { json: { code } })
  assert.equal(activated.status, 204, activated.text)
  assert.equal((await session.call('POST', '/api/v1/me/recovery-codes')).status, 200)
  await server.deliver()
  await server.automate()
  return session
}

async function eraseNow(person: Person): Promise<Json> {
  const asked = await api('POST', `/users/${person.id}/erase`, { username: person.username })
  assert.equal(asked.status, 202, asked.text)
  await server.runTask('erase people')
  const { body, status, text } = await api('GET', `/users/${person.id}/erasure`)
  assert.equal(status, 200, text)
  return body
}

/** The responses stored for a retry, as the server would repeat them. */
async function storedResponses(): Promise<string[]> {
  const rows = await database.read.selectFrom('idempotency_keys').selectAll().execute()
  return rows.map((row) => context.vault.open(row.answer, sealContext(row)))
}

/** Where a text is found in the files of a folder, whatever they are. */
function foundIn(folder: string, marks: readonly string[]): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .flatMap((entry) => {
      const bytes = readFileSync(join(entry.parentPath, entry.name))
      return marks.filter((mark) => bytes.includes(mark)).map((mark) => `${mark} in ${entry.name}`)
    })
}

/** The same for all rows, as anybody sees them who has the database and not the secret key. */
async function foundInRows(marks: readonly string[]): Promise<string[]> {
  const found: string[] = []
  for (const { name } of await database.read.introspection.getTables()) {
    if (/_search/.test(name)) continue
    const { rows } = await sql`select * from ${sql.table(name)}`.execute(database.read)
    const text = JSON.stringify(rows)
    found.push(...marks.filter((mark) => text.includes(mark)).map((mark) => `${mark} in ${name}`))
  }
  return found
}

async function run(args: readonly string[], env: NodeJS.ProcessEnv) {
  const printed: string[] = []
  const print = (line: string) => void printed.push(line)
  const code = await runCommandLine(args, { env, stdin: Readable.from([]), print, printError: print })
  return { code, text: printed.join('\n') }
}

test('an erasure forgets which rows the person and their credentials imported', async () => {
  const parts = async () => (await database.read.selectFrom('import_parts').select('path').execute()).length
  const person = await makePerson(server, 'editor')
  const session = await signIn(server, person)
  const { secret } = await server.credential('documents:write', { owner_id: person.id })
  const path = '/api/v1/documents/import'
  assert.equal((await session.call('POST', path, { json: { title: 'Of a person' } })).body.imported, 1)
  assert.equal(
    (await server.call('POST', path, { key: secret, json: { title: 'Of a key' } })).body.imported,
    1,
  )
  assert.equal((await api('POST', '/documents/import', { title: 'Of somebody else' })).body.imported, 1)
  assert.equal(await parts(), 3)
  await eraseNow(person)
  assert.equal(await parts(), 1)
})

test('an erased person allows no application anything any more', async () => {
  const { person } = await makeUnmistakable()
  const { application, tokens } = await allowApplication(server, person)
  const tables = ['application_consents', 'application_sign_ins', 'user_subjects'] as const
  const rows = (id: number) =>
    Promise.all(
      tables.map(async (table) => {
        const found = await database.read
          .selectFrom(table)
          .select('user_id')
          .where('user_id', '=', id)
          .execute()
        return found.length
      }),
    )
  const { person: beside } = await makeUnmistakable()
  await allowApplication(server, beside)
  const held = await api('GET', `/users/${person.id}/personal-data`)
  const told = held.text
    .trim()
    .split('\n')
    .map((line): Json => JSON.parse(line))
  for (const kind of ['application_consent', 'application_sign_in']) {
    const [line, ...more] = told.filter((one) => one.kind === kind)
    assert.deepEqual([line.data.application_id, more], [application.id, []], kind)
  }
  for (const name of ['access_token', 'refresh_token', 'id_token'])
    assert.ok(!held.text.includes(tokens[name]), name)
  const reads = async () =>
    (await server.call('GET', '/api/v1/documents', { token: tokens.access_token })).status
  const form = new URLSearchParams({
    grant_type: 'refresh_token',
    client_id: application.client_id,
    refresh_token: tokens.refresh_token,
  })
  const refreshes = () => fetch(`${server.url}/api/v1/oauth/token`, { method: 'POST', body: form })
  assert.deepEqual([await rows(person.id), await reads()], [[1, 1, 1], 200])
  await eraseNow(person)
  assert.deepEqual([await rows(person.id), await reads()], [[0, 0, 0], 401])
  const refreshed = await refreshes()
  assert.deepEqual([refreshed.status, ((await refreshed.json()) as Json).error], [400, 'invalid_grant'])
  assert.deepEqual(await rows(beside.id), [1, 1, 1])
})

test('an erased person is in no row, no file, no later backup, and in no older one after its restore', async () => {
  const { person, marks } = await makeUnmistakable()
  await leaveTraces(person, marks)
  const other = await api('GET', `/users?q=${marks[0]}other`)
  const { dataDir } = config
  const backups = mkdtempSync(join(tmpdir(), 'comserv-erased-'))
  after(() => rmSync(backups, { recursive: true }))
  const older = join(backups, 'older.db')
  if (isEmbedded) {
    const made = await run(['backup', older, '--with-secret-key'], { COMSERV_DATA_DIR: dataDir })
    assert.equal(made.code, 0, made.text)
    assert.notDeepEqual(foundIn(backups, marks), [], 'the older backup holds the person')
  }
  assert.notDeepEqual(await foundInRows(marks), [], 'the rows hold the person')

  const totals = await api('GET', '/audit-log?limit=1')
  const erasure = await eraseNow(person)
  await api('POST', `/users/${other.body.data[0].id}/erase`, { username: other.body.data[0].username })
  await server.runTask('erase people')
  assert.deepEqual(await foundInRows(marks), [])
  assert.equal(erasure.status, 'erased')
  const { sha256, ...receipt } = erasure.receipt
  assert.equal(sha256, createHash('sha256').update(JSON.stringify(receipt)).digest('hex'))
  assert.deepEqual(receipt.removed, { credentials: 1, webhooks: 1, stored_responses: 0, automations: 1 })
  assert.deepEqual([receipt.id, receipt.kept], [person.id, { documents: 0 }])
  assert.ok((await api('GET', '/audit-log?limit=1')).body.meta.total_count > totals.body.meta.total_count)
  const [told] = (await api('GET', `/audit-log?action=user.erase&target_type=user&target_id=${person.id}`))
    .body.data
  assert.deepEqual(told.after, erasure.receipt)
  assert.equal((await api('GET', `/users/${person.id}`)).status, 404)
  assert.equal((await api('GET', `/users?q=${marks[0]}`)).body.meta.total_count, 0)
  const lines = readRegister(register)
  assert.ok(lines.some(({ user_id }) => user_id === person.id))
  assert.deepEqual(foundIn(join(register, '..'), marks), [])
  if (!isEmbedded) return

  assert.deepEqual(foundIn(dataDir, marks), [])
  const later = join(backups, 'later.db')
  rmSync(join(backups, 'erasures.register'))
  const made = await run(['backup', later], { COMSERV_DATA_DIR: dataDir })
  assert.equal(made.code, 0, made.text)
  assert.deepEqual(
    foundIn(backups, marks).filter((found) => !found.endsWith('older.db')),
    [],
  )
  const beside = readFileSync(join(backups, 'erasures.register'), 'utf8').trimEnd().split('\n')
  assert.ok(beside.some((line) => JSON.parse(line).user_id === person.id))
  assert.equal(new Set(beside).size, beside.length)

  const target = join(backups, 'restored')
  const restored = await run(['restore', older], { COMSERV_DATA_DIR: target })
  assert.equal(restored.code, 0, restored.text)
  assert.match(restored.text, new RegExp(`erased again: users .*\\b${person.id}\\b`))
  assert.deepEqual(foundIn(target, marks), [])
  assert.deepEqual(
    readdirSync(target).filter((name) => name.startsWith('restoring')),
    [],
  )
})

test('a restore without a register says what that means, and the register can be applied later', async () => {
  if (!isEmbedded) return
  const { person, marks } = await makeUnmistakable()
  const folder = mkdtempSync(join(tmpdir(), 'comserv-erased-'))
  after(() => rmSync(folder, { recursive: true }))
  const backup = join(folder, 'backup.db')
  await run(['backup', backup, '--with-secret-key'], { COMSERV_DATA_DIR: config.dataDir })
  rmSync(join(folder, 'erasures.register'))
  await eraseNow(person)
  const env = { COMSERV_DATA_DIR: join(folder, 'data') }
  const restored = await run(['restore', backup], env)
  assert.match(restored.text, /There is no register of erasures .* `comserv erasures apply`/)
  assert.notDeepEqual(foundIn(env.COMSERV_DATA_DIR, marks), [])
  const applied = await run(['erasures', 'apply', register], env)
  assert.equal(applied.code, 0, applied.text)
  assert.deepEqual(foundIn(env.COMSERV_DATA_DIR, marks), [])
})

test('a damaged register is said at a restore and by `erasures apply`, and an unreadable one stops everything', async () => {
  if (!isEmbedded) return
  const folder = mkdtempSync(join(tmpdir(), 'comserv-erased-'))
  after(() => rmSync(folder, { recursive: true }))
  const backup = join(folder, 'backup.db')
  await run(['backup', backup, '--with-secret-key'], { COMSERV_DATA_DIR: config.dataDir })
  const beside = join(folder, 'erasures.register')
  const elsewhere = registerLine(createVault('e'.repeat(32)), {
    user_id: 1,
    created_at: '2020-01-01T00:00:00Z',
    erased_at: '2999-01-01T00:00:00Z',
  })
  writeFileSync(beside, `{"user_id":\n${JSON.stringify(elsewhere)}\n\n{"user_id":"two"}\n`)
  const env = { COMSERV_DATA_DIR: join(folder, 'data') }
  const restored = await run(['restore', backup], env)
  assert.equal(restored.code, 0, restored.text)
  assert.match(restored.text, /cannot be read: 2\. .*another copy of the register/)
  assert.match(
    restored.text,
    /last erasure in it is of 2999-01-01T00:00:00Z, and .* `comserv erasures apply`/,
  )
  const again = await run(['restore', backup], {
    COMSERV_DATA_DIR: join(folder, 'with-register'),
    COMSERV_ERASURE_REGISTER: register,
  })
  assert.doesNotMatch(again.text, /was not found/)
  const applied = await run(['erasures', 'apply', beside], env)
  assert.equal(applied.code, 1)
  assert.match(applied.text, /erased now: nobody.*by another installation: 1\..*cannot be read: 2\./s)

  rmSync(beside)
  mkdirSync(beside)
  const target = join(folder, 'second')
  const unreadable = new RegExp(`register of erasures, ${beside}, cannot be read \\(EISDIR\\)`)
  const refused = await run(['restore', backup], { COMSERV_DATA_DIR: target })
  assert.equal(refused.code, 1)
  assert.match(refused.text, unreadable)
  assert.ok(!readdirSync(target).includes('comserv.db'))
  const started = await run(['erasures', 'list'], { ...env, COMSERV_ERASURE_REGISTER: beside })
  assert.equal(started.code, 1)
  assert.match(started.text, unreadable)
})

test('the wait can be cancelled, and the person is as before', async () => {
  const waiting = await startServer()
  const { secret } = await waiting.credential('admin')
  const call = (method: string, path: string, json?: object) =>
    waiting.call(method, `/api/v1${path}`, { key: secret, ...(json ? { json } : {}) })
  const person = await makePerson(waiting, 'editor')
  const session = await signIn(waiting, person)
  const wrong = await call('POST', `/users/${person.id}/erase`, { username: 'somebody' })
  assert.equal(wrong.status, 400)
  const asked = await call('POST', `/users/${person.id}/erase`, { username: person.username })
  assert.equal(asked.status, 202, asked.text)
  assert.equal(asked.body.due_at, '2026-01-16T08:30:00Z')
  assert.equal((await call('POST', `/users/${person.id}/erase`, { username: person.username })).status, 409)
  assert.equal((await session.call('GET', '/api/v1/me')).status, 401)
  const shown = await call('GET', `/users/${person.id}`)
  assert.equal(shown.body.status, 'suspended')
  assert.deepEqual(shown.body.erasure, {
    requested_at: '2026-01-15T08:30:00Z',
    due_at: '2026-01-16T08:30:00Z',
  })
  const activate = await call('PATCH', `/users/${person.id}`, { status: 'active' })
  assertRefused(activate, 409, /will be erased at 2026-01-16T08:30:00Z and cannot be activated; cancel/)
  const items = [{ action: 'update', id: person.id, data: { status: null } }]
  assert.equal((await call('POST', '/users/batch', { items })).body.data[0].status, 409)
  const trashed = await makePerson(waiting, 'editor')
  await call('POST', `/users/${trashed.id}/erase`, { username: trashed.username })
  await call('DELETE', `/users/${trashed.id}`)
  assertRefused(await call('POST', `/users/${trashed.id}/restore`), 409, /cannot be restored; cancel/)
  assert.equal((await call('DELETE', `/users/${trashed.id}/erase`)).status, 204)
  assert.equal((await call('POST', `/users/${trashed.id}/restore`)).status, 200)
  await waiting.runTask('erase people')
  assert.equal((await call('GET', `/users/${person.id}`)).status, 200)
  assert.equal((await call('DELETE', `/users/${person.id}/erase`)).status, 204)
  assert.equal((await call('DELETE', `/users/${person.id}/erase`)).status, 404)
  const after = await call('GET', `/users/${person.id}`)
  assert.deepEqual(
    [after.body.status, after.body.erasure, after.body.username],
    ['active', undefined, person.username],
  )

  await call('POST', `/users/${person.id}/erase`, { username: person.username })
  waiting.clock.advance(24 * 3_600_000)
  await waiting.newEvents()
  await waiting.runTask('erase people')
  assert.deepEqual(await waiting.newEvents(), ['user.deleted', 'user.erased'])
  assert.equal((await call('DELETE', `/users/${person.id}/erase`)).status, 409)
  const again = await call('POST', '/users', {
    username: person.username,
    email: person.email,
    password: 'correct horse',
  })
  assert.equal(again.status, 201, again.text)
})

test('the last administrator cannot be erased, nor a user that does not exist, nor the system account', async () => {
  const admin = await makePerson(server, 'admin')
  const refused = await api('POST', `/users/${admin.id}/erase`, { username: admin.username })
  assert.equal(refused.status, 409)
  assert.match(refused.body.error.details, /last active administrator/)
  assert.equal((await api('POST', '/users/999999/erase', { username: 'x' })).status, 404)
  assert.equal((await api('POST', '/users/1/erase', { username: 'comserv:system' })).status, 404)
})

test('people in the trash can be erased, and those that were purged from it', async () => {
  const { person, marks } = await makeUnmistakable()
  await api('DELETE', `/users/${person.id}`)
  assert.equal((await eraseNow(person)).status, 'erased')
  assert.deepEqual(await foundInRows(marks), [])

  const purged = await makeUnmistakable()
  await api('DELETE', `/users/${purged.person.id}`)
  server.clock.advance(31 * 86_400_000)
  await server.runTask('purge users')
  assert.equal(
    (await eraseNow({ ...purged.person, username: `deleted-${purged.person.id}` })).status,
    'erased',
  )
  assert.deepEqual(await foundInRows(purged.marks), [])
})

test('a delivery that waits when its person is erased is not sent, and one that was sent keeps no response', async () => {
  const json = { url: receiver.url, events: ['user.updated'] }
  const { body: webhook } = await api('POST', '/webhooks', json)
  const { person } = await makeUnmistakable()
  receiver.answer(500)
  await api('PATCH', `/users/${person.id}`, { profile: { bio: 'new' } })
  await server.deliver()
  await eraseNow(person)
  receiver.answer(204)
  const before = receiver.received.length
  server.clock.advance(3_600_000)
  await server.deliver()
  const arrived = receiver.received.slice(before).map(({ raw }) => raw)
  assert.ok(!arrived.some((raw) => raw.includes(person.email)), 'nothing of the person is sent')
  const { data } = (await api('GET', `/webhooks/${webhook.id}/deliveries?limit=100`)).body
  const details = await Promise.all(data.map(({ id }: Json) => api('GET', `/deliveries/${id}`)))
  const log = details.map(({ body }) => body).filter(({ log }) => log.at(-1)?.error === 'erased')
  assert.ok(log.length > 0, 'the log says why')
  assert.deepEqual([log[0].status, log[0].reason], ['discarded', 'erased'])
  const outcomes = (await api('GET', `/delivery-outcomes?webhook_id=${webhook.id}`)).body
  assert.equal(outcomes.totals.failed, 0, JSON.stringify(outcomes.totals))
})

test('the values that an update replaced go with the person', async () => {
  const echoing = await startReceiver((response, { raw }) => response.end(raw))
  const json = { url: echoing.url, events: ['user.updated'], include_previous: true, format: 'cloudevents' }
  const { body: webhook } = await api('POST', '/webhooks', json)
  const { person, marks } = await makeUnmistakable()
  const email = `replaced${person.id}@example.org`
  assert.equal((await api('PATCH', `/users/${person.id}`, { email })).status, 200)
  await server.deliver()
  assert.deepEqual(echoing.received.at(-1)?.body.data.previous, { email: person.email })
  const listed = async (): Promise<Json[]> => {
    const { data } = (await api('GET', `/webhooks/${webhook.id}/deliveries?limit=100`)).body
    return Promise.all(data.map(async ({ id }: Json) => (await api('GET', `/deliveries/${id}`)).body))
  }
  const [sent] = await listed()
  assert.ok(sent.log[0].response.body.includes(person.email), 'the receiver has sent it back')
  const held = await api('GET', `/users/${person.id}/personal-data`)
  assert.ok(held.text.includes(`"previous":{"email":"${person.email}"}`))

  await eraseNow(person)
  const arrived = echoing.received.length
  assert.equal((await api('POST', `/deliveries/${sent.id}/resend`)).status, 202)
  await server.deliver()
  const later = JSON.stringify(echoing.received.slice(arrived).map(({ raw }) => raw))
  const shown = JSON.stringify([await listed(), (await api('GET', '/events?limit=100&sort=-log')).body])
  for (const mark of [...marks, email]) {
    assert.ok(!later.includes(mark), `${mark} was sent`)
    assert.ok(!shown.includes(mark), `${mark} is shown`)
  }
  assert.deepEqual(await foundInRows(marks), [])
})

test('the register erases again whom a restored database has, and nobody else', async () => {
  const actor = await operator(context)
  const change = await createUser(context, actor, { username: 'returned', email: 'returned@example.org' })
  const { resource: user } = await database.write(change)
  const erased_at = '2026-02-01T00:00:00Z'
  const { vault } = context
  const line = (of: object, by = vault) =>
    registerLine(by, { user_id: user.id, created_at: user.created_at, erased_at, ...of })
  const forged = line({}, createVault('f'.repeat(32)))
  const formerHolder = line({ created_at: '2020-01-01T00:00:00Z' })
  const nobody = line({ user_id: 999_999 })
  assert.deepEqual(await applyRegister(context, [forged, formerHolder, nobody]), { erased: [], strange: 1 })
  assert.equal((await api('GET', `/users/${user.id}`)).status, 200)
  assert.deepEqual(await applyRegister(context, [line({})]), { erased: [user.id], strange: 0 })
  assert.deepEqual(await applyRegister(context, [line({})]), { erased: [], strange: 0 })
  assert.equal((await api('GET', `/users/${user.id}`)).status, 404)
  const { body } = await api('GET', `/users/${user.id}/erasure`)
  assert.deepEqual([body.erased_at, body.receipt.requested_by], [erased_at, 'register'])
})

test('every start applies the register before anything is served', async () => {
  const { person } = await makeUnmistakable()
  const { created_at } = (await api('GET', `/users/${person.id}`)).body
  const line = registerLine(context.vault, { user_id: person.id, created_at, erased_at: created_at })
  writeFileSync(register, `${JSON.stringify(line)}\n`, { flag: 'a' })
  const beside = await startServer({ beside: server })
  assert.equal((await beside.call('GET', `/api/v1/users/${person.id}`, { key })).status, 404)
  await beside.stop()
})

test('a register that cannot be written is written later', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'comserv-register-'))
  after(() => rmSync(folder, { recursive: true }))
  const inTheWay = join(folder, 'file')
  writeFileSync(inTheWay, '')
  const erasures = { ...config.erasures, register: join(inTheWay, 'erasures.register') }
  await keepRegister({ ...context, config: { ...config, erasures } })
  rmSync(inTheWay)
  mkdirSync(inTheWay)
  await keepRegister({ ...context, config: { ...config, erasures } })
  assert.ok(readRegister(erasures.register).length > 0)
  const before = readFileSync(erasures.register, 'utf8')
  await keepRegister({ ...context, config: { ...config, erasures } })
  assert.equal(readFileSync(erasures.register, 'utf8'), before)
})

test('a person downloads all that is held about them, and so does an administrator', async () => {
  const { person, marks } = await makeUnmistakable()
  const session = await leaveTraces(person, marks)
  const own = await session.call('GET', '/api/v1/me/personal-data')
  assert.equal(own.status, 200, own.text)
  assert.match(own.headers.get('content-type') ?? '', /ndjson/)
  const lines: Json[] = own.text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  const kinds = [...new Set(lines.map(({ kind }) => kind))]
  assert.deepEqual(kinds, [
    'profile',
    'session',
    'second_factors',
    'credential',
    'webhook',
    'automation',
    'automation_run',
    'event',
    'delivery',
    'audit',
  ])
  assert.equal(lines[0].data.email, person.email)
  const [listed] = (await session.call('GET', '/api/v1/me/sessions')).body.data
  const [held] = lines.filter(({ kind }) => kind === 'session')
  assert.deepEqual([held.data.id, held.data.expires_at], [listed.id, listed.expires_at])
  const audit = lines.filter(({ kind }) => kind === 'audit')
  assert.ok(audit.some(({ data }) => data.action === 'session.create' && data.actor.name === person.username))
  assert.ok(audit.some(({ data }) => data.action === 'user.update' && data.target.id === person.id))
  assert.doesNotMatch(own.text, /argon2|secret_hash|token_hash/)
  const byOthers = audit.filter(
    ({ data }) => data.target.type === 'user' && data.actor.name !== person.username,
  )
  assert.ok(byOthers.length > 0)
  for (const { data } of byOthers)
    assert.deepEqual(
      [data.actor.id, data.actor.name, data.ip, data.request_id],
      [null, data.actor.type, null, null],
    )

  const theirs = await api('GET', `/users/${person.id}/personal-data`)
  assert.equal(theirs.status, 200)
  assert.ok(theirs.text.includes(person.email))
  await context.audit.flush()
  const [row] = (
    await api('GET', `/audit-log?action=user.export_personal_data&target_type=user&target_id=${person.id}`)
  ).body.data
  assert.equal(row.after.state, 'finished')
  await eraseNow(person)
  assert.equal((await api('GET', `/users/${person.id}/personal-data`)).status, 404)
})

test('a backup whose secret key is lost is restored without the people in its register', async () => {
  if (!isEmbedded) return
  const folder = mkdtempSync(join(tmpdir(), 'comserv-erased-'))
  after(() => rmSync(folder, { recursive: true }))
  const source = { COMSERV_DATA_DIR: join(folder, 'source') }
  const opened = await createContext(decideConfig(source), createLog('silent'))
  const people = [
    { username: 'zzgone', email: 'zzgone@example.org' },
    { username: 'zzstays', email: 'zzstays@example.org' },
  ]
  const ids: number[] = []
  for (const names of people)
    ids.push(
      (await opened.database.write(await createUser(opened, await operator(opened), names))).resource.id,
    )
  await closeContext(opened)
  const backup = join(folder, 'backup.db')
  assert.equal((await run(['backup', backup], source)).code, 0)
  const line = { user_id: ids[0], erased_at: '2999-01-01T00:00:00Z', subject: 'x', mac: 'y' }
  writeFileSync(join(folder, 'erasures.register'), `${JSON.stringify(line)}\n`)
  copyFileSync(backup, join(folder, 'copy.db'))
  const target = { COMSERV_DATA_DIR: join(folder, 'target') }
  const restored = await run(['restore', '--without-secret-key', backup], target)
  assert.equal(restored.code, 0, restored.text)
  assert.match(restored.text, /could not be checked/)
  assert.deepEqual(foundIn(target.COMSERV_DATA_DIR, ['zzgone']), [])
  assert.notDeepEqual(foundIn(target.COMSERV_DATA_DIR, ['zzstays']), [])
  const again = await createContext(decideConfig(target), createLog('silent'))
  await closeContext(again)
})

test('every stored response that shows the person goes with them, whoever it was for', async () => {
  const { person, marks } = await makeUnmistakable()
  const [mark = ''] = marks
  const session = await signIn(server, person)
  const asked = async () =>
    (
      await session.call('POST', '/api/v1/credential-requests', {
        json: { name: `${mark}name`, scopes: ['documents:read'], reason: `${mark}reason` },
      })
    ).body.id
  let number = 0
  const once = async (path: string, json: object): Promise<Json> => {
    const headers = { 'idempotency-key': `${mark}-${++number}` }
    const { status, body, text } = await server.call('POST', `/api/v1${path}`, { key, json, headers })
    assert.ok(status < 300, text)
    return body
  }
  await once(`/credential-requests/${await asked()}/refuse`, { message: `${mark}no` })
  await once(`/credential-requests/${await asked()}/approve`, { message: `${mark}yes` })
  const owner_id = person.id
  const credential = await once('/credentials', { name: `${mark}key`, scopes: ['documents:read'], owner_id })
  await once(`/credentials/${credential.id}/rotate`, {})
  const webhook = { url: `${receiver.url}?${mark}`, events: ['user.created'], owner_id }
  const { id } = await once('/webhooks', { ...webhook, description: `${mark}hook` })
  await once(`/webhooks/${id}/rotate-secret`, {})
  await once(`/webhooks/${id}/test`, {})
  await once('/users/batch', { items: [{ action: 'update', id: person.id, data: {} }] })
  const shown = (await storedResponses()).filter((text) => text.includes(mark))
  assert.equal(shown.length, 7, shown.join('\n'))
  await once('/documents', { title: 'Of somebody else' })
  await eraseNow(person)
  const left = await database.read
    .selectFrom('idempotency_keys')
    .select('key')
    .where('key', 'like', `${mark}-%`)
    .execute()
  assert.deepEqual(left, [{ key: `${mark}-${number}` }])
  assert.deepEqual(
    (await storedResponses()).filter((text) => text.includes(mark)),
    [],
  )
})
