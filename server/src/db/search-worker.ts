import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'
import { BoundedMap } from '../lib/bounded-map.ts'

const statementsMax = 100

/** The other side of `search-thread.ts`: runs one query after the other on a connection that only reads. */
export interface Question {
  sql: string
  parameters: readonly SQLInputValue[]
}

export type Reply = { rows: unknown[] } | { error: string; errcode: number | undefined }

const { file, timeoutMs } = workerData as { file: string; timeoutMs: number }
const connection = new DatabaseSync(file, { timeout: timeoutMs, readOnly: true })
connection.exec('PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16000')
const statements = new BoundedMap<string, StatementSync>(statementsMax)

parentPort?.on('message', (question: Question) => parentPort?.postMessage(replyTo(question)))

function replyTo({ sql, parameters }: Question): Reply {
  try {
    let statement = statements.get(sql)
    if (!statement) {
      statement = connection.prepare(sql)
      statements.set(sql, statement)
    }
    return { rows: statement.all(...parameters) }
  } catch (error) {
    // An error loses its own fields on the way between two threads.
    const { message, errcode } = error as Error & { errcode?: number }
    return { error: message, errcode }
  }
}
