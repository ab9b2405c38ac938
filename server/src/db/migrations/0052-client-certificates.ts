import { type Kysely, sql } from 'kysely'
import type { DialectName } from '../dialect.ts'

/** With which a webhook identifies itself to its receiver. The certificate is public; the vault seals the key. */
export async function up(db: Kysely<unknown>, dialect: DialectName): Promise<void> {
  const text = dialect === 'sqlite' ? 'TEXT' : 'TEXT COLLATE "C"'
  for (const column of ['client_certificate', 'client_key'])
    await sql.raw(`ALTER TABLE webhooks ADD COLUMN ${column} ${text}`).execute(db)
}
