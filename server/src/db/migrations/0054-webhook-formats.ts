import { type Kysely, sql } from 'kysely'
import type { DialectName } from '../dialect.ts'

/** What is sent besides the event, in which format, and a key pair beside the secret, which it is rotated with. */
export async function up(db: Kysely<unknown>, dialect: DialectName): Promise<void> {
  const [int, text] = dialect === 'sqlite' ? ['INTEGER', 'TEXT'] : ['BIGINT', 'TEXT COLLATE "C"']
  const statements = [
    `ALTER TABLE events ADD COLUMN previous ${text}`,
    `ALTER TABLE webhooks ADD COLUMN include_previous ${int} NOT NULL DEFAULT 0 CHECK (include_previous IN (0, 1))`,
    `ALTER TABLE webhooks ADD COLUMN format ${text} NOT NULL DEFAULT 'standard' CHECK (format IN ('standard', 'cloudevents'))`,
    `ALTER TABLE webhooks ADD COLUMN ed25519 ${int} NOT NULL DEFAULT 0 CHECK (ed25519 IN (0, 1))`,
    `ALTER TABLE webhook_secrets ADD COLUMN signing_key ${text}`,
    `ALTER TABLE webhook_secrets ADD COLUMN public_key ${text}`,
  ]
  for (const statement of statements) await sql.raw(statement).execute(db)
}
