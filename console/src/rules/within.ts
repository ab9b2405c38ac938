import type { Rule } from 'comserv'

type Where = Rule['where']

/** The rules that narrow a scope; none: it is not narrowed. */
export function rulesFor(scope: string, rules: readonly Rule[] | null): Rule[] {
  return (rules ?? []).filter((rule) => rule.scope === scope)
}

/** Whether what the one rules include, the others include, too. Decided rule by rule, so that it may say no too often. */
export function isWithin(inner: readonly Rule[], outer: readonly Rule[]): boolean {
  if (outer.length === 0) return true
  return inner.length > 0 && inner.every((one) => outer.some((other) => covers(other.where, one.where)))
}

function covers(outer: Where, inner: Where): boolean {
  return (
    includesAll(outer.category, inner.category) &&
    includesAll(outer.status, inner.status) &&
    (!outer.own || inner.own === true)
  )
}

/** @param outer undefined for every value */
function includesAll(outer: readonly string[] | undefined, inner: readonly string[] | undefined): boolean {
  return outer === undefined || (inner?.every((value) => outer.includes(value)) ?? false)
}
