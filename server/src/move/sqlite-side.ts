import { chmodSync, existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { stampFirst, stamping } from '../db/commit-stamps.ts'
import { leaveTrace, requireDatabase } from '../db/data-folder.ts'
import { knownMigrations, migrateTo } from '../db/migrate.ts'
import { createMoves } from '../db/moves.ts'
import { wordsOf } from '../db/search-index.ts'
import { kyselyOver } from '../db/sqlite.ts'
import { inSqlite } from '../db/sqlite-failure.ts'
import { extensions } from '../extension/loaded.ts'
import { CommandError } from '../lib/command-error.ts'
import { flushFolder } from '../lib/durable-file.ts'
import { isSearched } from './not-moved.ts'
import {
  type Column,
  type Found,
  type Kind,
  PartSize,
  type Row,
  type Source,
  type Table,
  type Target,
  type Value,
} from './side.ts'

const kinds: Readonly<Record<string, Kind>> = {
  INTEGER: 'integer',
  INT: 'integer',
  REAL: 'real',
  TEXT: 'text',
  BLOB: 'blob',
}

const cacheKilobytes = 64_000

/** The embedded database as one side of a move. The caller has its folder for itself, or only looks. */
export class SqliteSide implements Source, Target {
  readonly dialect = 'sqlite'
  readonly place: string
  readonly #file: string
  readonly #database: DatabaseSync
  readonly #stamp: () => void
  readonly #inserts = new Map<string, { row: StatementSync; words: StatementSync | undefined }>()

  /** @param canWrite otherwise nothing is written, and another process may have it open */
  constructor(file: string, canWrite: boolean) {
    this.place = dirname(file)
    this.#file = file
    requireDatabase(file)
    const isNew = !existsSync(file)
    this.#database = inSqlite(() => {
      const database = new DatabaseSync(file, { timeout: 10_000, readOnly: !canWrite })
      if (canWrite) stampFirst(database)
      if (canWrite)
        database.exec(
          `PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA foreign_keys = OFF; PRAGMA cache_size = -${cacheKilobytes}`,
        )
      return database
    })
    if (isNew && canWrite) chmodSync(file, 0o600)
    this.#stamp = stamping(this.#database)
  }

  async tables(): Promise<Table[]> {
    const found = this.#all(
      `SELECT name, type FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'virtual') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name`,
    )
    return found.map(({ name }) => {
      const columns = this.#all('SELECT name, type, pk, hidden FROM pragma_table_xinfo($1)', [String(name)])
      const key = columns.filter(({ pk }) => Number(pk) > 0).sort((a, b) => Number(a.pk) - Number(b.pk))
      return {
        name: String(name),
        columns: columns
          .map((column) => columnOf(String(column.name), String(column.type), Number(column.hidden)))
          .sort((a, b) => (a.name < b.name ? -1 : 1)),
        key: key.map((column) => String(column.name)),
      }
    })
  }

  async count(table: string): Promise<number> {
    return Number(this.#all(`SELECT count(*) AS rows FROM ${quoted(table)}`)[0]?.rows)
  }

  async *read({ name, columns, key }: Table, after?: readonly Value[]): AsyncGenerator<Row[]> {
    const keys = key.map((column) => sorted(column, columns))
    const marks = key.map((column) => (kindOf(column, columns) === 'integer' ? 'CAST(? AS INTEGER)' : '?'))
    const from = after ? `WHERE (${keys.join(', ')}) > (${marks.join(', ')})` : ''
    const statement = this.#database.prepare(
      `SELECT ${columns.map(selected).join(', ')} FROM ${quoted(name)} ${from} ORDER BY ${keys.join(', ')}`,
    )
    statement.setReturnArrays(true)
    const size = new PartSize()
    let part: Row[] = []
    const rows: Iterable<unknown> = inSqlite(() => statement.iterate(...(after ?? [])))
    for (const values of rows) {
      const row = values as Row
      part.push(row)
      if (!size.add(row)) continue
      yield part
      part = []
    }
    if (part.length > 0) yield part
  }

  async lastIds(): Promise<Map<string, string>> {
    const rows = this.#all('SELECT name, CAST(seq AS TEXT) AS seq FROM sqlite_sequence WHERE seq > 0')
    return new Map(rows.map(({ name, seq }) => [String(name), String(seq)]))
  }

  async query<R extends object = Found>(statement: string, values: readonly Value[] = []): Promise<R[]> {
    return this.#all(statement, values) as R[]
  }

  async transaction<T>(work: () => Promise<T>): Promise<T> {
    inSqlite(() => this.#database.exec('BEGIN IMMEDIATE'))
    try {
      const value = await work()
      this.#stamp()
      inSqlite(() => this.#database.exec('COMMIT'))
      return value
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
      throw error
    }
  }

  /** Other processes are locked out by the lock on the folder; this keeps out programs that do not know it. */
  async hold(): Promise<void> {
    inSqlite(() => this.#database.exec('BEGIN IMMEDIATE'))
  }

  async release(): Promise<void> {
    this.#stamp()
    inSqlite(() => this.#database.exec('COMMIT'))
  }

  async isEmpty(): Promise<boolean> {
    return this.#all('SELECT name FROM sqlite_schema LIMIT 1').length === 0
  }

  async migrate(): Promise<void> {
    const db = kyselyOver(this.#database)
    this.#database.exec(createMoves('sqlite'))
    await migrateTo(db, 'sqlite', knownMigrations)
    const { migrateExtensions } = await import('../extensions/migrations.ts')
    await migrateExtensions({ migrating: db, dialect: 'sqlite' }, extensions)
    this.#database.exec('PRAGMA foreign_keys = OFF')
  }

  async listIndexes(): Promise<{ name: string; statement: string }[]> {
    const rows = this.#all(
      `SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL ORDER BY rowid`,
    )
    return rows.map(({ name, sql }) => ({ name: String(name), statement: String(sql) }))
  }

  async removeIndexes(): Promise<void> {
    for (const { name } of await this.listIndexes()) this.#database.exec(`DROP INDEX ${quoted(name)}`)
  }

  async insert(table: Table, rows: readonly Row[]): Promise<void> {
    const { row: insert, words } = this.#insertInto(table)
    const isBlob = table.columns.map(({ kind }) => kind === 'blob')
    for (const row of rows) {
      const values = row.map((value, i) =>
        isBlob[i] && typeof value === 'string' ? Buffer.from(value, 'hex') : value,
      )
      inSqlite(() => insert.run(...values))
      if (words && isSearched(table.name)) {
        const record = Object.fromEntries(table.columns.map(({ name }, i) => [name, row[i]]))
        if ((record.deleted_at ?? null) !== null) continue
        const text = await wordsOf(table.name, record)
        inSqlite(() => words.run(String(record.id), text))
      }
    }
  }

  #insertInto({ name, columns }: Table) {
    const known = this.#inserts.get(name)
    if (known) return known
    const names = columns.map((column) => quoted(column.name)).join(', ')
    const marks = columns.map(() => '?').join(', ')
    const prepare = (sql: string) => {
      const statement = this.#database.prepare(sql)
      // The last row id may be beyond 2^53.
      statement.setReadBigInts(true)
      return statement
    }
    const made = {
      row: prepare(`INSERT INTO ${quoted(name)} (${names}) VALUES (${marks})`),
      words: isSearched(name)
        ? prepare(`INSERT INTO ${name}_search (rowid, words) VALUES (CAST(? AS INTEGER), ?)`)
        : undefined,
    }
    this.#inserts.set(name, made)
    return made
  }

  async forgetLastIds(): Promise<void> {
    this.#all('DELETE FROM sqlite_sequence')
  }

  async setLastId(table: string, id: string): Promise<void> {
    this.#all('DELETE FROM sqlite_sequence WHERE name = $1', [table])
    this.#all('INSERT INTO sqlite_sequence (name, seq) VALUES ($1, CAST($2 AS INTEGER))', [table, id])
  }

  async finish(): Promise<void> {
    const [broken] = this.#all('PRAGMA foreign_key_check')
    if (broken)
      throw new CommandError(`A row of ${broken.table} refers to a missing row of ${broken.parent}.`)
    inSqlite(() => this.#database.exec('PRAGMA wal_checkpoint(TRUNCATE)'))
    leaveTrace(this.#file)
    flushFolder(dirname(this.#file))
  }

  async close(): Promise<void> {
    if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
    this.#database.close()
  }

  #all(statement: string, values: readonly Value[] = []): Record<string, unknown>[] {
    return inSqlite(() => this.#database.prepare(statement.replaceAll(/\$\d+/g, '?')).all(...values))
  }
}

function columnOf(name: string, type: string, hidden: number): Column {
  return {
    name,
    type: hidden === 0 ? type : `${type} GENERATED`,
    kind: hidden === 0 ? kinds[type] : undefined,
  }
}

function kindOf(name: string, columns: readonly Column[]): Kind | undefined {
  return columns.find((column) => column.name === name)?.kind
}

function sorted(name: string, columns: readonly Column[]): string {
  return kindOf(name, columns) === 'text' ? `${quoted(name)} COLLATE BINARY` : quoted(name)
}

function selected({ name, kind }: Column): string {
  if (kind === 'integer') return `CAST(${quoted(name)} AS TEXT)`
  return kind === 'blob' ? `lower(hex(${quoted(name)}))` : quoted(name)
}

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`
