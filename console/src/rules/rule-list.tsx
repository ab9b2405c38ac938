import type { Rule } from 'comserv'

/** What each rule narrows, in words. */
export function RuleList({ rules }: { rules: readonly Rule[] }) {
  return rules.map(({ scope, where }) => {
    const conditions = [
      where.category && `in the category ${where.category.join(' or ')}`,
      where.status && `with the status ${where.status.join(' or ')}`,
      where.own && 'written by the owner',
    ].filter(Boolean)
    const text = `documents ${conditions.join(', ')}`
    return (
      <span key={scope + text} className="block">
        <span className="mono">{scope}</span>: {text}
      </span>
    )
  })
}
