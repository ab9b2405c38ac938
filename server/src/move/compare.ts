import { createHash } from 'node:crypto'
import { CommandError } from '../lib/command-error.ts'
import type { Side, Source, Table, Target } from './side.ts'

interface Contents {
  rows: number
  checksum: string
}

/**
 * Reads a whole table, as each side describes it, in the order of its key and in the same form, and compares.
 * @throws CommandError with the name of the table
 */
export async function requireEqual(
  [table, there]: readonly [Table, Table],
  source: Source,
  target: Target,
): Promise<Contents> {
  const [wanted, found, counted] = await Promise.all([
    contentsOf(source, table),
    contentsOf(target, there),
    source.count(table.name),
  ])
  if (wanted.rows !== found.rows || counted !== found.rows)
    throw new CommandError(
      `The table ${table.name} differs: it has ${counted} rows in ${source.place}, and ${found.rows} in ${target.place}. ${unserved}`,
    )
  if (wanted.checksum !== found.checksum)
    throw new CommandError(
      `The table ${table.name} differs: it has the checksum ${wanted.checksum} in ${source.place}, and ${found.checksum} in ${target.place}. ${unserved}`,
    )
  return found
}

const unserved =
  'The target is not served. Empty it and run the command again; if that ends here again, run `comserv move --cancel`, serve from the source, and report it.'

async function contentsOf(side: Side, table: Table): Promise<Contents> {
  const hash = createHash('sha256')
  let rows = 0
  for await (const part of side.read(table)) {
    rows += part.length
    hash.update(part.map((row) => `${JSON.stringify(row)}\n`).join(''))
  }
  return { rows, checksum: hash.digest('hex').slice(0, 32) }
}
