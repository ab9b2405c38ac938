import type { Rule, RuleInput } from 'comserv'

/** A rule as the form holds it: no condition at all means every document. */
export interface RuleValues {
  scope: RuleInput['scope']
  category: string[]
  status: string[]
  own: boolean
}

export const narrowable = [
  'documents:read',
  'documents:write',
] as const satisfies readonly RuleInput['scope'][]

export function ruleValuesOf(rules: readonly Rule[] | null | undefined): RuleValues[] {
  return (rules ?? []).map(({ scope, where }) => ({
    scope: scope as RuleInput['scope'],
    category: [...(where.category ?? [])],
    status: [...(where.status ?? [])],
    own: where.own ?? false,
  }))
}

/** Null without rules: nothing is narrowed. */
export function rulesInput(rules: readonly RuleValues[]): RuleInput[] | null {
  if (rules.length === 0) return null
  return rules.map(({ scope, category, status, own }) => ({
    scope,
    where: {
      ...(category.length > 0 ? { category } : {}),
      ...(status.length > 0 ? { status: status as NonNullable<RuleInput['where']['status']> } : {}),
      ...(own ? { own: true as const } : {}),
    },
  }))
}
