import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
  type TransactionSettings,
} from 'kysely'
import type pg from 'pg'
import type { Caller } from '../lib/caller.ts'
import { DatabaseUnavailable } from './failure.ts'
import { endsConnection, postgresFailure } from './postgres-failure.ts'
import type { PostgresPool } from './postgres-pool.ts'

/**
 * Kysely over a pool. Failures of the database itself are thrown as `DatabaseUnavailable`, and a connection on which
 * one happened is never reused, so that a broken transaction cannot leak into the next one.
 * @param caller the current one unless given
 */
export function pooledDialect(pool: PostgresPool, caller?: Caller): Dialect {
  return {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new PooledDriver(pool, caller),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  }
}

class PooledDriver implements Driver {
  readonly #pool: PostgresPool
  readonly #caller: Caller | undefined

  constructor(pool: PostgresPool, caller: Caller | undefined) {
    this.#pool = pool
    this.#caller = caller
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<PooledConnection> {
    return new PooledConnection(await this.#pool.acquire(this.#caller), this.#pool)
  }

  async beginTransaction(connection: PooledConnection, settings: TransactionSettings): Promise<void> {
    const level = settings.isolationLevel ? ` isolation level ${settings.isolationLevel}` : ''
    await connection.run(`begin${level}`, [], 'query')
    connection.isInTransaction = true
  }

  async commitTransaction(connection: PooledConnection): Promise<void> {
    const { command } = await connection.run('commit', [], 'commit')
    // This is how PostgreSQL ends a transaction in which a statement failed and nobody noticed.
    if (command === 'ROLLBACK')
      throw new Error('The transaction was rolled back because of an earlier error.')
  }

  async rollbackTransaction(connection: PooledConnection): Promise<void> {
    await connection.rollBack()
  }

  async releaseConnection(connection: PooledConnection): Promise<void> {
    this.#pool.release(connection.client, connection.isLost)
  }

  async destroy(): Promise<void> {
    await this.#pool.close()
  }
}

class PooledConnection implements DatabaseConnection {
  readonly client: pg.PoolClient
  readonly #pool: PostgresPool
  isLost = false
  isInTransaction = false

  constructor(client: pg.PoolClient, pool: PostgresPool) {
    this.client = client
    this.#pool = pool
  }

  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    const { command, rowCount, rows } = await this.run<R>(sql, parameters, 'query', this.#nameFor(sql))
    const changes = command === 'INSERT' || command === 'UPDATE' || command === 'DELETE'
    return changes ? { rows, numAffectedRows: BigInt(rowCount ?? 0) } : { rows }
  }

  async run<R>(
    sql: string,
    parameters: readonly unknown[],
    during: 'query' | 'commit',
    name?: string,
  ): Promise<Pick<pg.QueryResult, 'command' | 'rowCount'> & { rows: R[] }> {
    try {
      const values = parameters as unknown[]
      const { command, rowCount, rows } = await (name === undefined
        ? this.client.query(sql, values)
        : this.client.query({ name, text: sql, values }))
      return { command, rowCount, rows: (rows ?? []) as R[] }
    } catch (error) {
      if (name !== undefined && this.#pool.isStale(error) && !this.isInTransaction)
        return this.run(sql, parameters, during)
      const failure = postgresFailure(error, during)
      if (failure instanceof DatabaseUnavailable && endsConnection(failure)) this.isLost = true
      throw failure
    }
  }

  #nameFor(sql: string): string | undefined {
    return this.#pool.statements?.nameFor(this.client, sql)
  }

  /** Never fails: a connection that cannot roll back is dropped, which has the same effect. */
  async rollBack(): Promise<void> {
    if (this.isLost) return
    await this.client.query('rollback').catch(() => {
      this.isLost = true
    })
  }

  /** Reading page by page needs no cursor. */
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    yield await Promise.reject(new Error('The database is read page by page.'))
  }
}
