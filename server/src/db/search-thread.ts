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
import type { DatabaseStatistics, Db } from './database.ts'
import { rememberDialect } from './dialect.ts'
import { DatabaseUnavailable } from './failure.ts'
import type { Question, Reply } from './search-worker.ts'
import { sqliteFailure } from './sqlite-failure.ts'
import type { Tables } from './tables.ts'

/** Queries that wait for the thread; a list asks two, its page and its total. More are turned away. */
export const queriesWaitingMax = 1_000

/**
 * Where the embedded database runs queries that cost what they find. Every other one is done in microseconds, so they run
 * where requests are answered; a search for a word that 200,000 documents hold takes a third of a second, and everybody
 * would wait for it. The thread begins with the first search and goes on until it is closed. It is given one query at a
 * time: what waits can still be counted here, and withdrawn.
 */
export interface SearchThread {
  /** @param gone aborted when nobody wants the answer any more: what has not begun by then does not run */
  db(gone?: AbortSignal): Db
  statistics(): Pick<DatabaseStatistics, 'waiting' | 'connections'>
  close(): Promise<void>
}

interface Asked {
  question: Question
  resolve(rows: unknown[]): void
  reject(error: unknown): void
  /** From now on the answer is wanted, whoever goes away. */
  keep(): void
}

export function searchThread(file: string, timeoutMs: number): SearchThread {
  let waiting: Asked[] = []
  let running: Asked | undefined
  let worker: Worker | undefined

  function begin(): Worker {
    const begun = new Worker(new URL('./search-worker.ts', import.meta.url), {
      workerData: { file, timeoutMs },
    })
    begun.on('message', settle)
    begun.on('error', (error) => giveUp(begun, error))
    begun.on('exit', () => giveUp(begun, new Error('The thread for searches has ended.')))
    return begun
  }

  function run<R>({ sql, parameters }: CompiledQuery, gone?: AbortSignal): Promise<QueryResult<R>> {
    return new Promise((resolve, reject) => {
      if (gone?.aborted) return reject(gone.reason)
      if (waiting.length >= queriesWaitingMax) {
        return reject(new DatabaseUnavailable('busy', undefined, 'Too many searches are being run at once.'))
      }
      const withdraw = () => {
        waiting = waiting.filter((one) => one !== asked)
        reject(gone?.reason)
      }
      const asked: Asked = {
        question: { sql, parameters: parameters as SQLInputValue[] },
        resolve: (rows) => resolve({ rows: rows as R[] }),
        reject,
        keep: () => gone?.removeEventListener('abort', withdraw),
      }
      gone?.addEventListener('abort', withdraw)
      waiting.push(asked)
      runNext()
    })
  }

  function runNext(): void {
    if (running) return
    running = waiting.shift()
    // An idle thread does not keep the process alive.
    if (!running) {
      worker?.unref()
      return
    }
    running.keep()
    worker ??= begin()
    worker.ref()
    worker.postMessage(running.question)
  }

  function settle(reply: Reply): void {
    const asked = running
    running = undefined
    if ('rows' in reply) asked?.resolve(reply.rows)
    else asked?.reject(sqliteFailure(Object.assign(new Error(reply.error), { errcode: reply.errcode })))
    runNext()
  }

  /** The next search begins another one. */
  function giveUp(ended: Worker, error: unknown): void {
    if (worker !== ended) return
    const lost = running ? [running, ...waiting] : waiting
    worker = undefined
    running = undefined
    waiting = []
    for (const asked of lost) {
      asked.keep()
      asked.reject(error instanceof Error ? error : new Error(String(error)))
    }
  }

  return {
    db: (gone) => kyselyThrough((query) => run(query, gone)),
    statistics() {
      const open = worker ? 1 : 0
      const busy = running ? 1 : 0
      return { waiting: waiting.length, connections: { busy, idle: open - busy } }
    },
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
