import { Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type pg from 'pg'
import { Crowded } from '../lib/bounded-queue.ts'
import { type Caller, currentCaller } from '../lib/caller.ts'
import { driver } from '../lib/loading.ts'
import type { Log } from '../lib/log.ts'
import { Turns } from '../lib/turns.ts'
import { DatabaseUnavailable } from './failure.ts'
import { postgresFailure } from './postgres-failure.ts'
import { connectTimeoutMs, type SessionLimits, sessionSettings } from './postgres-session.ts'
import type { PostgresStatements } from './postgres-statements.ts'

/** How long a caller waits for a connection: while some become free, and while none does. */
const waitMs = 8_000
const stallMs = 3_000
const waitingMax = 1_000
const waitingPerCallerMax = 500
/** Of the connections: no caller holds all of them. */
const shareOfCaller = 0.75
/** How long a close waits for running queries; connections that are left then are cut. */
const closeTimeoutMs = 2_000
/** Pause between two attempts when the server allows no more connections. */
const crowdedPauseMs = 50

interface PoolOptions {
  url: string
  log: Log
  name: string
  connectionsMax: number
  limits: SessionLimits
  /** Undefined where each statement is sent whole, and planned for its values. */
  statements?: PostgresStatements | undefined
  /** A connection broke while it was in use. */
  onLost(): void
}

/** Reused connections to PostgreSQL: a bounded number, a bounded queue, and a timeout for every wait. */
export class PostgresPool {
  readonly statements: PostgresStatements | undefined
  readonly #pool: pg.Pool
  readonly #onLost: () => void
  readonly #turns: Turns
  readonly #ends = new WeakMap<pg.PoolClient, () => void>()
  readonly #sockets = new Set<Socket>()
  /** How often the pool had been renewed when each connection was opened. */
  readonly #openedAt = new WeakMap<pg.Client, number>()
  #renewals = 0
  #closing: Promise<void> | undefined

  constructor({ url, log, name, connectionsMax, limits, statements, onLost }: PoolOptions) {
    this.statements = statements
    this.#onLost = onLost
    const settings = { text: sessionSettings(limits), query_timeout: connectTimeoutMs }
    this.#turns = new Turns('requests to the database', {
      atOnceMax: connectionsMax,
      atOncePerCallerMax: Math.ceil(connectionsMax * shareOfCaller),
      waitingMax,
      waitingPerCallerMax,
      waitMsMax: waitMs,
      stallMsMax: stallMs,
    })
    this.#pool = new (driver().Pool)({
      connectionString: url,
      max: connectionsMax,
      connectionTimeoutMillis: connectTimeoutMs,
      ...(limits.queryMs > 0 ? { query_timeout: limits.queryMs } : {}),
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      application_name: name,
      types: { getTypeParser: typeParser },
      stream: () => this.#socket(),
      onConnect: (client) => client.query(settings),
    })
    // Without a listener, a broken connection would end the process: the pool listens to the idle ones, this to those
    // in use or being opened. The user of one gets the error of its query.
    this.#pool.on('connect', (client) => {
      client.on('error', () => undefined)
      this.#openedAt.set(client, this.#renewals)
    })
    this.#pool.on('error', (error) =>
      log.warn({ reason: error.message }, 'an idle database connection was lost'),
    )
  }

  /** Callers take turns. @throws DatabaseUnavailable */
  async acquire(caller: Caller = currentCaller()): Promise<pg.PoolClient> {
    const end = await this.#turns.take(caller).catch((error: unknown) => {
      throw error instanceof Crowded ? new DatabaseUnavailable('busy', error) : error
    })
    try {
      const client = await this.#connect()
      if (this.statements?.arePlansOld(client)) await this.#discardPlans(client)
      this.#ends.set(client, end)
      return client
    } catch (error) {
      end()
      throw error
    }
  }

  /** @param isLost the connection is unusable: it is closed, which ends its transaction */
  release(client: pg.PoolClient, isLost: boolean): void {
    if (isLost && !this.#isOutdated(client)) this.#onLost()
    client.release(isLost || this.#isOutdated(client) || this.statements?.isFull(client))
    this.#ends.get(client)?.()
  }

  /** Whether a named statement failed that can succeed unnamed; what other connections hold is stale as well. */
  isStale(error: unknown): boolean {
    if (!this.statements?.failedAsStale(error)) return false
    this.renew()
    return true
  }

  /** Retires all open connections: one was lost, and the others lead to the same server. */
  renew(): void {
    this.#renewals++
  }

  statistics() {
    const busy = this.#turns.running
    return { waiting: this.#turns.waiting, busy, idle: Math.max(0, this.#pool.totalCount - busy) }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    const closed = new AbortController()
    const overdue = pause(closeTimeoutMs, undefined, { signal: closed.signal }).catch(() => undefined)
    await Promise.race([this.#pool.end(), overdue])
    closed.abort()
    // Connections that the server does not confirm closed would keep the process alive for minutes.
    for (const socket of this.#sockets) socket.destroy()
  }

  /** Makes do with the connections it has when the server allows fewer than the pool may open. */
  async #connect(): Promise<pg.PoolClient> {
    const until = performance.now() + stallMs
    for (;;) {
      if (this.#closing) throw new DatabaseUnavailable('stopping')
      try {
        const client = await this.#pool.connect()
        if (!this.#isOutdated(client)) return client
        client.release(true)
        if (performance.now() > until) throw new DatabaseUnavailable('unreachable')
      } catch (error) {
        const failure = postgresFailure(error, 'connect')
        const mayFreeOne =
          failure instanceof DatabaseUnavailable && failure.reason === 'busy' && this.#pool.totalCount > 0
        if (!mayFreeOne || performance.now() > until) throw failure
        await pause(crowdedPauseMs)
      }
    }
  }

  /** So that each statement is planned anew for the tables as they are now. */
  async #discardPlans(client: pg.PoolClient): Promise<void> {
    try {
      await client.query('discard plans')
    } catch (error) {
      client.release(true)
      throw postgresFailure(error, 'connect')
    }
  }

  #isOutdated(client: pg.Client): boolean {
    return this.#openedAt.get(client) !== this.#renewals
  }

  #socket(): Socket {
    const socket = new Socket()
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
    return socket
  }
}

const int8 = 20
const numeric = 1700

/** Ids and counts are parsed as numbers: none of them reaches 2^53. */
const typeParser = ((oid: number, format?: 'text') =>
  oid === int8 || oid === numeric
    ? Number
    : driver().types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser
