import assert from 'node:assert/strict'
import {
  appendFileSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Readable } from 'node:stream'
import { after, test } from 'node:test'
import { closeContext, createContext } from '../src/app.ts'
import { operator } from '../src/cli/actor.ts'
import { runCommandLine } from '../src/cli/command-line.ts'
import { decideConfig } from '../src/config/decide.ts'
import { createDocument } from '../src/documents/service.ts'
import { createLog } from '../src/lib/log.ts'

// The embedded database in every run: PostgreSQL keeps no files that an administrator could mix up.
const root = mkdtempSync(join(tmpdir(), 'comserv-folder-'))
after(() => rmSync(root, { recursive: true }))

let folders = 0
const freshFolder = () => join(root, `data-${++folders}`)

const commands: readonly (readonly string[])[] = [
  ['serve'],
  ['migrate'],
  ['credential', 'list'],
  ['keys', 'list'],
  ['admin', 'create', '--username', 'a', '--email', 'a@example.org', '--password-stdin'],
]

async function run(dataDir: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const out: string[] = []
  const err: string[] = []
  const code = await runCommandLine(args, {
    env: { COMSERV_DATA_DIR: dataDir, ...env },
    stdin: Readable.from([Buffer.from('correct horse')]),
    print: (line) => void out.push(line),
    printError: (line) => void err.push(line),
  })
  return { code, stdout: out.join('\n'), stderr: err.join('\n') }
}

/** A folder as a server leaves it that is killed after so many documents: the files as they are while it has them open. */
async function killedAfter(documents: number, meanwhile = async (_: string, _written: number) => {}) {
  const dataDir = freshFolder()
  const context = await createContext(decideConfig({ COMSERV_DATA_DIR: dataDir }), createLog('silent'))
  try {
    const actor = await operator(context)
    for (let written = 1; written <= documents; written++) {
      const input = { title: `Document ${written}`, content: 'Text. '.repeat(500) }
      await context.database.write(createDocument(context, actor, input))
      await meanwhile(dataDir, written)
    }
    const killed = freshFolder()
    cpSync(dataDir, killed, { recursive: true })
    return killed
  } finally {
    await closeContext(context)
  }
}

function documentsIn(dataDir: string): number {
  const database = new DatabaseSync(join(dataDir, 'comserv.db'))
  try {
    assert.deepEqual({ ...database.prepare('PRAGMA integrity_check').get() }, { integrity_check: 'ok' })
    return Number(database.prepare('SELECT count(*) AS n FROM documents').get()?.n)
  } finally {
    database.close()
  }
}

function filesOf(dataDir: string): Record<string, string> {
  const names = readdirSync(dataDir).filter((name) => !/lock|-shm$/.test(name))
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(dataDir, name), 'base64')]))
}

/** Every command says why it cannot go on, in one sentence, and leaves the files as they were. */
async function assertRefusedByAll(
  dataDir: string,
  reason: RegExp,
  env: NodeJS.ProcessEnv = {},
): Promise<void> {
  const found = filesOf(dataDir)
  for (const args of [...commands, ['backup', join(root, `of-${folders}.db`)]]) {
    const { code, stderr } = await run(dataDir, args, env)
    assert.equal(code, 1, `${args.join(' ')}: ${stderr}`)
    assert.match(stderr, reason, args.join(' '))
    assert.doesNotMatch(stderr, /\n +at /)
    assert.deepEqual(filesOf(dataDir), found, args.join(' '))
  }
}

test('a folder that has lost its database is refused, whether a log or only the key is left', async () => {
  const dataDir = await killedAfter(3)
  rmSync(join(dataDir, 'comserv.db'))
  await assertRefusedByAll(
    dataDir,
    /comserv\.db is missing, but the comserv\.db-wal that belongs to it is there/,
  )
  rmSync(join(dataDir, 'comserv.db-wal'))
  await assertRefusedByAll(dataDir, /comserv\.db is missing, but the secret-key that belongs to it is there/)
})

test('a database that is missing is noticed with the key in the environment and no log left', async () => {
  const dataDir = freshFolder()
  const env = { COMSERV_SECRET_KEY: 'k'.repeat(64) }
  assert.equal((await run(dataDir, ['migrate'], env)).code, 0)
  assert.ok(!existsSync(join(dataDir, 'secret-key')))
  const copy = join(root, 'of-a-key-elsewhere.db')
  assert.equal((await run(dataDir, ['backup', copy], env)).code, 0)
  rmSync(join(dataDir, 'comserv.db'))
  for (const rest of ['-wal', '-shm']) rmSync(join(dataDir, `comserv.db${rest}`), { force: true })
  const missing = /comserv\.db is missing, but the comserv\.db\.exists that belongs to it is there/
  await assertRefusedByAll(dataDir, missing, env)
  for (const kind of ['users', 'documents'])
    assert.match((await run(dataDir, ['import', kind, '--format', 'ndjson', '-'], env)).stderr, missing)
  writeFileSync(join(dataDir, 'comserv.db'), '')
  await assertRefusedByAll(dataDir, /comserv\.db is empty, but the comserv\.db\.exists/, env)
  rmSync(join(dataDir, 'comserv.db'))
  assert.equal((await run(dataDir, ['restore', copy], env)).code, 0)
  assert.equal((await run(dataDir, ['migrate'], env)).code, 0)
})

test('a folder of an earlier version, without a trace, gets one', async () => {
  const dataDir = await killedAfter(1)
  rmSync(join(dataDir, 'comserv.db.exists'))
  assert.equal((await run(dataDir, ['migrate'])).code, 0)
  assert.ok(existsSync(join(dataDir, 'comserv.db.exists')))
})

test('a database of 0 bytes beside a key or a log is refused, and the log is still there', async () => {
  const dataDir = await killedAfter(3)
  truncateSync(join(dataDir, 'comserv.db'))
  await assertRefusedByAll(dataDir, /comserv\.db is empty, but the comserv\.db-wal/)
  rmSync(join(dataDir, 'comserv.db-wal'))
  await assertRefusedByAll(dataDir, /comserv\.db is empty, but the secret-key/)
})

test('a folder in which a first start was cut short is begun anew', async () => {
  const dataDir = freshFolder()
  mkdirSync(dataDir)
  writeFileSync(join(dataDir, 'comserv.db'), '')
  assert.equal((await run(dataDir, ['migrate'])).code, 0)
  assert.match(readFileSync(join(dataDir, 'secret-key'), 'utf8'), /^[0-9a-f]{64}\n$/)
})

test('after a kill everything is recovered from the log', async () => {
  const dataDir = await killedAfter(40)
  assert.equal((await run(dataDir, ['migrate'])).code, 0)
  assert.equal(documentsIn(dataDir), 40)
})

test('an older copy with the log of the newer database beside it is refused, however it was copied', async () => {
  const older = join(root, 'older.db')
  const byHand = join(root, 'by-hand.db')
  const dataDir = await killedAfter(500, async (folder, written) => {
    if (written !== 30) return
    assert.equal((await run(folder, ['backup', older])).code, 0)
    const source = new DatabaseSync(join(folder, 'comserv.db'))
    source.exec(`VACUUM INTO '${byHand}'`)
    source.close()
  })
  const file = join(dataDir, 'comserv.db')
  const newer = readFileSync(file)
  for (const copy of [older, byHand]) {
    copyFileSync(copy, file)
    await assertRefusedByAll(dataDir, /comserv\.db-wal is not the log of the comserv\.db beside it/)
  }
  writeFileSync(file, newer)
  assert.equal((await run(dataDir, ['migrate'])).code, 0)
  assert.equal(documentsIn(dataDir), 500)
})

test('the log of another installation is refused', async () => {
  const dataDir = await killedAfter(5)
  const other = await killedAfter(5)
  copyFileSync(join(other, 'comserv.db-wal'), join(dataDir, 'comserv.db-wal'))
  await assertRefusedByAll(dataDir, /comserv\.db-wal is not the log of the comserv\.db beside it/)
})

test('a restore applies the log beside a manual copy, and refuses the log of another database', async () => {
  const dataDir = await killedAfter(60)
  const copy = freshFolder()
  cpSync(dataDir, copy, { recursive: true })
  rmSync(join(copy, 'comserv.lock'))
  const target = freshFolder()
  mkdirSync(target)
  copyFileSync(join(copy, 'secret-key'), join(target, 'secret-key'))
  const restored = await run(target, ['restore', join(copy, 'comserv.db')])
  assert.equal(restored.code, 0, restored.stderr)
  assert.match(restored.stdout, /The changes in .*comserv\.db-wal were included/)
  assert.equal(documentsIn(target), 60)
  assert.equal(existsSync(join(target, 'comserv.db-wal')), false)

  const other = await killedAfter(5)
  copyFileSync(join(other, 'comserv.db-wal'), join(copy, 'comserv.db-wal'))
  const refused = await run(freshFolder(), ['restore', join(copy, 'comserv.db')])
  assert.equal(refused.code, 1)
  assert.match(refused.stderr, /comserv\.db-wal is not the log of the comserv\.db beside it/)
})

test('a restore from a folder that a server works in is refused', async () => {
  const dataDir = freshFolder()
  const context = await createContext(decideConfig({ COMSERV_DATA_DIR: dataDir }), createLog('silent'))
  const refused = await run(freshFolder(), ['restore', join(dataDir, 'comserv.db')])
  await closeContext(context)
  assert.equal(refused.code, 1)
  assert.match(refused.stderr, /open: stop it, or make a copy with `comserv backup`/)
})

for (const [what, content] of [
  ['empty', ''],
  ['blank', ' \n\n'],
  ['cut short', '0123456789abcdef\n'],
  ['of zero bytes', '\0'.repeat(65)],
] as const) {
  test(`a secret key that is ${what} is refused by every command`, async () => {
    const dataDir = freshFolder()
    mkdirSync(dataDir)
    writeFileSync(join(dataDir, 'secret-key'), content)
    await assertRefusedByAll(dataDir, /The secret key in .*secret-key cannot be used/)
    assert.deepEqual(Object.keys(filesOf(dataDir)), ['secret-key'])
  })
}

test('COMSERV_SECRET_KEY of spaces, or too short, is refused and not passed over', async () => {
  for (const key of ['   ', 'short', '\t'.repeat(40)]) {
    const { code, stderr } = await run(freshFolder(), ['migrate'], { COMSERV_SECRET_KEY: key })
    assert.equal(code, 1)
    assert.match(stderr, /COMSERV_SECRET_KEY must have at least 32 characters/)
  }
})

test('the key of another installation is refused, and so is a database without its key', async () => {
  const dataDir = freshFolder()
  assert.equal((await run(dataDir, ['keys', 'list'])).code, 0)
  const file = join(dataDir, 'secret-key')
  const key = readFileSync(file, 'utf8').trim()
  const other = 'another key, as long as it has to be'
  for (const args of commands.slice(0, 4)) {
    const refused = await run(dataDir, args, { COMSERV_SECRET_KEY: other })
    assert.equal(refused.code, 1)
    assert.match(refused.stderr, /The current secret key is not the one of the database/)
  }
  const copy = join(root, 'with-another-key.db')
  const backup = await run(dataDir, ['backup', '--with-secret-key', copy], { COMSERV_SECRET_KEY: other })
  assert.match(backup.stderr, /The current secret key is not the one of the database/)
  assert.equal(existsSync(copy), false)
  rmSync(file)
  const without = await run(dataDir, ['serve'])
  assert.match(without.stderr, /The secret key of the database is missing/)
  assert.equal(existsSync(file), false)
  assert.equal((await run(dataDir, ['keys', 'list'], { COMSERV_SECRET_KEY: key })).code, 0)
})

/** As somebody writes it who edits the schema by hand. */
const intoSchema = (type: string, name: string, sql: string) =>
  `PRAGMA writable_schema = ON; INSERT INTO sqlite_schema (type, name, tbl_name, rootpage, sql) VALUES ('${type}', '${name}', 'users', 0, '${sql}')`

test('a backup that holds what the product did not make is refused, and the backup command says so before', async () => {
  const dataDir = freshFolder()
  assert.equal((await run(dataDir, ['migrate'])).code, 0)
  const sound = join(root, 'sound.db')
  assert.equal((await run(dataDir, ['backup', '--with-secret-key', sound])).code, 0)
  const changes = {
    'trigger helper':
      "CREATE TRIGGER helper AFTER INSERT ON users BEGIN UPDATE users SET role = 'admin' WHERE id = new.id; END",
    'view people': 'CREATE VIEW people AS SELECT * FROM users',
    'table notes': 'CREATE TABLE notes (text)',
    'index fast': 'CREATE INDEX fast ON users (username)',
    'table users': 'ALTER TABLE users ADD COLUMN note TEXT',
    'table outbox': 'CREATE VIRTUAL TABLE outbox USING fts5(text)',
    'index users_deleted_at': 'DROP INDEX users_deleted_at',
    'index lower_names': 'CREATE INDEX lower_names ON users (lower(username))',
    'view users': 'ALTER TABLE users RENAME TO people; CREATE VIEW users AS SELECT * FROM people',
    'trigger keeper': 'CREATE TRIGGER keeper AFTER UPDATE ON documents BEGIN DELETE FROM audit_log; END',
    'trigger sqlite_helper': intoSchema(
      'trigger',
      'sqlite_helper',
      "CREATE TRIGGER sqlite_helper AFTER INSERT ON users BEGIN UPDATE users SET role = ''admin'' WHERE id = new.id; END",
    ),
    'table credentials':
      "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, 'NOT NULL', '') WHERE name = 'credentials'",
  }
  let copies = 0
  for (const [name, change] of Object.entries(changes)) {
    const copy = join(root, `hostile-${++copies}.db`)
    copyFileSync(sound, copy)
    copyFileSync(`${sound}.secret-key`, `${copy}.secret-key`)
    const database = new DatabaseSync(copy, { defensive: false })
    database.exec(change)
    database.close()
    const target = freshFolder()
    const refused = await run(target, ['restore', copy])
    assert.equal(refused.code, 1, name)
    assert.match(refused.stderr, new RegExp(`did not create, or lacks some that it did: .*${name}`))
    assert.equal(existsSync(join(target, 'comserv.db')), false)
  }
  const own = new DatabaseSync(join(dataDir, 'comserv.db'))
  own.exec(changes['index fast'])
  own.close()
  const warned = await run(dataDir, ['backup', join(root, 'with-an-index.db')])
  assert.equal(warned.code, 0)
  assert.match(warned.stderr, /holds what Comserv did not make: index fast/)
})

test('a torn end of the log is no reason to refuse', async () => {
  const dataDir = await killedAfter(20)
  appendFileSync(join(dataDir, 'comserv.db-wal'), Buffer.alloc(3_000, 7))
  assert.equal((await run(dataDir, ['migrate'])).code, 0)
  assert.equal(documentsIn(dataDir), 20)
})

test('a data folder that is a file, a database that is text, and tables of a newer version are named in a sentence', async () => {
  const path = join(root, 'a-file')
  writeFileSync(path, 'text')
  for (const dataDir of [path, join(path, 'below')]) {
    for (const args of [...commands, ['restore', path]]) {
      const { code, stderr } = await run(dataDir, args)
      assert.equal(code, 1)
      assert.match(
        stderr,
        /^The data folder .*a-file.* cannot be made: a file is in its place, or on the way to it/,
      )
    }
  }

  for (const args of process.platform === 'linux' ? commands : [])
    assert.match(
      (await run('/proc/comserv', args)).stderr,
      /^The data folder \/proc\/comserv cannot be written to \(ENOENT/,
    )

  const text = freshFolder()
  mkdirSync(text)
  writeFileSync(join(text, 'comserv.db'), 'hello, this is no database\n'.repeat(100))
  await assertRefusedByAll(text, /comserv\.db.*is damaged, or is not a database/)

  const newer = freshFolder()
  assert.equal((await run(newer, ['migrate'])).code, 0)
  const database = new DatabaseSync(join(newer, 'comserv.db'))
  database.exec("INSERT INTO migrations (name, timestamp) VALUES ('9999-x', '2030-01-01T00:00:00Z')")
  database.close()
  for (const args of commands) {
    const { code, stderr } = await run(newer, args)
    assert.equal(code, 1)
    assert.match(stderr, /tables of the database are those of a newer version of Comserv \(9999-x\)/)
  }
})
