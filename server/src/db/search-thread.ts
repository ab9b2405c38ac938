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
import type { Db } from './database.ts'
import { rememberDialect } from './dialect.ts'
import type { Question, Reply } from './search-worker.ts'
import type { Tables } from './tables.ts'

/**
 * Where the embedded database runs queries that cost what they find. Every other one is done in microseconds, so they run
 * where requests are answered; a search for a word that 200,000 documents hold takes a third of a second, and everybody
 * would wait for it. The thread begins with the first search and goes on until it is closed.
 */
export interface SearchThread {
  db: Db
  close(): Promise<void>
}

interface Waiting {
  resolve(rows: unknown[]): void
  reject(error: Error): void
}

export function searchThread(file: string, timeoutMs: number): SearchThread {
  const waiting = new Map<number, Waiting>()
  let worker: Worker | undefined
  let asked = 0

  function begin(): Worker {
    const begun = new Worker(new URL('./search-worker.ts', import.meta.url), {
      workerData: { file, timeoutMs },
    })
    begun.on('message', settle)
    begun.on('error', (error) => giveUp(begun, error))
    begun.on('exit', () => giveUp(begun, new Error('The thread for searches has ended.')))
    return begun
  }

  function settle(reply: Reply): void {
    const one = waiting.get(reply.id)
    waiting.delete(reply.id)
    // An idle thread does not keep the process alive.
    if (waiting.size === 0) worker?.unref()
    if ('rows' in reply) one?.resolve(reply.rows)
    else one?.reject(new Error(reply.error))
  }

  /** The next search begins another one. */
  function giveUp(ended: Worker, error: unknown): void {
    if (worker !== ended) return
    worker = undefined
    for (const one of waiting.values()) one.reject(error instanceof Error ? error : new Error(String(error)))
    waiting.clear()
  }

  function run<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    worker ??= begin()
    worker.ref()
    const question: Question = { id: ++asked, sql, parameters: parameters as SQLInputValue[] }
    return new Promise((resolve, reject) => {
      waiting.set(question.id, { resolve: (rows) => resolve({ rows: rows as R[] }), reject })
      worker?.postMessage(question)
    })
  }

  return {
    db: kyselyThrough(run),
    async close() {
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
