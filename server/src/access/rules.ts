import {
  contains,
  everything,
  includes,
  intersection,
  isSame,
  nothing,
  type Placed,
  type Slice,
  sliceOf,
  union,
  type Where,
  wheresOf,
  withoutOwn,
} from './slice.ts'

/** The scopes that rules can narrow, and how the reach calls each. */
export const narrowedScopes = { 'documents:read': 'read', 'documents:write': 'write' } as const
export type NarrowedScope = keyof typeof narrowedScopes
export function isNarrowedScope(scope: string): scope is NarrowedScope {
  return Object.hasOwn(narrowedScopes, scope)
}

type Verb = (typeof narrowedScopes)[NarrowedScope]

/** Documents that a scope applies to. Conditions of one rule must all hold; of several rules, one is enough. */
export interface Rule {
  scope: NarrowedScope
  where: Where
}

/** Bounds what one list of documents is merged from. */
export const categoriesMax = 20
export const rulesMax = 10

/** As they are stored. */
export function parsedRules(stored: string | null): Rule[] {
  return stored === null ? [] : JSON.parse(stored)
}

/** A role or a credential whose rules narrow what its scopes apply to. */
export interface Narrowing {
  by: 'role' | 'credential'
  name: string
  rules: readonly Rule[]
}

/** The documents that each scope applies to, and the narrowings that all of it must pass. */
export interface DocumentReach extends Readonly<Record<Verb, Slice>> {
  by: readonly Narrowing[]
}

export const allDocuments: DocumentReach = { read: everything, write: everything, by: [] }

/** What is left of a reach after one more narrowing. */
export function narrowedBy(reach: DocumentReach, narrowing: Narrowing): DocumentReach {
  if (narrowing.rules.length === 0) return reach
  const { rules } = narrowing
  return {
    read: intersection(reach.read, sliceOfRules(rules, 'documents:read')),
    write: intersection(reach.write, sliceOfRules(rules, 'documents:write')),
    by: [...reach.by, narrowing],
  }
}

/** A scope without a rule is not narrowed. */
export function sliceOfRules(rules: readonly Rule[], scope: NarrowedScope): Slice {
  const own = rules.filter((rule) => rule.scope === scope)
  return own.length === 0 ? everything : own.map(({ where }) => sliceOf(where)).reduce(union, nothing)
}

/**
 * The first scope with which `inner` reaches documents that `outer` does not; undefined when there is none.
 * @param own whether both belong to the same user, so that they mean the same by own documents
 */
export function scopeReachedBeyond(
  outer: DocumentReach,
  inner: DocumentReach,
  scopes: Iterable<string>,
  { own }: { own: boolean },
): NarrowedScope | undefined {
  const held = new Set(scopes)
  return (Object.keys(narrowedScopes) as NarrowedScope[]).find((scope) => {
    const verb = narrowedScopes[scope]
    return held.has(scope) && !contains(outer[verb], own ? inner[verb] : withoutOwn(inner[verb]))
  })
}

/** The first narrowing that keeps some documents from being read; undefined where all are read. */
export function narrowsReading({ by }: DocumentReach): Narrowing | undefined {
  return by.find(({ rules }) => !isSame(sliceOfRules(rules, 'documents:read'), everything))
}

/** The narrowing that excludes a document; undefined when none does. */
export function excludedBy(
  { by }: DocumentReach,
  scope: NarrowedScope,
  document: Placed,
  userId: number,
): Narrowing | undefined {
  return by.find(({ rules }) => !includes(sliceOfRules(rules, scope), document, userId))
}

/** The rule, counted from 1 in the list, that includes a document. */
export function rulesThatMatch(
  { rules }: Narrowing,
  scope: NarrowedScope,
  document: Placed,
  userId: number,
): number[] {
  return rules.flatMap((rule, i) =>
    rule.scope === scope && includes(sliceOf(rule.where), document, userId) ? [i + 1] : [],
  )
}

/** `category is 'policies' or 'reports', and status is 'published'` */
export function inWords({ category, status, own }: Where): string {
  const oneOf = (name: string, values: readonly string[] | undefined) =>
    values ? [`the ${name} is ${values.map((value) => `'${value}'`).join(' or ')}`] : []
  return [
    ...oneOf('category', category),
    ...oneOf('status', status),
    ...(own ? ['the author is the caller'] : []),
  ].join(' and ')
}

/** The rules of a scope, as the end of a sentence: `documents where …`. */
export function rulesInWords({ rules }: Narrowing, scope: NarrowedScope): string {
  const own = rules.filter((rule) => rule.scope === scope)
  return `documents where ${own.map(({ where }) => inWords(where)).join(', or where ')}`
}

/**
 * What a caller may not go beyond in what it makes: the rules of its credential. Those of a role bind whatever its
 * people own, at each request, so that they need not be handed on.
 */
function ofCredentials({ by }: DocumentReach): Narrowing[] {
  return by.filter((narrowing) => narrowing.by === 'credential')
}

/**
 * The rules that a caller hands on: those of its credential, and of the credentials that it descends from. Undefined when
 * it is not narrowed.
 */
export function rulesToHandOn(reach: DocumentReach): readonly Rule[] | undefined {
  const [own, ...above] = ofCredentials(reach)
  if (!own || above.length === 0) return own?.rules
  const all = [own, ...above].reduce(narrowedBy, allDocuments)
  const rules = (Object.keys(narrowedScopes) as NarrowedScope[]).flatMap((scope) =>
    wheresOf(all[narrowedScopes[scope]], categoriesMax).map((where): Rule => ({ scope, where })),
  )
  // What cannot be said in so few rules is left to the caller: its own reach too far, which is refused.
  return rules.length > rulesMax ? own.rules : rules
}

/**
 * The scope with which `rules` reach further than their maker. What belongs to the same user is bound by the same role at
 * each request; what belongs to another is not.
 * @param own whether it belongs to the user that the maker acts for
 */
export function scopeBeyondMaker(
  maker: DocumentReach,
  rules: readonly Rule[],
  scopes: Iterable<string>,
  { own }: { own: boolean },
): NarrowedScope | undefined {
  const bounds = own ? ofCredentials(maker).reduce(narrowedBy, allDocuments) : maker
  const made = narrowedBy(allDocuments, { by: 'credential', name: '', rules })
  return scopeReachedBeyond(bounds, made, scopes, { own })
}
