import { CommandError } from '../lib/command-error.ts'
import { notMoved, ownColumns } from './not-moved.ts'
import type { Column, Table } from './side.ts'

/** The tables that are moved, with the columns that are. */
export function movedOf(tables: readonly Table[]): Table[] {
  return tables
    .filter(({ name }) => !Object.hasOwn(notMoved, name))
    .map((table) => ({
      ...table,
      columns: table.columns.filter(({ name }) => !Object.hasOwn(ownColumns, `${table.name}.${name}`)),
    }))
}

/** @throws CommandError when one has no key to read it by, or a type that only one of the databases has */
export function requireMovable(tables: readonly Table[]): void {
  for (const { name, key, columns } of tables) {
    const strange = columns.find(({ kind }) => kind === undefined)
    if (strange)
      throw new CommandError(
        `The column ${strange.name} of the table ${name} has the type '${strange.type}', which cannot be moved: change it to a text, an integer, a number or bytes, or remove it.`,
      )
    const isReadable = key.every((column) => ['integer', 'text'].includes(kindOf(column, columns) ?? ''))
    if (key.length === 0 || !isReadable)
      throw new CommandError(
        `The table ${name} has no primary key of integers and texts, by which its rows could be moved: give it one, or remove the table.`,
      )
  }
}

/**
 * Every table of the source exists in the target with the same columns, and the other way round.
 * @throws CommandError
 */
export function requireSame(source: readonly Table[], target: readonly Table[]): void {
  const wanted = new Map(source.map((table) => [table.name, linesOf(table)]))
  const found = new Map(target.map((table) => [table.name, linesOf(table)]))
  const missing = [...wanted.keys()].filter((name) => !found.has(name))
  if (missing.length > 0)
    throw new CommandError(
      `The database has tables that neither this version nor its extensions make: ${missing.join(', ')}. Set COMSERV_EXTENSIONS_DIR as the server has it, or remove them.`,
    )
  const added = [...found.keys()].filter((name) => !wanted.has(name))
  if (added.length > 0)
    throw new CommandError(
      `The database lacks tables that this version and its extensions make: ${added.join(', ')}. Start its server once with the same extensions, or run \`comserv migrate\`.`,
    )
  for (const [name, lines] of wanted) {
    const differing = [...lines.symmetricDifference(found.get(name) ?? new Set())]
    if (differing.length > 0)
      throw new CommandError(
        `The table ${name} is not the same in both databases (${differing.join('; ')}): somebody has changed it. Change it back, or remove what was added.`,
      )
  }
}

function linesOf({ columns, key }: Table): Set<string> {
  return new Set([...columns.map(({ name, kind }) => `${name}: ${kind}`), `key: ${key.join(', ')}`])
}

function kindOf(name: string, columns: readonly Column[]) {
  return columns.find((column) => column.name === name)?.kind
}
