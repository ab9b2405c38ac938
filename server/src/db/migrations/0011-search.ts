import { type Kysely, sql } from 'kysely'
import type { DialectName } from '../dialect.ts'

/**
 * Search indexes of the words that `lib/words` cuts; those cut by the database depended on the database, its locale and
 * the composition of the letters. `db/search-index.ts` fills them in batches after this step; `search_rebuilds` holds
 * the progress.
 */
export async function up(db: Kysely<unknown>, dialect: DialectName): Promise<void> {
  const isSqlite = dialect === 'sqlite'
  const [int, text] = isSqlite ? ['INTEGER', 'TEXT'] : ['BIGINT', 'TEXT COLLATE "C"']
  const statements = [
    ...['documents', 'users'].flatMap(isSqlite ? tableOfWords : columnOfWords),
    `CREATE TABLE search_rebuilds (name ${text} PRIMARY KEY, after_id ${int} NOT NULL) ${isSqlite ? 'STRICT' : ''}`,
    `INSERT INTO search_rebuilds (name, after_id) VALUES ('documents', 0), ('users', 0)`,
  ]
  for (const statement of statements) await sql.raw(statement).execute(db)
}

/**
 * The tokenizer `ascii` treats everything above U+007F as letters, so it splits words at the spaces between them and
 * nowhere else. Only the presence of a word is queried, so no positions are kept.
 */
function tableOfWords(table: string): string[] {
  return [
    ...['insert', 'delete', 'update'].map((change) => `DROP TRIGGER ${table}_search_${change}`),
    `DROP TABLE ${table}_search`,
    `CREATE VIRTUAL TABLE ${table}_search USING fts5 (
      words, content='', contentless_delete=1, detail='none', tokenize='ascii'
    )`,
  ]
}

function columnOfWords(table: string): string[] {
  return [
    `ALTER TABLE ${table} DROP COLUMN search`,
    `ALTER TABLE ${table} ADD COLUMN search tsvector`,
    `CREATE INDEX ${table}_search ON ${table} USING gin (search)`,
  ]
}
