import { type Compilable, type CompiledQuery, sql } from 'kysely'
import type { Db } from './database.ts'
import { dialectOf, runCompiled } from './dialect.ts'
import type { Tables } from './tables.ts'

/** Stands for a value in a compiled query. */
class Placeholder {
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
}

/**
 * A query on a hot path: compiled once per database, variant and set of defined parameters, then run with other values.
 * Compiling takes as long as SQLite takes to find the row.
 * @param build may branch on the variant and on whether a parameter is given, never on its value: it only sees a placeholder
 */
export function prepared<P extends object, R, V extends object = object>(
  build: (db: Db, parameters: P, variant: V) => Compilable<R>,
) {
  const known = new Map<string, CompiledQuery<R>>()
  return async (db: Db, parameters: P, ...[variant]: object extends V ? [] : [V]): Promise<R[]> => {
    const values = parameters as Readonly<Record<string, unknown>>
    let key: string = dialectOf(db)
    for (const value of Object.values(variant ?? {})) key += ` ${value}`
    for (const name in values) if (values[name] !== undefined) key += ` ${name}`
    let query = known.get(key)
    if (!query) {
      query = build(db, placeholdersFor(parameters), variant as V).compile()
      known.set(key, query)
    }
    const filled = query.parameters.map((value) =>
      value instanceof Placeholder ? values[value.name] : value,
    )
    const { rows } = await runCompiled<R>(db, { ...query, parameters: filled })
    return rows
  }
}

function placeholdersFor<P extends object>(parameters: P): P {
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined)
  return Object.fromEntries(given.map(([name]) => [name, new Placeholder(name)])) as P
}

const sizes = [64, 16, 4, 1] as const

/**
 * Inserts many rows by a few statements that are compiled once, each for a fixed number of rows.
 * @param columns in the order of the values of a row
 */
export function preparedInsert<T extends keyof Tables>(
  table: T,
  columns: readonly (keyof Tables[T] & string)[],
) {
  const known = new Map<string, CompiledQuery<unknown>>()
  const compiled = (db: Db, size: number) => {
    const key = `${dialectOf(db)} ${size}`
    const before = known.get(key)
    if (before) return before
    const row = sql`(${sql.join(columns.map(() => sql`${null}`))})`
    const rows = sql.join(Array.from({ length: size }, () => row))
    const names = sql.join(columns.map((column) => sql.ref(column)))
    const query = sql`insert into ${sql.table(table)} (${names}) values ${rows}`.compile(db)
    known.set(key, query)
    return query
  }
  return async (db: Db, rows: readonly (readonly unknown[])[]): Promise<void> => {
    for (let first = 0; first < rows.length; ) {
      const size = sizes.find((one) => one <= rows.length - first) ?? 1
      const parameters = rows.slice(first, first + size).flat()
      await runCompiled(db, { ...compiled(db, size), parameters })
      first += size
    }
  }
}
