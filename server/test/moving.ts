import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { text } from 'node:stream/consumers'
import { after } from 'node:test'
import pg from 'pg'
import { closeContext, createContext, createTasks } from '../src/app.ts'
import { decideConfig } from '../src/config/decide.ts'
import { createLog } from '../src/lib/log.ts'
import { movedOf } from '../src/move/plan.ts'
import { SqliteSide } from '../src/move/sqlite-side.ts'
import { freshDatabase } from './fresh-database.ts'
import type { Outcome } from './product-process.ts'
import { machineEnv, main } from './serving.ts'

export type Env = Readonly<Record<string, string>>

/** A folder that is gone when the file's tests are done. */
export function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'comserv-move-'))
  after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A new, empty database of PostgreSQL. */
export async function emptyPostgres(): Promise<string> {
  const { env, drop } = await freshDatabase()
  after(drop)
  return String(env.DATABASE_URL)
}

export async function query(url: string, statement: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(statement)).rows
  } finally {
    await client.end()
  }
}

/** The settings of an installation in a folder, with an extension that has tables. */
export const embedded = (folder: string) => ({
  COMSERV_DATA_DIR: folder,
  COMSERV_EXTENSIONS_DIR: join(import.meta.dirname, 'extensions/moved'),
})

export const secretKeyOf = (folder: string) => readFileSync(join(folder, 'secret-key'), 'utf8').trim()

/** The same on PostgreSQL. */
export const onPostgres = (url: string, secretKey: string, folder = freshFolder()) => ({
  ...embedded(folder),
  DATABASE_URL: url,
  COMSERV_SECRET_KEY: secretKey,
})

/** A stopped installation with an extension, and a chained audit log. */
export async function installed(): Promise<string> {
  const folder = freshFolder()
  const made = await run(embedded(folder), [
    ...['credential', 'create', '--name', 'one', '--scopes', 'read write'],
  ])
  if (made.code !== 0) throw new Error(made.stderr)
  const context = await createContext(decideConfig({ COMSERV_DATA_DIR: folder }), createLog('silent'))
  await createTasks(context)
    .find(({ name }) => name === 'chain the audit log')
    ?.run()
  await closeContext(context)
  return folder
}

export function start(env: Env, args: readonly string[]) {
  const child = spawn(process.execPath, [main, ...args], {
    cwd: env.COMSERV_DATA_DIR ?? tmpdir(),
    env: { ...machineEnv, ...env },
  })
  const ended = (async (): Promise<Outcome> => {
    const [stdout, stderr, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close') as Promise<[number | null]>,
    ])
    return { code, stdout, stderr }
  })()
  return { child, ended }
}

/** Runs a command to its end. */
export function run(env: Env, args: readonly string[], stdin = ''): Promise<Outcome> {
  const { child, ended } = start(env, args)
  child.stdin.on('error', () => {})
  child.stdin.end(stdin)
  return ended
}

/** The rows of every table that is moved, as SQLite has them, and the last ids. */
export async function contentsOf(folder: string): Promise<Record<string, unknown[]>> {
  const file = join(folder, 'comserv.db')
  const side = new SqliteSide(file, false)
  const tables = movedOf(await side.tables())
  await side.close()
  const database = new DatabaseSync(file, { readOnly: true })
  try {
    const all = (sql: string) => {
      const statement = database.prepare(sql)
      statement.setReadBigInts(true)
      return statement.all()
    }
    const contents = tables.map(({ name, key }) => [
      name,
      all(`SELECT * FROM "${name}" ORDER BY ${key.join()}`),
    ])
    return {
      ...Object.fromEntries(contents),
      sqlite_sequence: all('SELECT name, seq FROM sqlite_sequence WHERE seq > 0 ORDER BY name'),
    }
  } finally {
    database.close()
  }
}

const texts = [
  '',
  'plain',
  'tab\tand\nlines\r\n',
  '\\N',
  "it's \\ 100 %",
  '{"a":"\\u0000","b":[1,null]}',
  'Grüße 年次 😀 e\u0301',
]
const integers = [0, 1, 1, 2, 42, 1_700_000_000_000, 9_007_199_254_740_993n, -9_223_372_036_854_775_808n]
const reals = [0, 0.1, -1.5, 1e300, 12345.678, 5e-324]

/** Their rows mean something to the command, and are there already. */
const meaningful = ['extension_migrations', 'audit_chain', 'audit_chain_state', 'secret_key_state']

/**
 * Fills every moved table with rows of odd values that its constraints allow, also a table that nobody thought of: values
 * are tried until some fit.
 */
export async function fillEveryTable(folder: string, rowsPerTable: number): Promise<void> {
  const side = new SqliteSide(join(folder, 'comserv.db'), false)
  const tables = movedOf(await side.tables())
  await side.close()
  const database = new DatabaseSync(join(folder, 'comserv.db'), { enableForeignKeyConstraints: true })
  const random = numbers(20_260_115)
  const oneOf = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T
  let left = tables
    .filter(({ name }) => !meaningful.includes(name))
    .map(({ name }) => ({ name, rows: rowsPerTable }))
  try {
    database.exec('BEGIN')
    // Those that refer to others come after them, in whatever round that is.
    for (let round = 0; left.length > 0 && round < 20; round++)
      left = left.filter((one) => {
        while (one.rows > 0 && insertSome(one.name)) one.rows--
        return one.rows > 0 && rowsOf(one.name) === 0
      })
    if (left.length > 0) throw new Error(`No row fits into ${left.map(({ name }) => name).join(', ')}.`)
    database.exec('COMMIT')
  } finally {
    database.close()
  }

  function rowsOf(table: string): number {
    return Number(database.prepare(`SELECT count(*) AS rows FROM "${table}"`).get()?.rows)
  }

  function insertSome(table: string): boolean {
    const made = database.prepare('SELECT sql FROM sqlite_schema WHERE name = ?').get(table)
    const sql = String(made?.sql)
    const literals = [...sql.matchAll(/'([^'%]*)'/g)].map(([, literal = '']) => literal)
    const figures = [...integers, ...[...sql.matchAll(/\b\d+\b/g)].map(Number)]
    const references = new Map(
      database
        .prepare('SELECT "from", "table", "to" FROM pragma_foreign_key_list(?)')
        .all(table)
        .map((row) => [String(row.from), row]),
    )
    const columns = database
      .prepare('SELECT name, type, "notnull", pk FROM pragma_table_info(?)')
      .all(table)
      .filter(({ name }) => !(name === 'id' && sql.includes('AUTOINCREMENT')))
    const value = (column: (typeof columns)[number]): SQLInputValue => {
      const reference = references.get(String(column.name))
      if (column.notnull === 0 && column.pk === 0 && random() < 0.5) return null
      if (reference) {
        const all = database
          .prepare(`SELECT "${reference.to}" AS value FROM "${reference.table}" ORDER BY 1`)
          .all()
        return all.length === 0 ? null : (oneOf(all).value as SQLInputValue)
      }
      if (column.type === 'INTEGER') return oneOf(figures)
      if (column.type === 'REAL') return oneOf(reals)
      if (column.type === 'BLOB') return Buffer.from('00ff10', 'hex')
      if (literals.length > 0 && random() < 0.5) return oneOf(literals)
      return column.pk === 0 && random() < 0.7 ? oneOf(texts) : `${oneOf(texts)}${Math.floor(random() * 1e9)}`
    }
    const names = columns.map(({ name }) => `"${name}"`).join(', ')
    const insert = database.prepare(
      `INSERT INTO "${table}" (${names}) VALUES (${columns.map(() => '?').join(', ')})`,
    )
    insert.setReadBigInts(true)
    for (let tries = 0; tries < 3_000; tries++) {
      try {
        insert.run(...columns.map(value))
        return true
      } catch (error) {
        if (!/constraint/i.test((error as Error).message)) throw error
      }
    }
    return false
  }
}

/** The same in every run (mulberry32). */
function numbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}
