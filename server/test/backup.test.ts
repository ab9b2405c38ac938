import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Readable } from 'node:stream'
import { after, test } from 'node:test'
import { closeContext, createContext } from '../src/app.ts'
import { operator } from '../src/cli/actor.ts'
import { runCommandLine } from '../src/cli/command-line.ts'
import { decideConfig } from '../src/config/decide.ts'
import { replaceKeyFile } from '../src/config/secret-key.ts'
import type { Context } from '../src/context.ts'
import { createDocument } from '../src/documents/service.ts'
import { createLog } from '../src/lib/log.ts'
import { keyIdOf } from '../src/lib/vault.ts'
import { beginRotation } from '../src/secret-key-rotation.ts'
import { createWebhook, rotateSecret, updateWebhook, record as webhooks } from '../src/webhooks/service.ts'
import { assertCountersExact } from './counters-exact.ts'

// The embedded database in every run: PostgreSQL has its own tools for this.
const root = mkdtempSync(join(tmpdir(), 'comserv-backup-'))
after(() => rmSync(root, { recursive: true }))

let folders = 0
const freshFolder = () => join(root, `data-${++folders}`)
const freshFile = () => join(root, `backup-${++folders}.db`)

async function run(args: readonly string[], env: NodeJS.ProcessEnv) {
  const printed: string[] = []
  const terminal = {
    env,
    stdin: Readable.from([]),
    print: (line: string) => void printed.push(line),
    printError: (line: string) => void printed.push(line),
  }
  const code = await runCommandLine(args, terminal)
  return { code, text: printed.join('\n') }
}

async function withData<T>(dataDir: string, task: (context: Context) => Promise<T>): Promise<T> {
  const context = await createContext(decideConfig({ COMSERV_DATA_DIR: dataDir }), createLog('silent'))
  try {
    return await task(context)
  } finally {
    await closeContext(context)
  }
}

/** A data folder with some documents and a signing key, and a backup of it. */
async function withBackup(...options: string[]): Promise<{ dataDir: string; file: string }> {
  const dataDir = freshFolder()
  const file = freshFile()
  await withData(dataDir, async (context) => {
    const actor = await operator(context)
    for (const title of ['One', 'Two', 'Three'])
      await context.database.write(createDocument(context, actor, { title, content: 'Text. '.repeat(2_000) }))
    await context.signingKeys.current()
    const adding = await createWebhook(context, actor, {
      url: 'https://93.184.215.14/hooks',
      events: ['user.created'],
      headers: { 'X-Key': 'of the receiver' },
    })
    await context.database.write(adding)
  })
  const made = await run(['backup', ...options, file], { COMSERV_DATA_DIR: dataDir })
  assert.equal(made.code, 0, made.text)
  return { dataDir, file }
}

async function titles({ database }: Context): Promise<string[]> {
  const rows = await database.read.selectFrom('documents').select('title').orderBy('id').execute()
  return rows.map((row) => row.title)
}

async function assertRefused(args: readonly string[], dataDir: string, reason: RegExp): Promise<void> {
  const before = existsSync(dataDir) ? readdirSync(dataDir).filter((name) => name !== 'comserv.lock') : []
  const { code, text } = await run(args, { COMSERV_DATA_DIR: dataDir })
  assert.equal(code, 1, text)
  assert.match(text, reason)
  assert.doesNotMatch(text, / at .*\.ts:/)
  const now = existsSync(dataDir) ? readdirSync(dataDir).filter((name) => name !== 'comserv.lock') : []
  assert.deepEqual(now, before)
}

test('a restore brings the data of the backup', async () => {
  const { dataDir, file } = await withBackup()
  assert.equal(statSync(file).mode & 0o777, 0o600)
  const target = freshFolder()
  mkdirSync(target)
  copyFileSync(join(dataDir, 'secret-key'), join(target, 'secret-key'))
  const restored = await run(['restore', file], { COMSERV_DATA_DIR: target })
  assert.equal(restored.code, 0, restored.text)
  assert.match(
    restored.text,
    /1 rows of users, 3 rows of documents, 0 rows of credentials, 3 rows of events, 4 rows of audit_log/,
  )
  const kid = await withData(dataDir, async ({ signingKeys }) => (await signingKeys.current()).kid)
  await withData(target, async (context) => {
    assert.deepEqual(await titles(context), ['One', 'Two', 'Three'])
    assert.equal((await context.signingKeys.current()).kid, kid)
    await assertCountersExact(context.database)
  })
})

test('a backup beside a server that writes is whole: every document with its event, and the totals exact', async () => {
  const dataDir = freshFolder()
  const file = freshFile()
  const context = await createContext(decideConfig({ COMSERV_DATA_DIR: dataDir }), createLog('silent'))
  const actor = await operator(context)
  let written = 0
  let isDone = false
  const write = async () => {
    while (!isDone) {
      const content = 'Text. '.repeat(1_000)
      await context.database.write(createDocument(context, actor, { title: `Document ${written}`, content }))
      written++
    }
  }
  const writers = Array.from({ length: 20 }, write)
  while (written < 200) await new Promise(setImmediate)
  const acknowledged = written
  const made = await run(['backup', file], { COMSERV_DATA_DIR: dataDir })
  isDone = true
  await Promise.all(writers)
  await closeContext(context)
  assert.equal(made.code, 0, made.text)

  const target = freshFolder()
  mkdirSync(target)
  copyFileSync(join(dataDir, 'secret-key'), join(target, 'secret-key'))
  const restored = await run(['restore', file], { COMSERV_DATA_DIR: target })
  assert.equal(restored.code, 0, restored.text)
  await withData(target, async ({ database }) => {
    const documents = await database.read.selectFrom('documents').select('id').execute()
    const events = await database.read.selectFrom('events').select('resource_id').execute()
    assert.ok(documents.length >= acknowledged && documents.length < written + 1, String(documents.length))
    assert.deepEqual(events.map((event) => event.resource_id).sort(), documents.map(({ id }) => id).sort())
    await assertCountersExact(database)
  })
})

test('a backup never overwrites, and leaves nothing half done', async () => {
  const { dataDir, file } = await withBackup()
  await assertRefused(['backup', file], dataDir, /exists; a backup never overwrites/)
  await assertRefused(['backup', join(root, 'no', 'such', 'folder')], dataDir, /There is no folder/)
  await assertRefused(['backup', freshFile()], freshFolder(), /There is no database at/)
  assert.deepEqual(
    readdirSync(root).filter((name) => name.includes('unfinished')),
    [],
  )
})

test('the secret key is written beside a backup only when asked for, and is taken from there', async () => {
  const { file: without } = await withBackup()
  assert.equal(existsSync(`${without}.secret-key`), false)

  const { dataDir, file } = await withBackup('--with-secret-key')
  assert.equal(statSync(`${file}.secret-key`).mode & 0o777, 0o600)
  const target = freshFolder()
  assert.equal((await run(['restore', file], { COMSERV_DATA_DIR: target })).code, 0)
  assert.equal(
    readFileSync(join(target, 'secret-key'), 'utf8'),
    readFileSync(join(dataDir, 'secret-key'), 'utf8'),
  )
})

test('a backup whose secret key is not at hand is restored only without what it sealed', async () => {
  const { file } = await withBackup()
  const target = freshFolder()
  await assertRefused(['restore', file], target, /The secret key of the backup is missing/)
  mkdirSync(target, { recursive: true })
  writeFileSync(join(target, 'secret-key'), 'another key, of at least 32 characters')
  await assertRefused(['restore', file], target, /The current secret key is not the one of the backup/)

  const restored = await run(['restore', '--without-secret-key', file], { COMSERV_DATA_DIR: target })
  assert.equal(restored.code, 0, restored.text)
  await withData(target, async (context) => {
    assert.equal((await titles(context)).length, 3)
    assert.equal((await context.signingKeys.current()).isCurrent, true)
    const actor = await operator(context)
    const { resource } = await webhooks.get(context, actor, 1)
    assert.deepEqual([resource.status, resource.header_names], ['paused', []])
    const resume = async () =>
      context.database.write(await updateWebhook(context, actor, 1, { status: 'active' }))
    await assert.rejects(resume, { code: 'conflict', details: /rotate-secret/ })
    await context.database.write(rotateSecret(context, actor, 1, {}))
    assert.equal((await resume()).resource.status, 'active')
  })
})

test('a damaged backup is refused, with its checksum and without', async () => {
  const { file } = await withBackup('--with-secret-key')
  const bytes = readFileSync(file)
  const damaged = (change: (copy: string) => void, name: string) => {
    const copy = join(root, name)
    copyFileSync(file, copy)
    copyFileSync(`${file}.secret-key`, `${copy}.secret-key`)
    change(copy)
    return copy
  }
  const flipped = damaged((copy) => {
    const other = Buffer.from(bytes)
    const at = other.lastIndexOf('Text.')
    other.write('Lies.', at)
    writeFileSync(copy, other)
    writeFileSync(`${copy}.sha256`, readFileSync(`${file}.sha256`, 'utf8'))
  }, 'flipped.db')
  await assertRefused(['restore', flipped], freshFolder(), /differs from the backup/)

  const cut = damaged((copy) => truncateSync(copy, bytes.length - 8_192), 'cut.db')
  await assertRefused(['restore', cut], freshFolder(), /is damaged|cannot be read/)
  const scrambled = damaged(
    (copy) => writeFileSync(copy, Buffer.from(bytes).fill(0xff, 4_096, 12_288)),
    'scrambled.db',
  )
  await assertRefused(['restore', scrambled], freshFolder(), /is damaged|cannot be read/)
  const text = damaged((copy) => writeFileSync(copy, 'not a database'.repeat(1_000)), 'text.db')
  await assertRefused(['restore', text], freshFolder(), /cannot be read as a database of Comserv/)
  const empty = damaged((copy) => writeFileSync(copy, ''), 'empty.db')
  await assertRefused(['restore', empty], freshFolder(), /cannot be read as a database of Comserv/)
  await assertRefused(['restore', join(root, 'nothing.db')], freshFolder(), /There is no file/)
})

test('a backup of a newer version is refused', async () => {
  const { file } = await withBackup('--with-secret-key')
  const connection = new DatabaseSync(file)
  connection.exec(`INSERT INTO migrations (name, timestamp) VALUES ('9999-later', '2030-01-01')`)
  connection.close()
  rmSync(`${file}.sha256`)
  await assertRefused(
    ['restore', file],
    freshFolder(),
    /was made by a newer version of Comserv \(9999-later\)/,
  )
})

test('a restore never touches a folder that holds a database', async () => {
  const { dataDir, file } = await withBackup()
  await assertRefused(['restore', file], dataDir, /There is a database in .* already/)
  const leftover = freshFolder()
  mkdirSync(leftover)
  writeFileSync(join(leftover, 'comserv.db-wal'), '')
  await assertRefused(['restore', file], leftover, /comserv\.db-wal\)/)
})

test('a restore refuses a running server, even one whose database was moved away, and knows a killed one', async () => {
  const { dataDir, file } = await withBackup()
  const server = spawn(process.execPath, [join(import.meta.dirname, '../src/main.mjs'), 'serve'], {
    env: {
      ...process.env,
      COMSERV_DATA_DIR: dataDir,
      DATABASE_URL: '',
      PORT: '0',
      COMSERV_LOG_LEVEL: 'silent',
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const exited = once(server, 'exit')
  try {
    let told = ''
    for await (const chunk of server.stderr) {
      told += chunk
      if (told.includes('is ready')) break
    }
    await assertRefused(['restore', file], dataDir, /has the data in .* open; stop it first/)
    for (const rest of ['', '-wal', '-shm']) rmSync(join(dataDir, `comserv.db${rest}`), { force: true })
    await assertRefused(['restore', file], dataDir, /has the data in .* open; stop it first/)
  } finally {
    server.kill('SIGKILL')
    await exited
  }
  const restored = await run(['restore', file], { COMSERV_DATA_DIR: dataDir })
  assert.equal(restored.code, 0, restored.text)
  await withData(dataDir, async (context) => assert.equal((await titles(context)).length, 3))
})

test('with PostgreSQL both name the tools that do it', async () => {
  const env = { DATABASE_URL: 'postgres://localhost/comserv', COMSERV_SECRET_KEY: 'x'.repeat(32) }
  const made = await run(['backup', 'file.dump'], env)
  assert.equal(made.code, 1)
  assert.match(made.text, /pg_dump --format=custom --file=file\.dump/)
  const restored = await run(['restore', 'file.dump'], env)
  assert.equal(restored.code, 1)
  assert.match(restored.text, /pg_restore --dbname="\$DATABASE_URL" file\.dump/)
})

test('a backup and a restore are in the audit log, each in the database that goes on', async () => {
  const { dataDir, file } = await withBackup()
  const target = freshFolder()
  mkdirSync(target)
  copyFileSync(join(dataDir, 'secret-key'), join(target, 'secret-key'))
  assert.equal((await run(['restore', file], { COMSERV_DATA_DIR: target })).code, 0)
  const backups = (folder: string) =>
    withData(folder, async ({ database }) => {
      await assertCountersExact(database)
      const log = database.read.selectFrom('audit_log').select(['action', 'actor_type', 'after'])
      const rows = await log.where('target_type', '=', 'backup').orderBy('id').execute()
      return rows.map((row) => ({ ...row }))
    })
  const after = JSON.stringify({ file: basename(file) })
  assert.deepEqual(await backups(dataDir), [{ action: 'backup.create', actor_type: 'operator', after }])
  assert.deepEqual(await backups(target), [{ action: 'backup.restore', actor_type: 'operator', after }])
})

test('a backup from before a rotation of the secret key names the key that it needs', async () => {
  const { dataDir, file } = await withBackup()
  const old = readFileSync(join(dataDir, 'secret-key'), 'utf8').trim()
  const rotated = await run(['keys', 'rotate-master'], { COMSERV_DATA_DIR: dataDir })
  assert.equal(rotated.code, 0, rotated.text)
  const current = readFileSync(join(dataDir, 'secret-key'), 'utf8').trim()
  assert.notEqual(current, old)

  const target = freshFolder()
  const refused = await run(['restore', file], { COMSERV_DATA_DIR: target, COMSERV_SECRET_KEY: current })
  assert.equal(refused.code, 1)
  assert.ok(
    refused.text.includes(`The backup needs the secret key with the id ${keyIdOf(old)}`),
    refused.text,
  )
  const restored = await run(['restore', file], { COMSERV_DATA_DIR: target, COMSERV_SECRET_KEY: old })
  assert.equal(restored.code, 0, restored.text)

  const later = freshFile()
  const made = await run(['backup', later], { COMSERV_DATA_DIR: dataDir })
  assert.ok(made.text.includes(`The secret key with the id ${keyIdOf(current)} is not in it`), made.text)
})

test('a backup from the middle of a rotation needs both keys, and the rotation goes on after its restore', async () => {
  const { dataDir } = await withBackup()
  const old = readFileSync(join(dataDir, 'secret-key'), 'utf8').trim()
  replaceKeyFile(dataDir)
  const fresh = readFileSync(join(dataDir, 'secret-key'), 'utf8').trim()
  await withData(dataDir, async (context) => beginRotation(context, await operator(context), keyIdOf(fresh)))
  const file = freshFile()
  const withKey = await run(['backup', '--with-secret-key', freshFile()], { COMSERV_DATA_DIR: dataDir })
  assert.match(withKey.text, /is being rotated.*finish `comserv keys rotate-master` first/)
  assert.equal((await run(['backup', file], { COMSERV_DATA_DIR: dataDir })).code, 0)

  const target = freshFolder()
  const one = { COMSERV_DATA_DIR: target, COMSERV_SECRET_KEY: fresh }
  const refused = await run(['restore', file], one)
  assert.ok(refused.text.includes(`COMSERV_SECRET_KEY_PREVIOUS the one with the id ${keyIdOf(old)}`))
  const both = { ...one, COMSERV_SECRET_KEY_PREVIOUS: old }
  assert.equal((await run(['restore', file], both)).code, 0)
  assert.match((await run(['keys', 'list'], one)).text, /still needed: .*COMSERV_SECRET_KEY_PREVIOUS/)
  const finished = await run(['keys', 'rotate-master'], both)
  assert.equal(finished.code, 0, finished.text)
  assert.equal((await run(['keys', 'list'], one)).code, 0)
})
