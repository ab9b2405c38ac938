import { setTimeout as pause } from 'node:timers/promises'
import { AppError } from '../api/errors.ts'
import type { Context } from '../context.ts'
import { DatabaseUnavailable } from '../db/failure.ts'
import { pendingMigrations } from '../db/migrate.ts'
import { onBehalfOfAll } from '../lib/caller.ts'

/** However many checks arrive, the database is queried at most twice a second. */
const freshForMs = 500
/** Health checks need a quick result; a database that takes longer cannot serve requests. */
const timeoutMs = 3_000

type Dependencies = Pick<Context, 'database' | 'log'>

/** Whether this process can serve: the database is reachable, can be written to, and has the tables of this version. */
export class Readiness {
  readonly #context: Dependencies
  #checking: Promise<void> | undefined
  /** The query under way: it is shared, because new ones would pile up behind a hanging database. */
  #asking: Promise<AppError | undefined> | undefined
  #checkedAtMs = Number.NEGATIVE_INFINITY
  #problem: AppError | undefined
  #hasCurrentTables = false

  constructor(dependencies: Dependencies) {
    this.#context = dependencies
  }

  /** The reason when it cannot; undefined when it can. */
  async problem(): Promise<AppError | undefined> {
    if (performance.now() - this.#checkedAtMs > freshForMs) {
      this.#checking ??= onBehalfOfAll(() => this.#check()).finally(() => {
        this.#checking = undefined
      })
      await this.#checking
    }
    return this.#problem
  }

  async #check(): Promise<void> {
    const { log } = this.#context
    const problem = await this.#look().catch((error: unknown) => asAppError(error))
    if (problem && !this.#problem) log.warn({ reason: reasonOf(problem) }, 'not ready')
    if (!problem && this.#problem) log.info('ready again')
    // After a failure the tables may differ: those of a backup, or of another server.
    if (problem) this.#hasCurrentTables = false
    this.#problem = problem
    this.#checkedAtMs = performance.now()
  }

  async #look(): Promise<AppError | undefined> {
    const done = new AbortController()
    const overdue = pause(timeoutMs, undefined, { signal: done.signal }).then(() => {
      throw new DatabaseUnavailable('timeout')
    })
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined
    })
    try {
      return await Promise.race([overdue, this.#asking])
    } finally {
      done.abort()
      overdue.catch(() => undefined)
    }
  }

  async #ask(): Promise<AppError | undefined> {
    const { database } = this.#context
    await database.probe()
    this.#hasCurrentTables ||= (await pendingMigrations(database)).length === 0
    return this.#hasCurrentTables
      ? undefined
      : unavailable('The tables are not up to date: run `comserv migrate`.', 5, undefined)
  }
}

function asAppError(error: unknown): AppError {
  if (error instanceof DatabaseUnavailable) return unavailable(error.details, error.retryAfterSeconds, error)
  return unavailable('The database does not respond.', 5, error)
}

function unavailable(details: string, retryAfterSeconds: number, cause: unknown): AppError {
  const headers = { 'retry-after': String(retryAfterSeconds) }
  return new AppError('service_unavailable', details, { headers, cause })
}

function reasonOf({ cause, details }: AppError): string {
  return cause instanceof Error ? cause.message : details
}
