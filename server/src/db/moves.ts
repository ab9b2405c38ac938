import { sql } from 'kysely'
import { CommandError } from '../lib/command-error.ts'
import type { Db } from './database.ts'
import { type DialectName, dialectOf } from './dialect.ts'

/** What a database says of a move: at most one row as a source, and one as a target. */
export interface Mark {
  id: string
  side: 'source' | 'target'
  /** A source is `copying` or `moved`. A target is never `moved`: it has no row any more once it is complete. */
  state: 'preparing' | 'copying' | 'verified' | 'moved'
  /** The other database, without its password. */
  other: string
  began_at: string
  ended_at: string | null
}

/** Whether there are marks: the database may be of an older version. */
export const findMarks = (dialect: DialectName) =>
  dialect === 'sqlite'
    ? `SELECT count(*) AS found FROM sqlite_schema WHERE type = 'table' AND name = 'moves'`
    : `SELECT count(to_regclass('moves')) AS found`

export const readMarks = 'SELECT id, side, state, other, began_at, ended_at FROM moves'

/**
 * A database that is being moved, was moved, or is not complete yet must not be served: what is written there would be
 * lost, and what was due would be sent twice.
 * @throws CommandError
 */
export async function refuseMoved(db: Db): Promise<void> {
  const {
    rows: [found],
  } = await sql.raw<{ found: number }>(findMarks(dialectOf(db))).execute(db)
  if (Number(found?.found) === 0) return
  const { rows } = await sql.raw<Mark>(readMarks).execute(db)
  const mark = rows.find(({ side }) => side === 'target') ?? rows[0]
  if (mark) throw new CommandError(sayMark(mark))
}

/** What is the matter with a marked database, and what to do. */
export function sayMark({ side, state, other, began_at, ended_at }: Mark): string {
  if (side === 'target')
    return `This database is not complete: it is being moved here from ${other} since ${began_at}. Run the same \`comserv move\` again to finish it, and serve then.`
  if (state === 'moved')
    return `This database was moved to ${other} at ${ended_at}: serve from there. Two servers with the same data would send everything twice. To serve from here nevertheless, without what was changed there since, run \`comserv move --cancel\`.`
  return `This database is being moved to ${other} since ${began_at}, and the move has not finished: run the same \`comserv move\` again to finish it, or \`comserv move --cancel\` to serve from here.`
}

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
