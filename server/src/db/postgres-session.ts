/**
 * All timeouts at PostgreSQL. A caller waits for a free connection (3 s when none becomes free, 8 s at most, see
 * postgres-pool.ts) and then for one query without a response: 11 s when nothing moves, 16 s at most. Locks of a frozen
 * or vanished process are released after 5 s, before those who wait for them give up.
 */
export interface SessionLimits {
  /** After that the server ends a session that is idle in a transaction. */
  idleInTransactionMs: number
  lockMs: number
  statementMs: number
  /** After that the client drops a connection: longer than the server's own limits, for a network that is silent. */
  queryMs: number
}

export const connectTimeoutMs = 4_000

export const servingLimits: SessionLimits = {
  idleInTransactionMs: 5_000,
  lockMs: 6_000,
  statementMs: 7_000,
  queryMs: 8_000,
}

/** A migration takes as long as its tables are large, and waits for one that another process runs. */
export const migratingLimits: SessionLimits = {
  idleInTransactionMs: 60_000,
  lockMs: 0,
  statementMs: 0,
  queryMs: 0,
}

/** As a statement, not as connection parameters, which a URL may contain as well and poolers refuse. */
export function sessionSettings({ idleInTransactionMs, lockMs, statementMs }: SessionLimits): string {
  const settings = {
    idle_in_transaction_session_timeout: idleInTransactionMs,
    lock_timeout: lockMs,
    statement_timeout: statementMs,
    // In seconds: a client that vanished is noticed after 25.
    tcp_keepalives_idle: 10,
    tcp_keepalives_interval: 5,
    tcp_keepalives_count: 3,
    tcp_user_timeout: 20_000,
  }
  const calls = Object.entries(settings).map(([name, value]) => `set_config('${name}', '${value}', false)`)
  return `select ${calls.join(', ')}`
}
