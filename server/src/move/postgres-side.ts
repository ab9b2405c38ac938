import type pg from 'pg'
import { migrate } from '../db/migrate.ts'
import { createMoves } from '../db/moves.ts'
import { openPostgres } from '../db/postgres.ts'
import { postgresFailure } from '../db/postgres-failure.ts'
import { connectTimeoutMs, migratingLimits, sessionSettings } from '../db/postgres-session.ts'
import { wordsOf } from '../db/search-index.ts'
import { extensions } from '../extension/loaded.ts'
import { driver } from '../lib/loading.ts'
import { createLog } from '../lib/log.ts'
import { isSearched, ownColumns, readInPostgres } from './not-moved.ts'
import { copyFrom, copyLine, tsvectorText } from './postgres-copy.ts'
import {
  type Column,
  charactersAtOnceMax,
  type Found,
  type Kind,
  type Row,
  rowsAtOnceMax,
  type Source,
  type Table,
  type Target,
  type Value,
} from './side.ts'

const kinds: Readonly<Record<string, Kind>> = {
  bigint: 'integer',
  integer: 'integer',
  smallint: 'integer',
  boolean: 'integer',
  'double precision': 'real',
  text: 'text',
  'character varying': 'text',
  json: 'text',
  bytea: 'blob',
}

const lockTimeoutMs = 10_000

/** A database of PostgreSQL as one side of a move, on one connection. */
export class PostgresSide implements Source, Target {
  readonly dialect = 'postgres'
  readonly place: string
  readonly #url: string
  readonly #client: pg.Client
  #isInTransaction = false

  private constructor(url: string, client: pg.Client) {
    this.#url = url
    this.#client = client
    this.place = placeOf(client)
  }

  /** @throws DatabaseUnavailable */
  static async open(url: string): Promise<PostgresSide> {
    const client = new (driver().Client)({
      connectionString: url,
      application_name: 'comserv move',
      connectionTimeoutMillis: connectTimeoutMs,
      keepAlive: true,
    })
    // The error of a lost connection reaches whoever waits for a query.
    client.on('error', () => undefined)
    try {
      await client.connect()
      await client.query(
        sessionSettings({ ...migratingLimits, idleInTransactionMs: 0, lockMs: lockTimeoutMs }),
      )
      return new PostgresSide(url, client)
    } catch (error) {
      await client.end().catch(() => undefined)
      throw postgresFailure(error, 'connect')
    }
  }

  async tables(): Promise<Table[]> {
    const rows = await this.query(tablesQuery)
    return rows.map(({ name, columns, key }) => ({
      name: String(name),
      key: key as string[],
      columns: (columns as { name: string; type: string }[])
        .map((column) => columnOf(column))
        .sort((a, b) => (a.name < b.name ? -1 : 1)),
    }))
  }

  async count(table: string): Promise<number> {
    return Number((await this.query(`SELECT count(*) AS rows FROM ${quoted(table)}`))[0]?.rows)
  }

  /** Parts end where they are large, as far as the server can tell without reading the texts. */
  async *read({ name, columns, key }: Table, after?: readonly Value[]): AsyncGenerator<Row[]> {
    const selected = columns.map((column, i) => `${textOf(name, column)} AS c${i}`)
    const keys = key.map((column, i) => `${sorted(column, columns)} AS k${i}`)
    const sizes = columns
      .filter(({ kind }) => kind === 'text' || kind === 'blob')
      .map(
        (column) =>
          `coalesce(octet_length(${quoted(column.name)}${column.type === 'json' ? '::text' : ''}), 0)`,
      )
    const order = key.map((_, i) => `k${i}`).join(', ')
    for (let last = after; ; ) {
      const from = last
        ? `WHERE (${key.map((column) => sorted(column, columns)).join(', ')}) > (${key.map((column, i) => `$${i + 1}::${kindOf(column, columns) === 'integer' ? 'bigint' : 'text'}`).join(', ')})`
        : ''
      const statement = {
        text: `SELECT ${columns.map((_, i) => `c${i}`).join(', ')} FROM (
          SELECT page.*, sum(size) OVER (ORDER BY ${order} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
          FROM (
            SELECT ${[...selected, ...keys].join(', ')}, ${['0', ...sizes].join(' + ')} AS size FROM ${quoted(name)} ${from}
            ORDER BY ${order} LIMIT ${rowsAtOnceMax}
          ) AS page
        ) AS page WHERE coalesce(before, 0) < ${charactersAtOnceMax} ORDER BY ${order}`,
        values: [...(last ?? [])],
        rowMode: 'array' as const,
      }
      const { rows } = await this.#failing(this.#client.query<Value[]>(statement))
      const part = rows.map((row) => normalized(row, columns))
      const end = part.at(-1)
      if (!end) return
      yield part
      last = key.map((column) => end[columns.findIndex((other) => other.name === column)] ?? null)
    }
  }

  async lastIds(): Promise<Map<string, string>> {
    const found = new Map<string, string>()
    for (const { name, column, sequence } of await this.query(sequencesQuery)) {
      const [row] = await this.query(
        `SELECT greatest((SELECT last_value FROM ${String(sequence)} WHERE is_called),
           (SELECT max(${quoted(String(column))}) FROM ${quoted(String(name))}))::text AS id`,
      )
      if (row?.id) found.set(String(name), String(row.id))
    }
    return found
  }

  async query<R extends object = Found>(statement: string, values: readonly Value[] = []): Promise<R[]> {
    const during = statement === 'COMMIT' ? 'commit' : 'query'
    return (await this.#failing(this.#client.query<R>(statement, [...values]), during)).rows
  }

  async transaction<T>(work: () => Promise<T>): Promise<T> {
    await this.query('BEGIN')
    this.#isInTransaction = true
    try {
      const value = await work()
      await this.query('COMMIT')
      return value
    } catch (error) {
      await this.#client.query('ROLLBACK').catch(() => undefined)
      throw error
    } finally {
      this.#isInTransaction = false
    }
  }

  /** Locks before anything is read: the state that is read then is the one that nobody changes. */
  async hold(tables: readonly string[]): Promise<void> {
    await this.query('BEGIN ISOLATION LEVEL REPEATABLE READ')
    this.#isInTransaction = true
    try {
      await this.query(`LOCK TABLE ${tables.map(quoted).join(', ')} IN SHARE MODE`)
    } catch (error) {
      this.#isInTransaction = false
      await this.#client.query('ROLLBACK').catch(() => undefined)
      throw error
    }
  }

  async release(): Promise<void> {
    await this.query('COMMIT')
    this.#isInTransaction = false
  }

  async isEmpty(): Promise<boolean> {
    const [row] = await this.query(`SELECT count(*)::int AS tables ${ownTables}`)
    return row?.tables === 0
  }

  async migrate(): Promise<void> {
    await this.query(createMoves('postgres'))
    const database = openPostgres(this.#url, createLog('silent'))
    try {
      await migrate(database)
      const { migrateExtensions } = await import('../extensions/migrations.ts')
      await migrateExtensions(database, extensions)
    } finally {
      await database.close()
    }
  }

  /** References last: they need the indexes of what they refer to. */
  async listIndexes(): Promise<{ name: string; statement: string }[]> {
    const found = [...(await this.query(indexesQuery)), ...(await this.query(referencesQuery))]
    return found.map(({ name, statement }) => ({ name: String(name), statement: String(statement) }))
  }

  async removeIndexes(): Promise<void> {
    for (const { name, from } of await this.query(referencesQuery))
      await this.query(`ALTER TABLE ${String(from)} DROP CONSTRAINT ${quoted(String(name))}`)
    for (const { name } of await this.query(indexesQuery)) await this.query(`DROP INDEX ${String(name)}`)
  }

  async insert(table: Table, rows: readonly Row[]): Promise<void> {
    const own = Object.entries(ownColumns).flatMap(([path, column]) => {
      const [of, name = ''] = path.split('.')
      return of === table.name ? [{ name, ...column }] : []
    })
    const names = [...table.columns, ...own].map(({ name }) => quoted(name))
    const isBlob = table.columns.map(({ kind }) => kind === 'blob')
    const lines = await Promise.all(
      rows.map(async (row) => {
        const more = await Promise.all(
          own.map((column) => (column.is === 'words' ? wordsFor(table, row) : column.value)),
        )
        return copyLine([...row, ...more], isBlob)
      }),
    )
    const statement = `COPY ${quoted(table.name)} (${names.join(', ')}) FROM STDIN`
    await this.#failing(copyFrom(this.#client, statement, lines.join('')))
  }

  async forgetLastIds(): Promise<void> {
    for (const { sequence } of await this.query(sequencesQuery))
      await this.query(`ALTER SEQUENCE ${String(sequence)} RESTART`)
  }

  async setLastId(table: string, id: string): Promise<void> {
    const found = await this.query(sequencesQuery)
    const sequence = found.find(({ name }) => name === table)?.sequence
    if (sequence) await this.query('SELECT setval($1::text::regclass, $2::bigint)', [String(sequence), id])
  }

  async finish(): Promise<void> {
    await this.query('ANALYZE')
  }

  async close(): Promise<void> {
    if (this.#isInTransaction) await this.#client.query('ROLLBACK').catch(() => undefined)
    await this.#client.end().catch(() => undefined)
  }

  async #failing<T>(work: Promise<T>, during: 'query' | 'commit' = 'query'): Promise<T> {
    return work.catch((error: unknown) => {
      throw postgresFailure(error, during)
    })
  }
}

/** The words of a row that can be found; null for one that is deleted. */
async function wordsFor({ name, columns }: Table, row: Row): Promise<string | null> {
  if (!isSearched(name)) return null
  const record = Object.fromEntries(columns.map((column, i) => [column.name, row[i]]))
  return (record.deleted_at ?? null) === null ? tsvectorText(await wordsOf(name, record)) : null
}

function placeOf({ host, port, database }: pg.Client): string {
  const named = host.includes(':') && !host.startsWith('/') ? `[${host}]` : host
  return host.startsWith('/')
    ? `PostgreSQL (${database} at ${host})`
    : `postgres://${named}:${port}/${database}`
}

function columnOf({ name, type }: { name: string; type: string }): Column {
  return { name, type, kind: kinds[type.replace(/\(\d+\)$/, '')] }
}

function kindOf(name: string, columns: readonly Column[]): Kind | undefined {
  return columns.find((column) => column.name === name)?.kind
}

/** As SQLite sorts texts: by their bytes. */
function sorted(name: string, columns: readonly Column[]): string {
  return kindOf(name, columns) === 'text' ? `${quoted(name)} COLLATE "C"` : quoted(name)
}

function textOf(table: string, { name, kind, type }: Column): string {
  const value = readInPostgres[`${table}.${name}`] ?? quoted(name)
  if (type === 'boolean') return `${value}::int::text`
  return kind === 'blob' ? `encode(${value}, 'hex')` : `(${value})::text`
}

function normalized(row: Row, columns: readonly Column[]): Row {
  return row.map((value, i) => (columns[i]?.kind === 'real' && value !== null ? Number(value) : value))
}

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`

/** Tables of the schema, without those of extensions of PostgreSQL itself. */
const ownTables = `FROM pg_class c WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
  AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.classid = 'pg_class'::regclass AND d.deptype = 'e')`

const tablesQuery = `
  SELECT c.relname AS name,
    (SELECT json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod) || CASE WHEN a.attgenerated <> '' THEN ' GENERATED' ELSE '' END))
     FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
    coalesce((SELECT json_agg(a.attname ORDER BY array_position(i.indkey::int2[], a.attnum))
     FROM pg_index i JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey)
     WHERE i.indrelid = c.oid AND i.indisprimary), '[]') AS key
  ${ownTables} ORDER BY c.relname`

const sequencesQuery = `
  SELECT c.relname AS name, a.attname AS column, pg_get_serial_sequence(quote_ident(c.relname), a.attname) AS sequence
  ${ownTables.replace('WHERE', 'JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped WHERE')}
  AND pg_get_serial_sequence(quote_ident(c.relname), a.attname) IS NOT NULL ORDER BY c.relname`

const indexesQuery = `
  SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS statement, NULL AS "from"
  FROM pg_index i WHERE NOT i.indisprimary AND i.indrelid IN (SELECT c.oid ${ownTables})
    AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = i.indexrelid)`

const referencesQuery = `
  SELECT k.conname AS name,
    format('ALTER TABLE %s ADD CONSTRAINT %I %s', k.conrelid::regclass, k.conname, pg_get_constraintdef(k.oid)) AS statement,
    k.conrelid::regclass::text AS "from"
  FROM pg_constraint k WHERE k.contype = 'f' AND k.conrelid IN (SELECT c.oid ${ownTables})`
