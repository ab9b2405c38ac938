import type { Searched } from '../db/dialect.ts'

/**
 * Every table is moved except these. Why each is not: there is no other list of tables, so that a later one cannot be
 * forgotten.
 */
export const notMoved: Readonly<Record<string, string>> = {
  migrations: 'the target is made by its own migrations',
  migrations_lock: 'the same',
  moves: 'what each side says of the move',
  move_tables: 'how far the move has come',
  move_rebuilds: 'indexes that are built after the rows',
  processes: 'the processes that serve the source',
  search_rebuilds: 'the words of the target are all made anew',
  write_trial: 'empty: it shows whether PostgreSQL can write',
  documents_search: 'made anew of the documents',
  users_search: 'made anew of the users',
  credentials_search: 'made anew of the credentials',
  webhooks_search: 'made anew of the webhooks',
}

/** Columns of PostgreSQL that SQLite does not have, and what they are in a target. */
export const ownColumns: Readonly<Record<string, { is: 'words' } | { is: 'value'; value: string }>> = {
  'documents.search': { is: 'words' },
  'users.search': { is: 'words' },
  'credentials.search': { is: 'words' },
  'webhooks.search': { is: 'words' },
  // Older than any transaction: the log is in the order of ids, as in SQLite.
  'events.xact': { is: 'value', value: '0' },
  'audit_log.xact': { is: 'value', value: '0' },
  'audit_chain_state.last_xact': { is: 'value', value: '0' },
}

/**
 * Columns that mean something else in PostgreSQL. Its audit log is chained in the order of transactions, and the row that
 * was chained last need not have the highest id, up to which SQLite takes all for chained.
 */
export const readInPostgres: Readonly<Record<string, string>> = {
  'audit_chain_state.last_id': 'greatest(last_id, (SELECT max(audit_id) FROM audit_chain))',
}

const searched: readonly string[] = ['documents', 'users', 'credentials', 'webhooks'] satisfies Searched[]

export const isSearched = (table: string): table is Searched => searched.includes(table)
