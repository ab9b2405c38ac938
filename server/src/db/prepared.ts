import type { Compilable, CompiledQuery } from 'kysely'
import type { Db } from './database.ts'
import { dialectOf, runCompiled } from './dialect.ts'

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
