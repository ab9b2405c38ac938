import { CommandError } from '../lib/command-error.ts'
import { requireEqual } from './compare.ts'
import { keepCursors } from './cursors.ts'
import { movedOf, requireMovable, requireSame } from './plan.ts'
import type { Row, Source, Table, Target, Value } from './side.ts'

/** Is told how far it has come. */
export interface Progress {
  /** Of a part of the work, such as copying: the rows of all tables, or the number of indexes. */
  began(work: string, total: number): void
  /** @param done since the last call @param what is being worked on */
  went(done: number, what: string): void
  /** A table, with what it holds. */
  finished(line: string): void
}

/**
 * Fills a target that has its tables, but no indexes, from a source that nobody changes, and compares. Whenever it is
 * interrupted, the target says how far it has come, in the same transactions as the rows.
 */
export async function moveRows(source: Source, target: Target, progress: Progress): Promise<void> {
  const tables = movedOf(await source.tables())
  const there = movedOf(await target.tables())
  requireSame(tables, there)
  const pairs = tables.map(
    (table) => [table, there.find(({ name }) => name === table.name) ?? table] as const,
  )
  const totals = await countAll(source, tables)
  await copyAll(pairs, totals, source, target, progress)
  await rebuildIndexes(target, progress)
  await moveLastIds(tables, source, target)
  progress.began('Comparing', sum(totals))
  for (const pair of pairs) {
    const { rows, checksum } = await requireEqual(pair, source, target)
    progress.went(rows, pair[0].name)
    progress.finished(`${pair[0].name}: ${told(rows)}, checksum ${checksum}`)
  }
  await target.finish()
  await target.transaction(async () => {
    await keepCursors(source, target)
    await target.query(`UPDATE moves SET state = 'verified' WHERE side = 'target'`)
  })
}

/**
 * Takes the rows out that migrations have made, and the indexes, which are built faster afterwards: all at once with the
 * list of how to build them.
 */
export async function prepareTarget(source: Source, target: Target): Promise<void> {
  await target.migrate()
  const tables = movedOf(await target.tables())
  requireMovable(tables)
  requireSame(movedOf(await source.tables()), tables)
  await target.transaction(async () => {
    const indexes = await target.listIndexes()
    await target.removeIndexes()
    for (const { name } of [...tables, { name: 'search_rebuilds' }])
      await target.query(`DELETE FROM "${name}"`)
    await target.forgetLastIds()
    for (const [position, { name, statement }] of indexes.entries())
      await target.query('INSERT INTO move_rebuilds (position, name, statement) VALUES ($1, $2, $3)', [
        String(position),
        name,
        statement,
      ])
    await target.query(`UPDATE moves SET state = 'copying' WHERE side = 'target'`)
  })
}

export async function countAll(source: Source, tables: readonly Table[]): Promise<Map<string, number>> {
  const counts = new Map<string, number>()
  for (const { name } of tables) counts.set(name, await source.count(name))
  return counts
}

async function copyAll(
  tables: readonly (readonly [Table, Table])[],
  totals: ReadonlyMap<string, number>,
  source: Source,
  target: Target,
  progress: Progress,
): Promise<void> {
  const before = new Map(
    (await target.query('SELECT name, after_key, copied, is_done FROM move_tables')).map((row) => [
      String(row.name),
      row,
    ]),
  )
  progress.began('Copying', sum(totals))
  for (const [table, there] of tables) {
    const known = before.get(table.name)
    let copied = Number(known?.copied ?? 0)
    progress.went(copied, table.name)
    if (Number(known?.is_done ?? 0) === 1) continue
    const after = known?.after_key ? (JSON.parse(String(known.after_key)) as Value[]) : undefined
    for await (const rows of source.read(table, after)) {
      copied += rows.length
      const at = keyOf(table, rows.at(-1) ?? [])
      await target.transaction(async () => {
        await insertRows(target, there, rows)
        await noteProgress(target, table.name, at, copied, false)
      })
      progress.went(rows.length, table.name)
    }
    await target.transaction(() => noteProgress(target, table.name, null, copied, true))
    progress.finished(`${table.name}: ${told(copied)}`)
  }
}

async function insertRows(target: Target, table: Table, rows: readonly Row[]): Promise<void> {
  try {
    await target.insert(table, rows)
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error
    const first = keyOf(table, rows[0] ?? [])
    const last = keyOf(table, rows.at(-1) ?? [])
    throw new CommandError(
      `Rows of the table ${table.name} (${table.key.join(', ')} from ${first} to ${last}) cannot be stored in ${target.place}: ${error.message}. Nothing is lost; correct them in the source after \`comserv move --cancel\`, empty the target, and begin again.`,
      { cause: error },
    )
  }
}

async function noteProgress(
  target: Target,
  name: string,
  after: string | null,
  copied: number,
  isDone: boolean,
): Promise<void> {
  await target.query(
    `INSERT INTO move_tables (name, after_key, copied, is_done) VALUES ($1, $2, $3, $4)
     ON CONFLICT (name) DO UPDATE SET after_key = excluded.after_key, copied = excluded.copied, is_done = excluded.is_done`,
    [name, after, String(copied), isDone ? '1' : '0'],
  )
}

function keyOf({ key, columns }: Table, row: Row): string {
  return JSON.stringify(key.map((name) => row[columns.findIndex((column) => column.name === name)]))
}

async function rebuildIndexes(target: Target, progress: Progress): Promise<void> {
  const left = await target.query('SELECT position, name, statement FROM move_rebuilds ORDER BY position')
  progress.began('Building indexes', left.length)
  for (const { position, name, statement } of left) {
    await target.transaction(async () => {
      await target.query(String(statement))
      await target.query('DELETE FROM move_rebuilds WHERE position = $1', [String(position)])
    })
    progress.went(1, String(name))
  }
}

/** So that no id is given again, also not one of a row that is gone. */
async function moveLastIds(tables: readonly Table[], source: Source, target: Target): Promise<void> {
  const lastIds = await source.lastIds()
  await target.transaction(async () => {
    for (const { name } of tables) {
      const id = lastIds.get(name)
      if (id !== undefined) await target.setLastId(name, id)
    }
  })
  const found = await target.lastIds()
  for (const { name } of tables)
    if (found.get(name) !== lastIds.get(name))
      throw new CommandError(
        `The last id of the table ${name} is ${lastIds.get(name)} in ${source.place}, and ${found.get(name)} in ${target.place}.`,
      )
}

const sum = (totals: ReadonlyMap<string, number>) => [...totals.values()].reduce((all, rows) => all + rows, 0)

export const told = (rows: number) => `${rows.toLocaleString('en')} ${rows === 1 ? 'row' : 'rows'}`
