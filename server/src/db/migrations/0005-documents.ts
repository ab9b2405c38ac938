import { type Kysely, sql } from 'kysely'
import type { DialectName } from '../dialect.ts'

/** PostgreSQL holds at most 1 MiB of words for a row. */
const searchedCharactersMax = 200_000
/** As inside a string literal of SQL: the quote is doubled. */
const punctuation = `!"#$%&''()*+,-./:;<=>?@[\\]^_\`{|}~`

/** Revisions of documents, indexes of what is due to be published or purged, and the search indexes. */
export async function up(db: Kysely<unknown>, dialect: DialectName): Promise<void> {
  const isSqlite = dialect === 'sqlite'
  const [int, text] = isSqlite ? ['INTEGER', 'TEXT'] : ['BIGINT', 'TEXT COLLATE "C"']
  const statements = [
    `CREATE TABLE document_revisions (
      document_id ${int} NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
      version ${int} NOT NULL,
      title ${text} NOT NULL,
      category ${text} NOT NULL,
      status ${text} NOT NULL,
      content_type ${text} NOT NULL,
      author_id ${int} NOT NULL,
      created_at ${text} NOT NULL,
      content ${text} NOT NULL,
      PRIMARY KEY (document_id, version)
    ) ${isSqlite ? 'STRICT' : ''}`,
    `CREATE INDEX documents_publish_at ON documents (publish_at) WHERE publish_at IS NOT NULL AND deleted_at IS NULL`,
    `CREATE INDEX documents_deleted_at ON documents (deleted_at) WHERE deleted_at IS NOT NULL`,
    `CREATE INDEX users_deleted_at ON users (deleted_at) WHERE deleted_at IS NOT NULL`,
    ...(isSqlite ? searchInSqlite : searchInPostgres),
  ]
  for (const statement of statements) await sql.raw(statement).execute(db)
}

/**
 * An FTS5 table beside each table, kept in step by triggers; `content=` keeps the text in the table alone. It holds
 * live rows only, so that matches are counted without reading the table.
 */
const searchInSqlite = [
  ...searchTable('documents', ['title', 'category', 'content']),
  ...searchTable('users', ['username', 'email', 'first_name', 'last_name']),
]

function searchTable(table: string, columns: readonly string[]): string[] {
  const list = columns.join(', ')
  const row = (which: 'new' | 'old') =>
    `${which}.id, ${columns.map((column) => `${which}.${column}`).join(', ')}`
  const remove = `INSERT INTO ${table}_search (${table}_search, rowid, ${list})
    SELECT 'delete', ${row('old')} WHERE old.deleted_at IS NULL;`
  const add = `INSERT INTO ${table}_search (rowid, ${list})
    SELECT ${row('new')} WHERE new.deleted_at IS NULL;`
  return [
    `CREATE VIRTUAL TABLE ${table}_search USING fts5 (
      ${list}, content='${table}', content_rowid='id', tokenize='unicode61 remove_diacritics 0'
    )`,
    `CREATE TRIGGER ${table}_search_insert AFTER INSERT ON ${table} BEGIN ${add} END`,
    `CREATE TRIGGER ${table}_search_delete AFTER DELETE ON ${table} BEGIN ${remove} END`,
    `CREATE TRIGGER ${table}_search_update AFTER UPDATE OF ${list}, deleted_at ON ${table} BEGIN ${remove} ${add} END`,
  ]
}

/** PostgreSQL updates a generated column itself. The `simple` configuration folds case and nothing else. */
const searchInPostgres = [
  ...searchColumn('documents', ['title', 'category', 'content']),
  ...searchColumn('users', ['username', 'email', 'first_name', 'last_name']),
]

function searchColumn(table: string, columns: readonly string[]): string[] {
  // PostgreSQL's parser keeps addresses and file names whole; without their punctuation it sees the words that SQLite sees.
  const text = columns.map((column) => `coalesce(${column}, '')`).join(` || ' ' || `)
  const words = `translate(left(${text}, ${searchedCharactersMax}), '${punctuation}', repeat(' ', ${punctuation.length - 1}))`
  return [
    `ALTER TABLE ${table} ADD COLUMN search tsvector GENERATED ALWAYS AS (to_tsvector('simple', ${words})) STORED`,
    `CREATE INDEX ${table}_search ON ${table} USING gin (search)`,
  ]
}
