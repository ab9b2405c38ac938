import { type Kysely, sql } from 'kysely'
import type { DialectName } from '../dialect.ts'

/** What extensions keep: one webhook each for events, the steps of their own tables, and when their tasks ran last. */
export async function up(db: Kysely<unknown>, dialect: DialectName): Promise<void> {
  const [text, strict] = dialect === 'sqlite' ? ['TEXT', 'STRICT'] : ['TEXT COLLATE "C"', '']
  const statements = [
    `CREATE UNIQUE INDEX webhooks_extension ON webhooks (url)
      WHERE url LIKE 'extension:%' AND deleted_at IS NULL`,
    `CREATE TABLE extension_migrations (
      extension ${text} NOT NULL,
      name ${text} NOT NULL,
      applied_at ${text} NOT NULL,
      PRIMARY KEY (extension, name)
    ) ${strict}`,
    `CREATE TABLE extension_tasks (
      extension ${text} NOT NULL,
      name ${text} NOT NULL,
      cron ${text} NOT NULL,
      due_at ${text} NOT NULL,
      last_run_at ${text},
      lease_token ${text},
      lease_until ${text},
      PRIMARY KEY (extension, name)
    ) ${strict}`,
  ]
  for (const statement of statements) await sql.raw(statement).execute(db)
}
