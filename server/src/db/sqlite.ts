import { chmodSync, statfsSync } from 'node:fs'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  Kysely,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
} from 'kysely'
import { BoundedMap } from '../lib/bounded-map.ts'
import type { Log } from '../lib/log.ts'
import { Pace } from '../lib/pace.ts'
import { CommitQueue } from './commit-queue.ts'
import { stampFirst, stamping } from './commit-stamps.ts'
import { leaveTrace, openFolder } from './data-folder.ts'
import type { Database, Db } from './database.ts'
import { rememberDialect } from './dialect.ts'
import { Hints } from './hints.ts'
import { LastWrite } from './last-write.ts'
import { OpenFiles } from './open-files.ts'
import { followUpFailed } from './pending.ts'
import { searchProcess } from './search-process.ts'
import { inSqlite } from './sqlite-failure.ts'
import { EmbeddedQueryCompiler, rowMaker } from './sqlite-queries.ts'
import { scrubSqlite } from './sqlite-scrub.ts'
import { Subjects } from './subjects.ts'
import type { Tables } from './tables.ts'

/** How long a process that starts or searches waits for another one that holds the database. */
const busyTimeoutMs = 10_000
/** Reads are locked out only while another process recovers the log, which takes a moment. */
const readTimeoutMs = 100
const statementsMax = 500
/** After a change failed for lack of space, this much must be free before a retry makes sense. */
const freeBytesMin = 1024 * 1024

/**
 * The embedded database: one connection writes, one reads committed data, and a third searches in a process of its own.
 *
 * A commit waits for the disk (`synchronous=FULL`), so changes that arrive together share one: they run one after the
 * other, and none is reported before its commit is durable. When one fails after it has written something, all run again
 * in savepoints of their own (docs/decisions/0125). A change alone never has one: inside a savepoint, SQLite keeps every
 * touched page, and walks over all of them after each statement. A change of 8,000 pages, each written twice, took 12.8 s
 * inside a savepoint and 0.4 s without.
 */
export function openSqlite(file: string, log?: Log): Database {
  const lock = openFolder(file)
  const writer = connect(file, stampFirst)
  chmodSync(file, 0o600)
  leaveTrace(file)
  const reader = connect(file)
  reader.exec(`PRAGMA busy_timeout = ${readTimeoutMs}`)
  const writing = new EmbeddedConnection(writer, new Pace())
  const write = kyselyThrough(writer, writing)
  const read = kyselyThrough(reader, new EmbeddedConnection(reader), inOneSnapshot(reader))
  const searches = searchProcess(file, busyTimeoutMs)
  const hints = new Hints()
  const lastWrite = new LastWrite()
  const subjects = new Subjects()
  const files = new OpenFiles(file, log)
  const commits = new CommitQueue({
    connection: writer,
    db: write,
    writes: () => writing.writes,
    files,
    hints,
    subjects,
    lastWrite,
    followUpFailed: followUpFailed(log),
  })
  return {
    dialect: 'sqlite',
    wasFree: lock.wasFree,
    read,
    revision: revisionThrough(reader),
    search: searches.db,
    migrating: write,
    write: (change) => commits.add(change),
    async probe() {
      files.check()
      inSqlite(() => readFromDisk(file))
      const { failure } = lastWrite
      if (!failure) return
      // A small commit may fit into the space of the failed one; it proves something only where there is room.
      if (failure.reason === 'full' && freeBytes(file) < freeBytesMin) throw failure
      await commits.add(async () => undefined)
      lastWrite.provenPossible()
    },
    hints,
    subjects,
    statistics() {
      const changes = commits.statistics()
      const { waiting, connections } = searches.statistics()
      return {
        ...changes,
        waiting: changes.waiting + waiting,
        // At the time of a call, the read and write connections of this thread are idle.
        connections: { busy: connections.busy, idle: 2 + connections.idle },
      }
    },
    scrub: (options) => scrubSqlite(file, (change) => commits.add(change), options),
    async close() {
      await commits.drained()
      await files.close(writer, () => Promise.all([searches.close(), read.destroy(), write.destroy()]))
      lock.release()
    },
  }
}

/** It changes for a connection when another one has committed. */
function revisionThrough(reader: DatabaseSync) {
  const asked = reader.prepare('PRAGMA data_version')
  return (): number | undefined => {
    try {
      return Number(asked.get()?.data_version)
    } catch {
      // What is read instead tells why.
      return undefined
    }
  }
}

/** Open connections do not reread cached pages; a new one has to. 1.3 ms on a busy machine, at most twice a second. */
function readFromDisk(file: string): void {
  const connection = new DatabaseSync(file, { timeout: readTimeoutMs, readOnly: true })
  try {
    const names = connection.prepare("SELECT name FROM sqlite_schema WHERE name = 'migrations'").all()
    if (names.length > 0) connection.prepare('SELECT count(*) FROM migrations').get()
  } finally {
    connection.close()
  }
}

function freeBytes(file: string): number {
  const { bavail, bsize } = statfsSync(file)
  return bavail * bsize
}

/** @param first runs before a log exists */
function connect(file: string, first: (connection: DatabaseSync) => void = () => {}): DatabaseSync {
  return inSqlite(() => {
    const connection = new DatabaseSync(file, { timeout: busyTimeoutMs, enableForeignKeyConstraints: true })
    first(connection)
    connection.exec(
      // Deleted content is overwritten with zeros: an erased person must not remain in free pages.
      'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16000; PRAGMA secure_delete = ON',
    )
    return connection
  })
}

export function kyselyOver(database: DatabaseSync): Db {
  return kyselyThrough(database, new EmbeddedConnection(database))
}

/** For a connection that only reads: its queries run when they are called. */
function inOneSnapshot(reader: DatabaseSync) {
  return <T>(work: () => T): T => {
    inSqlite(() => reader.exec('BEGIN'))
    try {
      return work()
    } finally {
      inSqlite(() => reader.exec('COMMIT'))
    }
  }
}

function kyselyThrough(
  database: DatabaseSync,
  connection: EmbeddedConnection,
  together?: ReturnType<typeof inOneSnapshot>,
): Db {
  const dialect: Dialect = {
    createAdapter: () => new EmbeddedAdapter(),
    createDriver: () => new EmbeddedDriver(database, connection),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new EmbeddedQueryCompiler(),
  }
  const db = new Kysely<Tables>({ dialect })
  rememberDialect(db, 'sqlite', (query) => connection.executeQuery(query), together)
  return db
}

class EmbeddedAdapter extends SqliteAdapter {
  /** SQLite rolls schema changes back as it does rows: a migration happens whole or not at all. */
  override get supportsTransactionalDdl(): boolean {
    return true
  }
  /** Statements are synchronous and transactions queue above, so the library's own lock would only cost time. */
  override get supportsMultipleConnections(): boolean {
    return true
  }
}

class EmbeddedDriver implements Driver {
  readonly #connection: DatabaseSync
  readonly #only: EmbeddedConnection
  readonly #stamp: () => void

  constructor(connection: DatabaseSync, only: EmbeddedConnection) {
    this.#connection = connection
    this.#only = only
    this.#stamp = stamping(connection)
  }

  async init(): Promise<void> {}
  async acquireConnection(): Promise<DatabaseConnection> {
    return this.#only
  }
  async releaseConnection(): Promise<void> {}
  async beginTransaction(): Promise<void> {
    inSqlite(() => this.#connection.exec('BEGIN IMMEDIATE'))
  }
  async commitTransaction(): Promise<void> {
    inSqlite(() => {
      this.#stamp()
      this.#connection.exec('COMMIT')
    })
  }
  async rollbackTransaction(): Promise<void> {
    inSqlite(() => this.#connection.exec('ROLLBACK'))
  }
  async destroy(): Promise<void> {
    this.#connection.close()
  }
}

interface Prepared {
  statement: StatementSync
  /** Makes an object of a row; undefined when it returns no rows. */
  toRow: ((values: readonly unknown[]) => object) | undefined
  /** Whether it changes nothing, as far as its first word tells. */
  reads: boolean
}

class EmbeddedConnection implements DatabaseConnection {
  readonly #connection: DatabaseSync
  readonly #statements = new BoundedMap<string, Prepared>(statementsMax)
  readonly #pace: Pace | undefined
  /** Statements that may have written something, and did not fail. */
  writes = 0

  /** @param pace of long changes: the event loop runs between their statements */
  constructor(connection: DatabaseSync, pace?: Pace) {
    this.#connection = connection
    this.#pace = pace
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    if (this.#pace?.isTired) await this.#pace.turn({ key: 'changes' })
    const parameters = query.parameters as SQLInputValue[]
    return inSqlite(() => {
      const { statement, toRow, reads } = this.#prepare(query.sql)
      if (toRow) {
        const rows: readonly unknown[] = statement.all(...parameters)
        if (!reads) this.writes++
        return { rows: rows.map((values) => toRow(values as readonly unknown[]) as R) }
      }
      const { changes } = statement.run(...parameters)
      this.writes++
      return { rows: [], numAffectedRows: BigInt(changes) }
    })
  }

  /** An open statement would hold every other read of this connection on its old snapshot: read page by page instead. */
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    yield await Promise.reject(new Error('The embedded database does not stream; read page by page.'))
  }

  #prepare(sql: string) {
    const known = this.#statements.get(sql)
    if (known) return known
    const statement = this.#connection.prepare(sql)
    const columns = statement.columns().map(({ name }) => name)
    const prepared = {
      statement,
      toRow: columns.length > 0 ? rowMaker(columns) : undefined,
      reads: /^\s*select\b/i.test(sql),
    }
    if (prepared.toRow) statement.setReturnArrays(true)
    // A deletion from a search index leaves a row number beyond 2^53, which is read in any case.
    else statement.setReadBigInts(true)
    this.#statements.set(sql, prepared)
    return prepared
  }
}
