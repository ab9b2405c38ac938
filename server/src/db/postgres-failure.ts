import type pg from 'pg'
import { driver } from '../lib/loading.ts'
import { DatabaseUnavailable, type FailureReason } from './failure.ts'

/** SQLSTATE by its longest known beginning (https://www.postgresql.org/docs/current/errcodes-appendix.html). */
const reasonOf: Readonly<Record<string, FailureReason>> = {
  '08': 'unreachable',
  '25006': 'read_only', // of a standby, or by default_transaction_read_only
  '25P03': 'timeout', // idle_in_transaction_session_timeout
  '25P04': 'timeout', // transaction_timeout
  '28': 'refused', // user or password
  '3D000': 'refused', // no such database
  '40': 'locked', // serialization failure, deadlock: gave way too often
  '53': 'busy', // too many connections, out of memory
  '53100': 'full',
  '55P03': 'locked', // lock_timeout
  '57014': 'timeout', // statement_timeout
  '57P': 'stopping', // shutting down, crashed
  '57P03': 'starting',
  '58': 'io',
  XX001: 'damaged',
  XX002: 'damaged',
}

/**
 * Converts what pg threw: to a failure of the database, or to the error of the query as it was.
 * @param during the current step; a connection that is lost after a commit was sent leaves its outcome unknown
 */
export function postgresFailure(error: unknown, during: 'connect' | 'query' | 'commit'): unknown {
  if (error instanceof DatabaseUnavailable) return error
  if (error instanceof driver().DatabaseError) {
    const reason = isShuttingDown(error) ? 'stopping' : reasonOfState(error.code ?? '')
    if (reason === 'stopping' && during === 'commit') return new DatabaseUnavailable('outcome_unknown', error)
    if (reason) return new DatabaseUnavailable(reason, error)
    return during === 'connect' ? new DatabaseUnavailable('refused', error) : error
  }
  // A bug of ours: a parameter that pg cannot write.
  if (error instanceof TypeError || error instanceof RangeError) return error
  if (during === 'commit') return new DatabaseUnavailable('outcome_unknown', error)
  const isTimeout = /time ?out/i.test(error instanceof Error ? error.message : '')
  return new DatabaseUnavailable(isTimeout && during === 'query' ? 'timeout' : 'unreachable', error)
}

/**
 * Whether the connection is unusable afterwards: not when the server only gave up one statement, such as one that waited too
 * long for a lock. A server that has become read-only may have been replaced by another, which a new connection reaches.
 */
export function endsConnection({ reason, cause }: DatabaseUnavailable): boolean {
  if (!(cause instanceof driver().DatabaseError)) return true
  return reason === 'read_only' || /^(08|57P|25P0[34])/.test(cause.code ?? '')
}

/** Refuses connections under the same state as a server that is starting. */
function isShuttingDown({ code, message }: pg.DatabaseError): boolean {
  return code === '57P03' && message.includes('shutting down')
}

function reasonOfState(state: string): FailureReason | undefined {
  for (let length = state.length; length >= 2; length--) {
    const reason = reasonOf[state.slice(0, length)]
    if (reason) return reason
  }
  return undefined
}

/**
 * Whether a prepared statement is unknown to the session (26000), was prepared there by somebody else (42P05), or returns
 * other columns since a migration, which the server notices in this routine.
 */
export function isStaleStatement(error: unknown): error is pg.DatabaseError {
  if (!(error instanceof driver().DatabaseError)) return false
  const { code, routine } = error
  return code === '26000' || code === '42P05' || (code === '0A000' && routine === 'RevalidateCachedQuery')
}
