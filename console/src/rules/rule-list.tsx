import type { Rule } from 'comserv'

interface Props {
  rules: readonly Rule[]
  /** Whose documents `own` means. */
  owner?: string
}

/** What each rule narrows, in words. */
export function RuleList({ rules, owner }: Props) {
  return rules.map((rule) => {
    const text = wordsOfRule(rule, owner)
    return (
      <span key={rule.scope + text} className="block">
        <span className="mono">{rule.scope}</span>: {text}
      </span>
    )
  })
}

/** `documents in the category policies, with the status published`. */
export function wordsOfRule({ where }: Rule, owner = 'the owner'): string {
  const conditions = [
    where.category && `in the category ${where.category.join(' or ')}`,
    where.status && `with the status ${where.status.join(' or ')}`,
    where.own && `written by ${owner}`,
  ].filter(Boolean)
  return `documents ${conditions.join(', ')}`
}
