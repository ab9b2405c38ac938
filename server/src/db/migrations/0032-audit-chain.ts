import { type Kysely, sql } from 'kysely'
import type { DialectName } from '../dialect.ts'

/** The chain of the audit log (audit/chain.ts), how far it has come, and how far each sink has been fed. */
export async function up(db: Kysely<unknown>, dialect: DialectName): Promise<void> {
  const isSqlite = dialect === 'sqlite'
  const [int, text, end] = isSqlite ? ['INTEGER', 'TEXT', 'STRICT'] : ['BIGINT', 'TEXT COLLATE "C"', '']
  const genesis = '0'.repeat(64)
  const statements = [
    `CREATE TABLE audit_chain (
      seq ${int} PRIMARY KEY,
      audit_id ${int} NOT NULL,
      hash ${text} NOT NULL
    ) ${end}`,
    `CREATE UNIQUE INDEX audit_chain_audit_id ON audit_chain (audit_id)`,
    // The row behind which the chain goes on, and the one before the oldest that is kept.
    `CREATE TABLE audit_chain_state (
      id ${int} PRIMARY KEY CHECK (id = 1),
      seq ${int} NOT NULL,
      hash ${text} NOT NULL,
      last_id ${int} NOT NULL,
      chained_at ${text},
      anchor_seq ${int} NOT NULL,
      anchor_hash ${text} NOT NULL
    ) ${end}`,
    `INSERT INTO audit_chain_state (id, seq, hash, last_id, anchor_seq, anchor_hash)
      VALUES (1, 0, '${genesis}', 0, 0, '${genesis}')`,
    `CREATE TABLE audit_sinks (
      target ${text} PRIMARY KEY,
      seq ${int} NOT NULL,
      lease_token ${text},
      lease_until ${text}
    ) ${end}`,
    ...(isSqlite ? [] : inCommitOrder),
  ]
  for (const statement of statements) await sql.raw(statement).execute(db)
}

/** PostgreSQL: ids may become visible late, see db/event-log.ts. Rows of before are all visible. */
const inCommitOrder = [
  `ALTER TABLE audit_log ADD COLUMN xact xid8 NOT NULL DEFAULT '0'`,
  `ALTER TABLE audit_log ALTER COLUMN xact SET DEFAULT pg_current_xact_id()`,
  `CREATE INDEX audit_log_xact ON audit_log (xact, id)`,
  `ALTER TABLE audit_chain_state ADD COLUMN last_xact xid8 NOT NULL DEFAULT '0'`,
]
