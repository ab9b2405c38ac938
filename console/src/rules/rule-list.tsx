import type { Rule } from 'comserv'
import { Fragment } from 'react'
import { t } from '../i18n/t.ts'

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
      <Fragment key={rule.scope + text}>
        {' '}
        <span className="block">
          <span className="mono">{rule.scope}</span>: {text}
        </span>
      </Fragment>
    )
  })
}

/** `documents in the category policies, with the status published`. */
export function wordsOfRule({ where }: Rule, owner = t('the owner')): string {
  const conditions = [
    where.category && `in the category ${where.category.join(' or ')}`,
    where.status && `with the status ${where.status.join(' or ')}`,
    where.own && `written by ${owner}`,
  ].filter(Boolean)
  return t('documents {{conditions}}', { conditions: conditions.join(', ') })
}
