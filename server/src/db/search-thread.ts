import type { SQLInputValue } from 'node:sqlite'
import { Worker } from 'node:worker_threads'
import {
  type CompiledQuery,
  type DatabaseConnection,
  Kysely,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'
import { type Caller, currentCaller } from '../lib/caller.ts'
import { type TurnBounds, Turns } from '../lib/turns.ts'
import type { DatabaseStatistics, Db } from './database.ts'
import { rememberDialect } from './dialect.ts'
import { DatabaseUnavailable } from './failure.ts'
import type { Question, Reply } from './search-worker.ts'
import { sqliteFailure } from './sqlite-failure.ts'
import type { Tables } from './tables.ts'

/** In queries: a list asks two, its page and its total. */
export const searchBounds: TurnBounds = {
  atOnceMax: 1,
  atOncePerCallerMax: 1,
  waitingMax: 1_000,
  waitingPerCallerMax: 200,
  waitMsMax: 30_000,
}

/**
 * Where the embedded database runs queries that cost what they find. Every other one is done in microseconds, so they run
 * where requests are answered; a search for a word that 200,000 documents hold takes a third of a second, and everybody
 * would wait for it. The thread begins with the first search and goes on until it is closed. It is given one query at a
 * time: what waits can still be counted here, withdrawn, and put behind the query of another caller.
 */
export interface SearchThread {
  db(caller?: Caller): Db
  statistics(): Pick<DatabaseStatistics, 'waiting' | 'connections'>
  close(): Promise<void>
}

interface Asked {
  resolve(rows: unknown[]): void
  reject(error: unknown): void
}

export function searchThread(file: string, timeoutMs: number): SearchThread {
  const turns = new Turns('searches', searchBounds)
  let running: Asked | undefined
  let worker: Worker | undefined
  let isClosed = false

  function begin(): Worker {
    const begun = new Worker(new URL('./search-worker.ts', import.meta.url), {
      workerData: { file, timeoutMs },
    })
    begun.on('message', settle)
    begun.on('error', (error) => giveUp(begun, error))
    begun.on('exit', () => giveUp(begun))
    return begun
  }

  async function ask<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    if (isClosed) throw new DatabaseUnavailable('stopping')
    const question: Question = { sql, parameters: parameters as SQLInputValue[] }
    const rows = await new Promise<unknown[]>((resolve, reject) => {
      running = { resolve, reject }
      worker ??= begin()
      worker.ref()
      worker.postMessage(question)
    })
    return { rows: rows as R[] }
  }

  function settle(reply: Reply): void {
    const asked = running
    running = undefined
    // An idle thread does not keep the process alive.
    worker?.unref()
    if ('rows' in reply) asked?.resolve(reply.rows)
    else asked?.reject(sqliteFailure(Object.assign(new Error(reply.error), { errcode: reply.errcode })))
  }

  /** The next search begins another one. */
  function giveUp(ended: Worker, error?: unknown): void {
    if (worker !== ended) return
    const lost = running
    worker = undefined
    running = undefined
    lost?.reject(new DatabaseUnavailable(isClosed ? 'stopping' : 'io', error))
  }

  return {
    db: (caller = currentCaller()) => kyselyThrough((query) => turns.run(caller, () => ask(query))),
    statistics() {
      const open = worker ? 1 : 0
      return { waiting: turns.waiting, connections: { busy: turns.running, idle: open - turns.running } }
    },
    async close() {
      isClosed = true
      await worker?.terminate()
    },
  }
}

function kyselyThrough(run: <R>(query: CompiledQuery) => Promise<QueryResult<R>>): Db {
  const connection: DatabaseConnection = {
    executeQuery: run,
    async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
      yield await Promise.reject(new Error('The embedded database does not stream; read page by page.'))
    },
  }
  const refuse = () => Promise.reject(new Error('Searches read, outside of any transaction.'))
  const db = new Kysely<Tables>({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createIntrospector: (kysely) => new SqliteIntrospector(kysely),
      createQueryCompiler: () => new SqliteQueryCompiler(),
      createDriver: () => ({
        init: async () => {},
        acquireConnection: async () => connection,
        beginTransaction: refuse,
        commitTransaction: refuse,
        rollbackTransaction: refuse,
        releaseConnection: async () => {},
        destroy: async () => {},
      }),
    },
  })
  rememberDialect(db, 'sqlite', run)
  return db
}
