import { extension } from 'comserv-server/extension'

/** A resource of its own, and a table with types that the two databases name differently. */
export default extension({
  name: 'parts',
  migrations: {
    '001-parts': (schema) =>
      schema.createTable(
        'parts',
        { code: 'text', weight: 'number null', pieces: 'integer' },
        { unique: ['code'] },
      ),
    '002-drawings': (schema) =>
      schema.run(
        schema.dialect === 'sqlite'
          ? `CREATE TABLE x_parts_drawings (part TEXT NOT NULL, sheet INTEGER NOT NULL, image BLOB NOT NULL,
              is_final INTEGER NOT NULL CHECK (is_final IN (0, 1)), details TEXT, scale REAL, PRIMARY KEY (part, sheet)) STRICT`
          : `CREATE TABLE x_parts_drawings (part TEXT NOT NULL, sheet BIGINT NOT NULL, image BYTEA NOT NULL,
              is_final BOOLEAN NOT NULL, details TEXT, scale DOUBLE PRECISION, PRIMARY KEY (part, sheet))`,
      ),
  },
})
