import { setTimeout as pause } from 'node:timers/promises'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import type { Log } from '../lib/log.ts'
import { applyCounts } from './counters.ts'
import type { Database, Db } from './database.ts'
import { gaveWay, rememberDialect } from './dialect.ts'
import { Hints } from './hints.ts'
import { PendingChange } from './pending.ts'
import { hintsBetweenProcesses } from './postgres-hints.ts'
import type { Tables } from './tables.ts'

const connectionsMax = 20
const connectTimeoutMs = 5_000
const statementTimeoutMs = 30_000
const counterSlots = 8
const triesMax = 8
/** The longest pause before the second try; it doubles with each. */
const firstPauseMs = 10

/** PostgreSQL behind a pool; each change is a transaction of its own. */
export function openPostgres(url: string, log: Log): Database {
  const pool = new pg.Pool({
    connectionString: url,
    max: connectionsMax,
    connectionTimeoutMillis: connectTimeoutMs,
    statement_timeout: statementTimeoutMs,
    application_name: 'comserv',
    types: { getTypeParser: typeParser },
  })
  // An idle connection that breaks is replaced at its next use; without a listener it would end the process.
  pool.on('error', (error) => log.warn({ reason: error.message }, 'an idle database connection was lost'))
  const read: Db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
  rememberDialect(read, 'postgres')
  const hints = new Hints(hintsBetweenProcesses(url, pool, log))
  let commits = 0
  return {
    dialect: 'postgres',
    wasFree: false,
    read,
    // Every connection is a process of its own there.
    search: () => read,
    migrating: read,
    async write(change) {
      for (let tries = 1; ; tries++) {
        try {
          const { value, pending } = await read.transaction().execute(async (db) => {
            rememberDialect(db, 'postgres')
            const pending = new PendingChange(db, hints)
            const value = await change(pending)
            await applyCounts(db, pending.counts, counterSlots)
            return { value, pending }
          })
          commits++
          pending.committed()
          return value
        } catch (error) {
          if (!gaveWay(error) || tries === triesMax) throw error
          // Of a random length: two changes that stood in each other's way must not meet again.
          await pause(Math.random() * firstPauseMs * 2 ** (tries - 1))
        }
      }
    },
    hints,
    statistics: () => ({
      commits,
      changes: commits,
      waiting: pool.waitingCount,
      connections: { busy: pool.totalCount - pool.idleCount, idle: pool.idleCount },
    }),
    async close() {
      await hints.close()
      await read.destroy()
    },
  }
}

const int8 = 20
const numeric = 1700

/** Ids and counts come as numbers: none of them reaches 2^53. */
const typeParser = ((oid: number, format?: 'text') =>
  oid === int8 || oid === numeric
    ? Number
    : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser
