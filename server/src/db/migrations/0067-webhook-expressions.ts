import { type Kysely, sql } from 'kysely'
import type { DialectName } from '../dialect.ts'

/** Which events a webhook is sent, in CEL, and what it is sent of them, in JSONata. */
export async function up(db: Kysely<unknown>, dialect: DialectName): Promise<void> {
  const text = dialect === 'sqlite' ? 'TEXT' : 'TEXT COLLATE "C"'
  for (const column of ['filter', 'transform'])
    await sql.raw(`ALTER TABLE webhooks ADD COLUMN ${column} ${text}`).execute(db)
}
