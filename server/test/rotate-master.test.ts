import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { sql } from 'kysely'
import { TOTP } from 'otpauth'
import { operator } from '../src/cli/actor.ts'
import { decideConfig } from '../src/config/decide.ts'
import { readKeyFile, readSecretKey } from '../src/config/secret-key.ts'
import { takeLock } from '../src/db/folder-lock.ts'
import { openDatabase } from '../src/db/open.ts'
import { createLog } from '../src/lib/log.ts'
import { createVault, keyIdOf, sealedPrefix } from '../src/lib/vault.ts'
import { sealedColumns } from '../src/sealed-columns.ts'
import { beginRotation, endRotation, resealAll } from '../src/secret-key-rotation.ts'
import { issueCertificate } from './certificate.ts'
import { type Json, startServer } from './harness.ts'
import { signedInAs } from './people.ts'
import { type Installation, install } from './product-process.ts'
import { machineEnv, main } from './serving.ts'
import { until } from './until.ts'

/** The secret key is replaced while the server serves. */

const server = await startServer({
  env: { COMSERV_SMTP_URL: 'smtp://127.0.0.1:1', COMSERV_MAIL_FROM: 'comserv@example.org' },
})
const { database, vault } = server.context
const credential = await server.credential('admin')
const { secret: key } = credential
const token = await server.token(credential)
const repeated = {
  key,
  headers: { 'idempotency-key': 'before-the-rotation' },
  json: { name: 'Repeated', scopes: ['read'] },
}
const created = await server.call('POST', '/api/v1/credentials', repeated)
const { body: webhook } = await server.call('POST', '/api/v1/webhooks', {
  key,
  json: {
    url: 'http://receiver.example:9/x',
    events: ['user.created'],
    headers: { 'X-Password': 'hidden value' },
    ed25519: true,
  },
})
const { body: hook } = await server.call('POST', '/api/v1/hooks', {
  key,
  json: { url: 'http://receiver.example:9/x', actions: ['user.create'], status: 'paused' },
})
await server.call('POST', `/api/v1/hooks/${hook.id}/rotate-secret`, { key, json: {} })
await server.call('POST', '/api/v1/users', {
  key,
  json: { username: 'invited', email: 'invited@example.org', invite: true },
})
await server.call('POST', '/api/v1/password-reset/request', { json: { username: 'invited' } })
const identity = issueCertificate({ subject: 'sales' })
await server.call('POST', '/api/v1/webhooks', {
  key,
  json: {
    url: 'https://receiver.example:9/x',
    events: ['user.created'],
    client_certificate: { certificate: identity.cert, private_key: identity.key },
  },
})
const { body: automation } = await server.call('POST', '/api/v1/automations', {
  key,
  json: {
    name: 'Waits',
    enabled: true,
    trigger: { type: 'button' },
    steps: [
      { name: 'pause', type: 'wait', minutes: 5 },
      { name: 'task', type: 'send', url: 'http://receiver.example:9/x', headers: { 'X-Password': 'hidden' } },
    ],
  },
})
await server.call('POST', `/api/v1/automations/${automation.id}/run`, { key, json: {} })
const person = await signedInAs(server, 'editor')
const { body: app } = await person.call('POST', '/api/v1/me/totp')
const code = (timestamp: number) => new TOTP({ secret: app.secret }).generate({ timestamp })
await person.call('POST', '/api/v1/me/totp/activate', { json: { code: code(server.clock.now()) } })
await person.call('POST', '/api/v1/me/totp')

/** Every text of the database that the vault has sealed, by table and column. */
async function sealedTexts(): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>()
  for (const { name: table, columns } of await database.read.introspection.getTables()) {
    const { rows } = await sql<Json>`select * from ${sql.table(table)}`.execute(database.read)
    for (const { name: column } of columns) {
      const texts = rows
        .map((row) => row[column])
        .filter((value) => typeof value === 'string' && /^v2:[0-9a-f]{8}:/.test(value))
      if (texts.length > 0) found.set(`${table}.${column}`, texts)
    }
  }
  return found
}

test('the list of sealed columns is what the tables hold', async () => {
  assert.equal(created.status, 201)
  const listed = sealedColumns.map(({ table, column }) => `${table}.${column}`)
  assert.deepEqual([...(await sealedTexts()).keys()].sort(), listed.toSorted())
})

test('after a rotation everything is sealed with the new key, and works as before', async () => {
  const [old, fresh] = [server.context.config.secretKey, randomBytes(32).toString('hex')]
  const both = createVault({ sealing: old, others: [fresh] })
  const parts = { database, vault: both, clock: server.clock }
  const actor = await operator(server.context)
  await beginRotation(parts, actor, keyIdOf(fresh))
  assert.equal(await endRotation(parts, actor), false)
  assert.ok((await resealAll(parts)) >= sealedColumns.length)
  assert.equal(await endRotation(parts, actor), true)
  assert.equal(await resealAll(parts), 0)
  for (const [column, texts] of await sealedTexts())
    for (const text of texts) assert.ok(text.startsWith(sealedPrefix(keyIdOf(fresh))), column)

  const beside = await startServer({
    beside: {
      ...server,
      context: { ...server.context, config: { ...server.context.config, secretKey: fresh } },
    },
  })
  const replay = await beside.call('POST', '/api/v1/credentials', repeated)
  assert.deepEqual([replay.status, replay.body], [201, created.body])
  assert.equal(replay.headers.get('idempotency-replayed'), 'true')
  assert.equal((await beside.call('GET', '/api/v1/documents', { token })).status, 200)
  const changed = await beside.call('PATCH', `/api/v1/webhooks/${webhook.id}`, {
    key,
    json: { headers: { 'X-Other': 'value' } },
  })
  assert.equal(changed.status, 200, changed.text)
  const { body: log } = await beside.call('GET', '/api/v1/audit-log?action=secret_key.rotate', { key })
  assert.deepEqual(
    log.data.map(({ after }: Json) => [after.state, after.from, after.to]),
    [
      ['finished', keyIdOf(old), keyIdOf(fresh)],
      ['begun', keyIdOf(old), keyIdOf(fresh)],
    ],
  )
  // This process does not know the key, and says so.
  await server.runTask('follow the secret key')
  assert.ok(server.logged.some(({ msg }) => /rotated to one that this process does not know/.test(msg)))
  assert.equal(vault.keyId, keyIdOf(old))
  await beside.stop()

  await beginRotation(parts, actor, keyIdOf(old))
  await resealAll(parts)
  assert.equal(await endRotation(parts, actor), true)
  assert.equal((await server.call('GET', '/api/v1/documents', { token })).status, 200)
})

/** The values under the new key and the rest, of a table with many. */
async function countOf({ env }: Installation, prefix: string): Promise<{ fresh: number; others: number }> {
  const config = decideConfig(env)
  const opened = openDatabase(config.database, createLog('silent'))
  try {
    const { rows } = await sql<Json>`select answer from idempotency_keys`.execute(opened.read)
    const fresh = rows.filter(({ answer }) => answer.startsWith(prefix)).length
    return { fresh, others: rows.length - fresh }
  } finally {
    await opened.close()
  }
}

const many = 2_000

async function sealMany({ env }: Installation, secretKey: string): Promise<void> {
  const opened = openDatabase(decideConfig(env).database, createLog('silent'))
  const from = createVault(secretKey)
  await opened.write(async ({ db }) => {
    for (let i = 0; i < many; i++) {
      const row = { caller: 'credential:99', key: `k${i}` }
      await sql`insert into idempotency_keys (caller, key, request_hash, created_at, answer)
        values (${row.caller}, ${row.key}, 'x', '2099-01-01T00:00:00Z', ${from.seal('{}', `idempotency ${row.caller} ${row.key}`)})`.execute(
        db,
      )
    }
  })
  await opened.close()
}

test('a rotation that is killed in the middle goes on where it ended, beside a serving process', async () => {
  const installation = await install()
  const isEmbedded = installation.env.DATABASE_URL === undefined
  const made = await installation.run(['credential', 'create', '--name', 'a', '--scopes', 'admin', '--json'])
  const client: Json = JSON.parse(made.stdout)
  const dataDir = installation.env.COMSERV_DATA_DIR ?? ''
  const old = isEmbedded ? (readSecretKey(dataDir) ?? '') : (installation.env.COMSERV_SECRET_KEY ?? '')
  const fresh = randomBytes(32).toString('hex')
  const env: Record<string, string> = isEmbedded
    ? {}
    : { COMSERV_SECRET_KEY: fresh, COMSERV_SECRET_KEY_PREVIOUS: old }
  await sealMany(installation, old)
  if (!isEmbedded) {
    const refused = await installation.run(['keys', 'rotate-master'])
    assert.match(refused.stderr, /COMSERV_SECRET_KEY_PREVIOUS/)
  }
  const serving = await installation.serve(env)
  const form = () =>
    fetch(`${installation.url}/api/v1/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: client.client_id,
        client_secret: client.client_secret,
      }),
    })
  assert.equal((await form()).status, 200)

  const command = spawn(process.execPath, [main, 'keys', 'rotate-master'], {
    cwd: dataDir,
    env: { ...machineEnv, ...installation.env, ...env },
    stdio: 'ignore',
  })
  const prefix = async () => sealedPrefix(keyIdOf(isEmbedded ? (readSecretKey(dataDir) ?? '') : fresh))
  await until('the middle of the rotation', async () => {
    const counts = await countOf(installation, await prefix())
    return (counts.fresh > 0 && (await prefix()) !== sealedPrefix(keyIdOf(old))) || undefined
  })
  command.kill('SIGKILL')
  await once(command, 'close')
  assert.ok((await countOf(installation, await prefix())).others > 0, 'it was killed in the middle')
  assert.equal((await form()).status, 200)

  const resumed = await installation.run(['keys', 'rotate-master'], { env })
  assert.equal(resumed.code, 0, resumed.stderr)
  assert.match(resumed.stdout, /values are sealed with the new secret key/)
  assert.deepEqual(await countOf(installation, await prefix()), { fresh: many, others: 0 })
  assert.equal((await form()).status, 200)
  assert.equal(existsSync(join(dataDir, 'secret-key.previous')), false)
  if (isEmbedded) {
    const aside = join(dataDir, `secret-key.old-${keyIdOf(old)}`)
    assert.equal(readKeyFile(aside), old)
    assert.ok(resumed.stdout.includes(aside), resumed.stdout)
    const held = takeLock(dataDir, 'rotate-master.lock')
    const second = await installation.run(['keys', 'rotate-master'])
    assert.equal(second.code, 1)
    assert.match(second.stderr, /Another keys rotate-master is running/)
    held?.release()
    assert.equal(keyIdOf(readSecretKey(dataDir) ?? ''), (await prefix()).split(':')[1])
  } else assert.match(resumed.stdout, /cannot be restored without it/)
  await serving.stop()

  // Restarted without the old key.
  const again = await installation.serve(isEmbedded ? {} : { COMSERV_SECRET_KEY: fresh })
  assert.equal((await form()).status, 200)
  await again.stop()
  const strange = await installation.run(['keys', 'list'], { env: { COMSERV_SECRET_KEY: old } })
  assert.equal(strange.code, 1)
  assert.match(strange.stderr, /not the one of the database.*its id is [0-9a-f]{8}/)
})
