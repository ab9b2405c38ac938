import { type Kysely, sql } from 'kysely'
import type { DialectName } from '../dialect.ts'

/**
 * What decides who may see an event about a document: its category, status and author at that time, each cell with an
 * index in the order of the log, and with a total.
 */
export async function up(db: Kysely<unknown>, dialect: DialectName): Promise<void> {
  const isSqlite = dialect === 'sqlite'
  const [int, text] = isSqlite ? ['INTEGER', 'TEXT'] : ['BIGINT', 'TEXT COLLATE "C"']
  const logOrder = isSqlite ? 'id' : 'xact, id'
  const field = (name: string) =>
    isSqlite ? `json_extract(body, '$.data.${name}')` : `(body::json -> 'data' ->> '${name}')`
  const category = `replace(replace(category, '%', '%25'), '&', '%26')`
  const statements = [
    `ALTER TABLE events ADD COLUMN category ${text}`,
    `ALTER TABLE events ADD COLUMN status ${text}`,
    `ALTER TABLE events ADD COLUMN author_id ${int}`,
    `UPDATE events SET category = ${field('category')}, status = ${field('status')},
      author_id = CAST(${field('author_id')} AS ${int}) WHERE resource_type = 'document'`,
    ...['category, status', 'status', 'author_id'].map(
      (columns) =>
        `CREATE INDEX events_${columns.replace(', ', '_')} ON events (${columns}, type, ${logOrder}) WHERE category IS NOT NULL`,
    ),
    `INSERT INTO counters (scope, slot, count)
      SELECT 'events:type=' || type || '&category=' || ${category} || '&status=' || status, 0, count(*)
      FROM events WHERE category IS NOT NULL GROUP BY type, category, status`,
    `INSERT INTO counters (scope, slot, count)
      SELECT 'events:type=' || type || '&status=' || status, 0, count(*)
      FROM events WHERE category IS NOT NULL GROUP BY type, status`,
  ]
  for (const statement of statements) await sql.raw(statement).execute(db)
}
