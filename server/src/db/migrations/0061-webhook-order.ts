import { type Kysely, sql } from 'kysely'
import type { DialectName } from '../dialect.ts'

/**
 * Webhooks to which events about one record are sent in their order. Their deliveries carry the record, so that those of
 * one are found together while they have not ended; those of other webhooks are in no index more than before.
 */
export async function up(db: Kysely<unknown>, dialect: DialectName): Promise<void> {
  const text = dialect === 'sqlite' ? 'TEXT' : 'TEXT COLLATE "C"'
  const statements = [
    `ALTER TABLE webhooks ADD COLUMN ordering ${text} NOT NULL DEFAULT 'none' CHECK (ordering IN ('none', 'resource'))`,
    `ALTER TABLE deliveries ADD COLUMN order_key ${text}`,
    `CREATE INDEX deliveries_order ON deliveries (webhook_id, order_key, event_id)
      WHERE order_key IS NOT NULL AND finished_at IS NULL`,
    `ALTER TABLE fan_outs ADD COLUMN order_key ${text} NOT NULL DEFAULT ''`,
    `UPDATE fan_outs SET order_key = (
      SELECT resource_type || '/' || resource_id FROM events WHERE events.id = fan_outs.event_id
    )`,
    'CREATE INDEX fan_outs_order_key ON fan_outs (order_key, event_id)',
  ]
  for (const statement of statements) await sql.raw(statement).execute(db)
}
