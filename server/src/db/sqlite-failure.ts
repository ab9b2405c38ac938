import { DatabaseUnavailable, type FailureReason } from './failure.ts'

/** Result codes of SQLite (https://sqlite.org/rescode.html); an extended code holds one of them in its lowest byte. */
const reasonOf: Readonly<Record<number, FailureReason>> = {
  5: 'locked', // SQLITE_BUSY: another process
  6: 'locked', // SQLITE_LOCKED: another connection of this one
  7: 'io', // SQLITE_NOMEM
  8: 'read_only',
  10: 'io',
  11: 'damaged', // SQLITE_CORRUPT
  13: 'full',
  14: 'unreachable', // SQLITE_CANTOPEN
  15: 'locked', // SQLITE_PROTOCOL: the locks of the write-ahead log
  26: 'damaged', // SQLITE_NOTADB
}

/** Converts what node:sqlite threw: to a failure of the database, or to the error of the query as it was. */
export function sqliteFailure(error: unknown): unknown {
  if (error instanceof DatabaseUnavailable) return error
  const { code, errcode } = error as { code?: string; errcode?: number }
  // The connection was closed: this process is stopping.
  if (code === 'ERR_INVALID_STATE') return new DatabaseUnavailable('stopping', error)
  const reason = errcode === undefined ? undefined : reasonOf[errcode & 0xff]
  return reason ? new DatabaseUnavailable(reason, error) : error
}

/** Runs a call of node:sqlite and converts its errors. */
export function inSqlite<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw sqliteFailure(error)
  }
}
