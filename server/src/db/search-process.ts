import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import type { SQLInputValue } from 'node:sqlite'
import {
  type CompiledQuery,
  type DatabaseConnection,
  Kysely,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
} from 'kysely'
import { type Caller, currentCaller } from '../lib/caller.ts'
import { type TurnBounds, Turns } from '../lib/turns.ts'
import type { DatabaseStatistics, Db } from './database.ts'
import { rememberDialect } from './dialect.ts'
import { DatabaseUnavailable } from './failure.ts'
import type { Question, Reply } from './search-worker.ts'
import { sqliteFailure } from './sqlite-failure.ts'
import { EmbeddedQueryCompiler } from './sqlite-queries.ts'
import type { Tables } from './tables.ts'

/** Counted in queries: a list runs two, for its page and its total. */
export const searchBounds: TurnBounds = {
  atOnceMax: 1,
  atOncePerCallerMax: 1,
  waitingMax: 1_000,
  waitingPerCallerMax: 200,
  waitMsMax: 30_000,
}

/** Equal to the statement timeout of PostgreSQL, see postgres-session.ts. */
const searchMsMax = 7_000
const tooLong =
  'The search took too long and was stopped; search for more words, or for rarer ones, or narrow the list with a filter.'

/**
 * Runs the queries of the embedded database whose cost grows with their matches. Others take microseconds, so they run
 * where requests are served; a search for a word in 200,000 documents takes a third of a second, and every caller would
 * wait for it. It is a process because a thread cannot be stopped inside SQLite: one that was terminated ran its query
 * for another 29 s, with a processor of its own, and delayed the exit of the server as long. The process starts with
 * the first search and gets one query at a time: waiting queries can still be counted here, withdrawn, and put behind
 * those of another caller.
 */
export interface SearchProcess {
  db(caller?: Caller): Db
  statistics(): Pick<DatabaseStatistics, 'waiting' | 'connections'>
  close(): Promise<void>
}

interface Asked {
  resolve(rows: unknown[]): void
  reject(error: unknown): void
}

/** @param msMax how long a query may run */
export function searchProcess(file: string, timeoutMs: number, msMax = searchMsMax): SearchProcess {
  const turns = new Turns('searches', searchBounds)
  let running: Asked | undefined
  let child: ChildProcess | undefined
  let isClosed = false

  const lose = (lost: ChildProcess, error?: Error) => giveUp(lost, new DatabaseUnavailable('stopping', error))

  function begin(): ChildProcess {
    const begun = forkWorker(file, timeoutMs, (error) => lose(begun, error))
    // An abandoned process may have replied at the last moment.
    begun.on('message', (reply) => child === begun && settle(reply as Reply))
    return begun
  }

  async function ask<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    if (isClosed) throw new DatabaseUnavailable('stopping')
    const question: Question = { sql, parameters: parameters as SQLInputValue[] }
    child ??= begin()
    const asked = child
    const overdue = setTimeout(() => giveUp(asked, stopped()), msMax)
    try {
      const rows = await new Promise<unknown[]>((resolve, reject) => {
        running = { resolve, reject }
        keepAlive(asked, true)
        asked.send(question, (error) => {
          if (error) lose(asked, error)
        })
      })
      return { rows: rows as R[] }
    } finally {
      clearTimeout(overdue)
    }
  }

  function settle({ rows, error, errcode }: Reply): void {
    const asked = running
    running = undefined
    if (child) keepAlive(child, false)
    if (rows) asked?.resolve(rows)
    else asked?.reject(sqliteFailure(Object.assign(new Error(error), { errcode })))
  }

  /** Kills the process, whatever it is doing; the next search starts another. */
  function giveUp(ended: ChildProcess, failure: DatabaseUnavailable): void {
    ended.kill('SIGKILL')
    if (child !== ended) return
    const lost = running
    child = undefined
    running = undefined
    lost?.reject(isClosed ? new DatabaseUnavailable('stopping', failure) : failure)
  }

  return {
    db: (caller = currentCaller()) => kyselyThrough((query) => turns.run(caller, () => ask(query))),
    statistics: () => ({
      waiting: turns.waiting,
      connections: { busy: turns.running, idle: (child ? 1 : 0) - turns.running },
    }),
    async close() {
      isClosed = true
      const last = child
      if (!last) return
      const ended = once(last, 'exit')
      lose(last)
      keepAlive(last, true)
      await ended
    },
  }
}

function stopped(): DatabaseUnavailable {
  return new DatabaseUnavailable('timeout', new Error('a search was stopped'), tooLong)
}

/** @param ended called when it could not be started, or has ended */
function forkWorker(file: string, timeoutMs: number, ended: (error: Error) => void): ChildProcess {
  const worker = fork(new URL('./search-worker.mjs', import.meta.url), [file, String(timeoutMs)], {
    // Found rows arrive as they are, bytes as bytes. The process needs nothing of the environment, some of which is secret.
    serialization: 'advanced',
    env: {},
    execArgv: [],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  worker.on('error', ended)
  worker.on('exit', (code, signal) => ended(new Error(`the search process ended (${signal ?? code})`)))
  return worker
}

/** An idle worker does not keep the server's process alive. */
function keepAlive(child: ChildProcess, isBusy: boolean): void {
  for (const one of [child, child.channel])
    if (isBusy) one?.ref()
    else one?.unref()
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
      createQueryCompiler: () => new EmbeddedQueryCompiler(),
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
