import type { Catalog, Scope } from 'comserv'
import { described } from '../i18n/descriptions.ts'

type Known = Catalog['scopes']

/** A row of the matrix: a resource, and its scopes by what they allow. */
export interface ScopeRow {
  about: string
  explains: string
  by: ReadonlyMap<string, Scope>
}

/** `users:read` is in the row `users` and the column `read`, `x.invoices.read` of an extension in the row `x.invoices`. */
export function matrixOf(known: Known): { rows: ScopeRow[]; verbs: string[] } {
  const single = known.flatMap((scope) => {
    const { name } = scope
    const end = name.lastIndexOf(name.startsWith('x.') ? '.' : ':')
    const [about, verb] = [name.slice(0, end), name.slice(end + 1)]
    return end > 0 && scope.includes.length === 0
      ? [{ name: scope.name as Scope, about, verb, description: described('scope', scope) }]
      : []
  })
  const rows = [...Map.groupBy(single, ({ about }) => about)].map(([about, scopes]) => ({
    about,
    explains: scopes.map(({ description }) => description).join('. '),
    by: new Map(scopes.map(({ verb, name }) => [verb, name])),
  }))
  return { rows, verbs: [...new Set(single.map(({ verb }) => verb))] }
}

/** The scopes that the names grant, groups expanded. */
export function expanded(known: Known, names: readonly Scope[]): Scope[] {
  const groups = groupsOf(known)
  return [...new Set(names.flatMap((name) => groups.get(name) ?? [name]))]
}

/** The shortest equivalent, in the server's order: groups in place of their scopes, `admin` alone for everything. */
export function condensed(known: Known, scopes: readonly Scope[]): Scope[] {
  if (scopes.includes('admin')) return ['admin']
  const names = new Set(scopes)
  for (const [group, includes] of groupsOf(known)) {
    if (!includes.every((scope) => names.has(scope))) continue
    names.add(group)
    for (const scope of includes) names.delete(scope)
  }
  return known.map(({ name }) => name as Scope).filter((name) => names.has(name))
}

export function groupsOf(known: Known): Map<Scope, Scope[]> {
  const groups = known.filter(({ includes }) => includes.length > 0)
  return new Map(groups.map(({ name, includes }) => [name as Scope, includes as Scope[]]))
}
