import { type Kysely, sql } from 'kysely'
import type { DialectName } from '../dialect.ts'

const columns =
  'id, webhook_id, event_id, event_type, generation, status, attempts, created_at, last_attempt_at, next_attempt_at, lease_token, lease_until, finished_at, resent_as'

/** The state machine in ARCHITECTURE.md, with two states more: held and discarded. */
const checks = [
  `CONSTRAINT deliveries_status CHECK (status IN ('pending', 'sending', 'held', 'delivered', 'failed', 'discarded'))`,
  `CONSTRAINT deliveries_pending CHECK ((status = 'pending') = (next_attempt_at IS NOT NULL))`,
  `CONSTRAINT deliveries_sending CHECK ((status = 'sending') = (lease_token IS NOT NULL))`,
  'CONSTRAINT deliveries_lease CHECK ((lease_token IS NULL) = (lease_until IS NULL))',
  `CONSTRAINT deliveries_finished CHECK ((status IN ('delivered', 'failed', 'discarded')) = (finished_at IS NOT NULL))`,
  `CONSTRAINT deliveries_attempts CHECK (status IN ('pending', 'held', 'discarded') OR attempts > 0)`,
  `CONSTRAINT deliveries_reason CHECK ((status IN ('held', 'discarded')) = (reason IS NOT NULL))`,
  `CONSTRAINT deliveries_held CHECK ((status = 'held') = (standing IS NOT NULL))`,
]

/**
 * Deliveries that are held or discarded, each with its reason. The `standing` of a webhook is a number that grows whenever
 * what may be sent to it may have changed; a held delivery has the one under which it was held.
 */
export async function up(db: Kysely<unknown>, dialect: DialectName): Promise<void> {
  const [int, text] = dialect === 'sqlite' ? ['INTEGER', 'TEXT'] : ['BIGINT', 'TEXT COLLATE "C"']
  const statements = [
    ...(dialect === 'sqlite' ? rebuilt() : altered(int, text)),
    // By type, because a right to read opens or closes some types only.
    `CREATE INDEX deliveries_held ON deliveries (webhook_id, event_type, standing, id) WHERE status = 'held'`,
    `CREATE INDEX deliveries_held_created_at ON deliveries (created_at) WHERE status = 'held'`,
    `ALTER TABLE webhooks ADD COLUMN standing ${int} NOT NULL DEFAULT 1`,
    // The first start holds what waits for webhooks that are paused.
    `ALTER TABLE webhooks ADD COLUMN arranged ${int} NOT NULL DEFAULT 0`,
    `ALTER TABLE webhooks ADD COLUMN owner_grant ${text} NOT NULL DEFAULT ''`,
    'CREATE INDEX webhooks_unarranged ON webhooks (id) WHERE arranged < standing AND deleted_at IS NULL',
  ]
  for (const statement of statements) await sql.raw(statement).execute(db)
}

function altered(int: string, text: string): string[] {
  const old = ['status_check', 'check', 'check1', 'check2', 'check3', 'check4']
  return [
    `ALTER TABLE deliveries ADD COLUMN reason ${text}`,
    `ALTER TABLE deliveries ADD COLUMN standing ${int}`,
    `ALTER TABLE deliveries ${old.map((name) => `DROP CONSTRAINT deliveries_${name}`).join(', ')}`,
    `ALTER TABLE deliveries ${checks.map((check) => `ADD ${check}`).join(', ')}`,
  ]
}

/**
 * SQLite drops a constraint only by its name, and these had none: the rows are copied into another table. Their attempts
 * stay, because foreign keys are off while a database is migrated. The ids go on where they were.
 */
function rebuilt(): string[] {
  return [
    `CREATE TABLE deliveries_new (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      webhook_id INTEGER NOT NULL,
      event_id INTEGER NOT NULL,
      event_type TEXT NOT NULL,
      generation INTEGER NOT NULL,
      status TEXT NOT NULL,
      attempts INTEGER NOT NULL DEFAULT 0,
      created_at TEXT NOT NULL,
      last_attempt_at TEXT,
      next_attempt_at TEXT,
      lease_token TEXT,
      lease_until TEXT,
      finished_at TEXT,
      resent_as INTEGER,
      reason TEXT,
      standing INTEGER,
      ${checks.join(',\n      ')}
    ) STRICT`,
    `INSERT INTO deliveries_new (${columns}) SELECT ${columns} FROM deliveries`,
    `DELETE FROM sqlite_sequence WHERE name = 'deliveries_new'`,
    `INSERT INTO sqlite_sequence (name, seq) SELECT 'deliveries_new', seq FROM sqlite_sequence WHERE name = 'deliveries'`,
    'DROP TABLE deliveries',
    'ALTER TABLE deliveries_new RENAME TO deliveries',
    'CREATE UNIQUE INDEX deliveries_event_id ON deliveries (event_id, webhook_id, generation)',
    `CREATE INDEX deliveries_due ON deliveries (webhook_id, next_attempt_at, id) WHERE status = 'pending'`,
    `CREATE INDEX deliveries_lease_until ON deliveries (lease_until) WHERE status = 'sending'`,
    `CREATE INDEX deliveries_failed ON deliveries (webhook_id, status, resent_as, created_at, id)
      WHERE status = 'failed' AND resent_as IS NULL`,
    'CREATE INDEX deliveries_finished_at ON deliveries (finished_at) WHERE finished_at IS NOT NULL',
    'CREATE INDEX deliveries_created_at ON deliveries (webhook_id, created_at, id)',
    'CREATE INDEX deliveries_status_created_at ON deliveries (webhook_id, status, created_at, id)',
    'CREATE INDEX deliveries_event_type_created_at ON deliveries (webhook_id, event_type, created_at, id)',
    'CREATE INDEX deliveries_event_type_status_created_at ON deliveries (webhook_id, event_type, status, created_at, id)',
  ]
}
