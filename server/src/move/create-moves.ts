import type { DialectName } from '../db/dialect.ts'

/** Also run before all migrations: from then on, the target of a move is not served. */
export function createMoves(dialect: DialectName): string {
  const [text, strict] = dialect === 'sqlite' ? ['TEXT', 'STRICT'] : ['TEXT COLLATE "C"', '']
  return `CREATE TABLE IF NOT EXISTS moves (
      id ${text} NOT NULL,
      side ${text} PRIMARY KEY NOT NULL CONSTRAINT moves_side CHECK (side IN ('source', 'target')),
      state ${text} NOT NULL CONSTRAINT moves_state CHECK (state IN ('preparing', 'copying', 'verified', 'moved')),
      other ${text} NOT NULL,
      began_at ${text} NOT NULL,
      ended_at ${text}
    ) ${strict}`
}
