import type { Rule } from '../src/access/rules.ts'
import type { Json } from './harness.ts'

/** What decides about a document, as the API shows it. */
export interface Fact {
  category: string
  status: string
  author_id: number
}

/** Written apart from the server: whether one of the rules for the scope holds, if there is any. */
export function matches(
  rules: readonly Rule[],
  scope: Rule['scope'],
  { category, status, author_id }: Fact,
  userId: number,
): boolean {
  const own = rules.filter((rule) => rule.scope === scope)
  return (
    own.length === 0 ||
    own.some(
      ({ where }) =>
        (where.category?.includes(category) ?? true) &&
        (where.status?.some((one) => one === status) ?? true) &&
        (where.own !== true || author_id === userId),
    )
  )
}

const wheres: readonly Rule['where'][][] = [
  [{ category: ['policies'] }],
  [{ category: ['policies', 'reports', 'absent'] }],
  [{ status: ['published'] }],
  [{ status: ['draft', 'archived'] }],
  [{ status: ['draft', 'published', 'archived'] }],
  [{ own: true }],
  [{ category: ['policies'], status: ['published'] }],
  [{ category: ['policies', 'reports'], own: true }],
  [{ status: ['draft'], own: true }],
  [{ category: ['reports'], status: ['draft', 'published'], own: true }],
  [{ category: ['absent'] }],
  [{ category: ['policies'] }, { status: ['published'] }],
  [{ own: true }, { status: ['published'] }],
  [{ own: true }, { category: ['policies'] }],
  [
    { category: ['policies'], own: true },
    { category: ['reports', 'minutes'], status: ['draft'] },
    { status: ['archived'], own: true },
  ],
]

/** One list of rules for each kind and for combinations of them. */
export function ruleSets(scope: Rule['scope']): Rule[][] {
  return wheres.map((conditions) => conditions.map((where) => ({ scope, where })))
}

/** `policies+reports/own or draft` */
export function nameOf(rules: readonly Rule[]): string {
  return rules
    .map(({ where: { category = [], status = [], own } }) =>
      [category.join('+'), status.join('+'), own ? 'own' : ''].filter((part) => part !== '').join('/'),
    )
    .join(' or ')
}

/** The records of a list, read to its end. */
export async function everyPage(
  read: (query: string) => Promise<{ body: Json; headers: Headers }>,
  query: string,
): Promise<{ records: Json[]; total: number; calls: number }> {
  const records: Json[] = []
  let calls = 0
  for (let next: string | undefined = query; next !== undefined; calls++) {
    const { body, headers }: { body: Json; headers: Headers } = await read(next)
    records.push(...body.data)
    next = /[?]([^>]+)>; rel="next"/.exec(headers.get('link') ?? '')?.[1]
    if (next === undefined) return { records, total: body.meta.total_count, calls: calls + 1 }
  }
  return { records, total: 0, calls }
}
