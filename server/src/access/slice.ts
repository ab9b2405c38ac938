/** Every status of a document, in the order of responses. */
export const documentStatuses = ['draft', 'published', 'archived'] as const
export type DocumentStatus = (typeof documentStatuses)[number]

/** How many of some documents: none, those that the caller wrote, or all. A larger one includes a smaller one. */
export const share = { none: 0, own: 1, all: 2 } as const
type Share = (typeof share)[keyof typeof share]
/** One for each status. */
type Shares = readonly Share[]

/**
 * Which documents: a share of those of every category and status. Any combination of conditions on category, status and
 * author becomes such a table, so that two of them can be joined, intersected and compared exactly.
 */
export interface Slice {
  /** Categories that differ from the others. */
  named: ReadonlyMap<string, Shares>
  others: Shares
}

/** Documents of a slice, as seen by this user. */
export interface Within {
  slice: Slice
  userId: number
}

/** What decides about a document. */
export interface Placed {
  category: string
  status: string
  author_id: number
}

/** Conditions that must all hold; one that is left out holds for every document. */
export interface Where {
  category?: readonly string[]
  status?: readonly DocumentStatus[]
  /** Documents that the caller wrote. */
  own?: true
}

export const everything: Slice = { named: new Map(), others: documentStatuses.map(() => share.all) }
export const nothing: Slice = { named: new Map(), others: documentStatuses.map(() => share.none) }

export function sliceOf({ category, status, own }: Where): Slice {
  const shares = documentStatuses.map((one) =>
    status && !status.includes(one) ? share.none : own ? share.own : share.all,
  )
  return category
    ? canonical({
        named: new Map(category.map((name) => [name, shares])),
        others: nothing.others,
      })
    : { named: new Map(), others: shares }
}

export function union(a: Slice, b: Slice): Slice {
  return combined(a, b, (left, right) => (left > right ? left : right))
}

export function intersection(a: Slice, b: Slice): Slice {
  return combined(a, b, (left, right) => (left < right ? left : right))
}

/** Whether `outer` includes every document of `inner`, for the same caller. */
export function contains(outer: Slice, inner: Slice): boolean {
  return isSame(union(outer, inner), outer)
}

/** The slice for anybody: documents that one caller wrote are not those that another wrote. */
export function withoutOwn({ named, others }: Slice): Slice {
  const raised = (shares: Shares) => shares.map((one) => (one === share.own ? share.all : one))
  return canonical({
    named: new Map([...named].map(([name, shares]) => [name, raised(shares)])),
    others: raised(others),
  })
}

export function isSame(a: Slice, b: Slice): boolean {
  return categoriesOf(a, b).every((name) => sameShares(sharesOf(a, name), sharesOf(b, name)))
}

export function includes(slice: Slice, { category, status, author_id }: Placed, userId: number): boolean {
  const found = sharesOf(slice, category)[documentStatuses.indexOf(status as DocumentStatus)] ?? share.none
  return found === share.all || (found === share.own && author_id === userId)
}

/** The shares of one category. */
export function sharesOf({ named, others }: Slice, category: string | undefined): Shares {
  return (category === undefined ? undefined : named.get(category)) ?? others
}

/** The part of a slice that a list of this category and status shows. */
export function partOf(
  slice: Slice,
  { category, status }: { category?: string | undefined; status?: string | undefined },
): Slice {
  const only = (shares: Shares) =>
    documentStatuses.map((one, i) =>
      status === undefined || one === status ? (shares[i] ?? share.none) : share.none,
    )
  if (category !== undefined)
    return canonical({
      named: new Map([[category, only(sharesOf(slice, category))]]),
      others: nothing.others,
    })
  const { named, others } = slice
  return canonical({
    named: new Map([...named].map(([name, shares]) => [name, only(shares)])),
    others: only(others),
  })
}

/** A category, a status, or both: each is an equality that an index and a counter know. */
export interface Cell {
  category?: string
  status?: DocumentStatus
}

/**
 * The documents that are seen whoever wrote them, as cells that do not overlap. One category never has less than the
 * others: conditions only ever add to what all categories have.
 */
export function cellsOf({ named, others }: Slice): Cell[] {
  const wholly = (shares: Shares) => shares.every((one) => one === share.all)
  if (wholly(others)) return [{}]
  const seen = (shares: Shares) => documentStatuses.filter((_, i) => shares[i] === share.all)
  const everywhere = seen(others)
  const inNamed = [...named].flatMap(([category, shares]): Cell[] =>
    wholly(shares) && everywhere.length === 0
      ? [{ category }]
      : seen(shares)
          .filter((status) => !everywhere.includes(status))
          .map((status) => ({ category, status })),
  )
  return [...everywhere.map((status) => ({ status })), ...inNamed]
}

/** Whether it has documents that only their author sees. */
export function hasOwn({ named, others }: Slice): boolean {
  return [others, ...named.values()].some((shares) => shares.includes(share.own))
}

/** The category and status of all documents with at least this share, as texts for a query. */
export function pairsOf({ named, others }: Slice, least: Share): { statuses: string[]; pairs: string[] } {
  const of = (shares: Shares) => documentStatuses.filter((_, i) => (shares[i] ?? share.none) >= least)
  const statuses = of(others)
  const pairs = [...named].flatMap(([category, shares]) =>
    of(shares)
      .filter((status) => !statuses.includes(status))
      .map((status) => `${status} ${category}`),
  )
  return { statuses, pairs }
}

/**
 * Conditions that say what a slice is, of which one must hold; none for everything. A slice of nothing has none either:
 * no condition says it.
 * @param categoriesMax in one condition
 */
export function wheresOf({ named, others }: Slice, categoriesMax: number): Where[] {
  if (named.size === 0 && others.every((one) => one === share.all)) return []
  const alike = Map.groupBy(named.keys(), (name) => (named.get(name) ?? others).join())
  const groups = [...alike.values()].flatMap((names) =>
    Array.from({ length: Math.ceil(names.length / categoriesMax) }, (_, i) =>
      names.slice(i * categoriesMax, (i + 1) * categoriesMax),
    ),
  )
  return [
    ...wheresOfShares(others),
    ...groups.flatMap((category) =>
      wheresOfShares(named.get(category[0] ?? '') ?? others).map((where) => ({ category, ...where })),
    ),
  ]
}

function wheresOfShares(shares: Shares): Where[] {
  return [share.all, share.own].flatMap((level) => {
    const status = documentStatuses.filter((_, i) => shares[i] === level)
    if (status.length === 0) return []
    const own = level === share.own ? { own: true as const } : {}
    return [{ ...(status.length === documentStatuses.length ? {} : { status }), ...own }]
  })
}

function combined(a: Slice, b: Slice, choose: (left: Share, right: Share) => Share): Slice {
  const both = (left: Shares, right: Shares) => left.map((one, i) => choose(one, right[i] ?? share.none))
  const named = categoriesOf(a, b).flatMap((name) =>
    name === undefined ? [] : [[name, both(sharesOf(a, name), sharesOf(b, name))] as const],
  )
  return canonical({ named: new Map(named), others: both(a.others, b.others) })
}

/** The categories that either slice names, and undefined for all others. */
function categoriesOf(a: Slice, b: Slice): (string | undefined)[] {
  return [undefined, ...new Set([...a.named.keys(), ...b.named.keys()])]
}

/** Without categories that are like all others. */
function canonical({ named, others }: Slice): Slice {
  return { others, named: new Map([...named].filter(([, shares]) => !sameShares(shares, others))) }
}

function sameShares(a: Shares, b: Shares): boolean {
  return a.every((one, i) => one === b[i])
}
