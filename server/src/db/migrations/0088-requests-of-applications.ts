import { type Kysely, sql } from 'kysely'
import type { DialectName } from '../dialect.ts'

/** Requests of applications that act for a person are logged, too: each row is of a credential, a session or an application. */
export async function up(db: Kysely<unknown>, dialect: DialectName): Promise<void> {
  for (const statement of dialect === 'sqlite' ? rebuilt : altered) await sql.raw(statement).execute(db)
}

const index =
  'CREATE INDEX requests_application_id ON requests (application_id, occurred_at, id) WHERE application_id IS NOT NULL'

const altered = [
  'ALTER TABLE requests ADD COLUMN application_id BIGINT',
  'ALTER TABLE requests DROP CONSTRAINT requests_caller',
  `ALTER TABLE requests ADD CONSTRAINT requests_caller
    CHECK (num_nonnulls(credential_id, session_id, application_id) = 1)`,
  index,
]

/** SQLite changes no constraint: the table is made again, with its rows. */
const rebuilt = [
  'ALTER TABLE requests RENAME TO requests_before',
  `CREATE TABLE requests (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    occurred_at TEXT NOT NULL,
    user_id INTEGER NOT NULL,
    credential_id INTEGER,
    session_id INTEGER,
    method TEXT NOT NULL,
    route TEXT,
    deprecated INTEGER NOT NULL DEFAULT 0 CHECK (deprecated IN (0, 1)),
    status INTEGER NOT NULL,
    duration_ms REAL NOT NULL,
    error_code TEXT,
    error_details TEXT,
    request_id TEXT NOT NULL,
    ip TEXT,
    application_id INTEGER,
    CONSTRAINT requests_caller
      CHECK ((credential_id IS NOT NULL) + (session_id IS NOT NULL) + (application_id IS NOT NULL) = 1)
  ) STRICT`,
  'INSERT INTO requests SELECT *, NULL FROM requests_before',
  'DROP TABLE requests_before',
  'CREATE INDEX requests_occurred_at ON requests (occurred_at, id)',
  'CREATE INDEX requests_user_id ON requests (user_id, occurred_at, id)',
  'CREATE INDEX requests_credential_id ON requests (credential_id, occurred_at, id) WHERE credential_id IS NOT NULL',
  'CREATE INDEX requests_session_id ON requests (session_id, occurred_at, id) WHERE session_id IS NOT NULL',
  'CREATE INDEX requests_request_id ON requests (request_id, occurred_at, id)',
  'CREATE INDEX requests_route ON requests (route, occurred_at, id)',
  `CREATE INDEX requests_method ON requests (method, occurred_at, id) WHERE method <> 'GET'`,
  'CREATE INDEX requests_status ON requests (status, occurred_at, id) WHERE status >= 300',
  'CREATE INDEX requests_failed ON requests (occurred_at, id) WHERE status >= 400',
  'CREATE INDEX requests_broken ON requests (occurred_at, id) WHERE status >= 500',
  'CREATE INDEX requests_deprecated ON requests (occurred_at, id) WHERE deprecated = 1',
  index,
]
