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
  SqliteQueryCompiler,
} from 'kysely'
import { BoundedMap } from '../lib/bounded-map.ts'
import { stampCommit, stampFirst } from './commit-stamps.ts'
import { applyCounts } from './counters.ts'
import { openFolder } from './data-folder.ts'
import type { Database, Db, Transaction } from './database.ts'
import { rememberDialect } from './dialect.ts'
import { Hints } from './hints.ts'
import { LastWrite } from './last-write.ts'
import { PendingChange } from './pending.ts'
import { searchThread } from './search-thread.ts'
import { inSqlite, sqliteFailure } from './sqlite-failure.ts'
import type { Tables } from './tables.ts'

/** How long a process waits for another one (the command line beside the server) that is writing. */
const busyTimeoutMs = 10_000
const statementsMax = 500
/** After a change that found no room, so much has to be free before another one is worth a try. */
const freeBytesMin = 1024 * 1024
/** Changes that share one commit; more wait for the next. */
const changesPerCommitMax = 128

/**
 * The embedded database: one connection writes, another reads what is committed, a third one searches on a thread.
 *
 * A commit waits for the disk (`synchronous=FULL`), so changes that arrive together share one: each runs inside its own
 * savepoint, one after the other, and none is reported before the commit that holds it is durable. A change alone has
 * none: inside a savepoint SQLite keeps every page that was touched, and walks over all of them after each statement. A
 * change of 8,000 pages, each written twice, took 12.8 s inside a savepoint and 0.4 s without.
 */
export function openSqlite(file: string): Database {
  const lock = openFolder(file)
  const writer = connect(file, stampFirst)
  chmodSync(file, 0o600)
  const reader = connect(file)
  const write = kyselyOver(writer)
  const read = kyselyOver(reader)
  const searches = searchThread(file, busyTimeoutMs)
  const hints = new Hints()
  const lastWrite = new LastWrite()
  const commits = new CommitQueue(writer, write, hints, lastWrite)
  return {
    dialect: 'sqlite',
    wasFree: lock.wasFree,
    read,
    search: searches.db,
    migrating: write,
    write: (change) => commits.add(change),
    async probe() {
      inSqlite(() => reader.exec('SELECT 1'))
      if (lastWrite.failure?.reason === 'full' && freeBytes(file) >= freeBytesMin) lastWrite.succeeded()
      if (lastWrite.failure) throw lastWrite.failure
    },
    hints,
    statistics() {
      const changes = commits.statistics()
      const { waiting, connections } = searches.statistics()
      return {
        ...changes,
        waiting: changes.waiting + waiting,
        // Whoever asks stands between two queries of the connections that this thread reads and writes with.
        connections: { busy: connections.busy, idle: 2 + connections.idle },
      }
    },
    async close() {
      await commits.drained()
      await Promise.all([searches.close(), read.destroy(), write.destroy()])
      lock.release()
    },
  }
}

function freeBytes(file: string): number {
  const { bavail, bsize } = statfsSync(file)
  return bavail * bsize
}

/** @param first runs before there is a log */
function connect(file: string, first: (connection: DatabaseSync) => void = () => {}): DatabaseSync {
  return inSqlite(() => {
    const connection = new DatabaseSync(file, { timeout: busyTimeoutMs, enableForeignKeyConstraints: true })
    first(connection)
    connection.exec(
      'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16000',
    )
    return connection
  })
}

interface Job {
  run(trx: PendingChange): Promise<() => void>
  reject(error: unknown): void
}

class CommitQueue {
  readonly #connection: DatabaseSync
  readonly #db: Db
  readonly #hints: Hints
  readonly #lastWrite: LastWrite
  #waiting: Job[] = []
  #running: Promise<void> | undefined
  #commits = 0
  #changes = 0

  constructor(connection: DatabaseSync, db: Db, hints: Hints, lastWrite: LastWrite) {
    this.#connection = connection
    this.#db = db
    this.#hints = hints
    this.#lastWrite = lastWrite
  }

  add<T>(change: (trx: Transaction) => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({
        async run(trx) {
          const value = await change(trx)
          return () => resolve(value)
        },
        reject,
      })
      this.#running ??= this.#run()
    })
  }

  statistics(): { commits: number; changes: number; waiting: number } {
    return { commits: this.#commits, changes: this.#changes, waiting: this.#waiting.length }
  }

  async drained(): Promise<void> {
    await this.#running
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      await this.#gather()
      await this.#commitTogether(this.#waiting.splice(0, changesPerCommitMax))
    }
    this.#running = undefined
  }

  /**
   * Turns of the event loop for as long as each brings another change: requests that are in the sockets, or being answered
   * from the last commit, join this one. A turn takes microseconds, a commit waits milliseconds for the disk.
   */
  async #gather(): Promise<void> {
    let before: number
    do {
      before = this.#waiting.length
      await new Promise(setImmediate)
    } while (this.#waiting.length > before && before < changesPerCommitMax)
  }

  async #commitTogether(jobs: readonly Job[]): Promise<void> {
    const settle: (() => void)[] = []
    const counts = new Map<string, number>()
    try {
      this.#connection.exec('BEGIN IMMEDIATE')
      const [first] = jobs
      if (first && jobs.length === 1) settle.push(await this.#runAlone(first, counts))
      else for (const job of jobs) settle.push(await this.#runBeside(job, counts))
      await applyCounts(this.#db, counts, 1)
      stampCommit(this.#connection)
      this.#connection.exec('COMMIT')
      this.#commits++
      this.#lastWrite.succeeded()
    } catch (error) {
      if (this.#connection.isTransaction) this.#connection.exec('ROLLBACK')
      const failure = sqliteFailure(error)
      this.#lastWrite.failed(failure)
      for (const job of jobs) job.reject(failure)
      return
    }
    for (const done of settle) done()
  }

  /** @returns what to do once the commit is durable, success or not: an error may rest on what a neighbour wrote */
  async #runBeside(job: Job, counts: Map<string, number>): Promise<() => void> {
    this.#connection.exec('SAVEPOINT change')
    try {
      const settle = await this.#runAlone(job, counts)
      this.#connection.exec('RELEASE change')
      return settle
    } catch (error) {
      // SQLite itself rolled the whole transaction back, as after a full disk.
      if (!this.#connection.isTransaction) throw error
      this.#connection.exec('ROLLBACK TO change; RELEASE change')
      return () => job.reject(error)
    }
  }

  async #runAlone(job: Job, counts: Map<string, number>): Promise<() => void> {
    const trx = new PendingChange(this.#db, this.#hints)
    const resolve = await job.run(trx)
    for (const [scope, by] of trx.counts) counts.set(scope, (counts.get(scope) ?? 0) + by)
    return () => {
      this.#changes++
      trx.committed()
      resolve()
    }
  }
}

export function kyselyOver(database: DatabaseSync): Db {
  const connection = new EmbeddedConnection(database)
  const dialect: Dialect = {
    createAdapter: () => new EmbeddedAdapter(),
    createDriver: () => new EmbeddedDriver(database, connection),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  }
  const db = new Kysely<Tables>({ dialect })
  rememberDialect(db, 'sqlite', (query) => connection.executeQuery(query))
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

  constructor(connection: DatabaseSync, only: EmbeddedConnection) {
    this.#connection = connection
    this.#only = only
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
      stampCommit(this.#connection)
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

class EmbeddedConnection implements DatabaseConnection {
  readonly #connection: DatabaseSync
  readonly #statements = new BoundedMap<string, { statement: StatementSync; answersRows: boolean }>(
    statementsMax,
  )

  constructor(connection: DatabaseSync) {
    this.#connection = connection
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const parameters = query.parameters as SQLInputValue[]
    return inSqlite(() => {
      const { statement, answersRows } = this.#prepare(query.sql)
      if (answersRows) return { rows: statement.all(...parameters) as R[] }
      const { changes } = statement.run(...parameters)
      return { rows: [], numAffectedRows: BigInt(changes) }
    })
  }

  /** A statement left open would hold every other read of this connection on its old snapshot: read by pages instead. */
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    yield await Promise.reject(new Error('The embedded database does not stream; read page by page.'))
  }

  #prepare(sql: string) {
    const known = this.#statements.get(sql)
    if (known) return known
    const statement = this.#connection.prepare(sql)
    const prepared = { statement, answersRows: statement.columns().length > 0 }
    this.#statements.set(sql, prepared)
    return prepared
  }
}
