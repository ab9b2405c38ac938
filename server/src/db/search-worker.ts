import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { BoundedMap } from '../lib/bounded-map.ts'

const statementsMax = 100

/** The other side of `search-process.ts`: runs one query after the other on a connection that only reads. */
export interface Question {
  sql: string
  parameters: readonly SQLInputValue[]
}

/** Rows, or an error. */
export interface Reply {
  rows?: unknown[]
  error?: string
  errcode?: number | undefined
}

const [, , file = '', timeoutMs] = process.argv
// Ctrl-C and a service manager signal all processes of a server; this one ends when the server no longer needs it.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined)
process.on('disconnect', () => process.exit())

const statements = new BoundedMap<string, StatementSync>(statementsMax)
let connection: DatabaseSync | undefined

process.on('message', (question: Question) => {
  process.send?.(replyTo(question))
})

function replyTo({ sql, parameters }: Question): Reply {
  try {
    return { rows: prepare(sql).all(...parameters) }
  } catch (error) {
    // An error loses its own fields between two processes.
    const { message, errcode } = error as Error & { errcode?: number }
    return { error: message, errcode }
  }
}

function prepare(sql: string): StatementSync {
  const known = statements.get(sql)
  if (known) return known
  connection ??= connect()
  const statement = connection.prepare(sql)
  statements.set(sql, statement)
  return statement
}

function connect(): DatabaseSync {
  const opened = new DatabaseSync(file, { timeout: Number(timeoutMs), readOnly: true })
  opened.exec('PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16000')
  return opened
}
