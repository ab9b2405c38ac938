import { setTimeout as pause } from 'node:timers/promises'
import { Kysely, sql } from 'kysely'
import { type Caller, currentCaller } from '../lib/caller.ts'
import type { Log } from '../lib/log.ts'
import { applyCounts } from './counters.ts'
import type { Change, Database, Db } from './database.ts'
import { gaveWay, rememberDialect } from './dialect.ts'
import { DatabaseUnavailable } from './failure.ts'
import { Hints } from './hints.ts'
import { LastWrite } from './last-write.ts'
import { followUpFailed, PendingChange } from './pending.ts'
import { pooledDialect } from './postgres-driver.ts'
import { isStaleStatement } from './postgres-failure.ts'
import { hintsBetweenProcesses } from './postgres-hints.ts'
import { PostgresPool } from './postgres-pool.ts'
import { probePostgres } from './postgres-probe.ts'
import { migratingLimits, type SessionLimits, servingLimits } from './postgres-session.ts'
import { PostgresStatements } from './postgres-statements.ts'
import { Subjects } from './subjects.ts'
import type { Tables } from './tables.ts'

/**
 * Changes that wait for each other do not hold up reads, and searches, whose cost grows with their matches, do not hold up other reads. With
 * the connections for hints, the probe and migrations that is 24, so that four processes fit into the 100 connections that PostgreSQL allows.
 */
const writingMax = 10
const readingMax = 6
const searchingMax = 4
const migratingMax = 2
const counterSlots = 8
const triesMax = 8
/** The longest pause before the first retry; it doubles with each. */
const firstPauseMs = 10

/** PostgreSQL behind pools; each change is a transaction of its own. */
export function openPostgres(url: string, log: Log): Database {
  const { pools, onLost, writing, read, searches, migrating, probing } = openPools(url, log)
  const hints = new Hints(hintsBetweenProcesses(url, log))
  const lastWrite = new LastWrite()
  const subjects = new Subjects()
  let commits = 0
  return {
    dialect: 'postgres',
    wasFree: false,
    read,
    // Asking takes a round trip, as reading does.
    revision: () => undefined,
    search: (caller = currentCaller()) => kyselyOver(searches, caller),
    migrating,
    async write(change) {
      for (let tries = 1; ; tries++) {
        try {
          const { value, pending } = await inTransaction(writing, hints, subjects, change)
          commits++
          lastWrite.succeeded()
          pending.committed(followUpFailed(log))
          return value
        } catch (error) {
          lastWrite.failed(error)
          if (!(gaveWay(error) || isStaleStatement(error)) || tries === triesMax) throw error
          // Of random length: two conflicting changes must not meet again.
          await pause(Math.random() * firstPauseMs * 2 ** (tries - 1))
        }
      }
    },
    async probe() {
      try {
        await probePostgres(probing, lastWrite)
      } catch (error) {
        // A server that was replaced behind the same address still responds on its open connections.
        if (error instanceof DatabaseUnavailable && error.reason === 'read_only') onLost()
        throw error
      }
    },
    hints,
    subjects,
    statistics() {
      const each = pools.map((pool) => pool.statistics())
      const sum = (of: 'waiting' | 'busy' | 'idle') => each.reduce((total, pool) => total + pool[of], 0)
      return {
        commits,
        changes: commits,
        waiting: sum('waiting'),
        connections: { busy: sum('busy'), idle: sum('idle') },
      }
    },
    scrub: () => vacuum(migrating),
    async close() {
      await Promise.all([hints.close(), ...pools.map((pool) => pool.close())])
    },
  }
}

function openPools(url: string, log: Log) {
  const pools: PostgresPool[] = []
  const statements = new PostgresStatements(log)
  const onLost = () => {
    for (const pool of pools) pool.renew()
  }
  const open = (
    name: string,
    connectionsMax: number,
    { limits = servingLimits, ...more }: { limits?: SessionLimits; statements?: PostgresStatements } = {},
  ) => {
    const pool = new PostgresPool({
      url,
      log,
      name: `comserv ${name}`,
      connectionsMax,
      limits,
      onLost,
      ...more,
    })
    pools.push(pool)
    return pool
  }
  return {
    pools,
    onLost,
    writing: kyselyOver(open('writes', writingMax, { statements })),
    read: kyselyOver(open('reads', readingMax, { statements })),
    // A search for a rare word needs another plan than one for a frequent word.
    searches: open('searches', searchingMax),
    migrating: kyselyOver(open('migrations', migratingMax, { limits: migratingLimits })),
    probing: kyselyOver(open('probe', 1)),
  }
}

/** The tables that an erasure deletes or overwrites rows of. */
const erasedTables = [
  ...['users', 'sessions', 'subject_keys', 'idempotency_keys', 'one_time_links', 'mails'],
  ...['credentials', 'webhooks', 'webhook_secrets', 'totp_secrets', 'recovery_codes', 'sign_ins'],
  'passkeys',
]

/** Frees the space of dead rows, which PostgreSQL then writes over; it does not lock out anybody. */
async function vacuum(db: Db): Promise<boolean> {
  for (const table of erasedTables) await sql`vacuum ${sql.table(table)}`.execute(db)
  return true
}

function inTransaction<T>(writing: Db, hints: Hints, subjects: Subjects, change: Change<T>) {
  return writing.transaction().execute(async (db) => {
    rememberDialect(db, 'postgres')
    const pending = new PendingChange(db, hints, subjects)
    const value = await change(pending)
    await applyCounts(db, pending.counts, counterSlots)
    return { value, pending }
  })
}

function kyselyOver(pool: PostgresPool, caller?: Caller): Db {
  const db: Db = new Kysely<Tables>({ dialect: pooledDialect(pool, caller) })
  rememberDialect(db, 'postgres')
  return db
}
