import type { Rule } from 'comserv'
import { Fragment } from 'react'
import { t } from '../i18n/t.ts'
import { word } from '../i18n/words.ts'

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
  const or = ` ${t('or')} `
  const conditions = [
    where.category && t('in the category {{names}}', { names: where.category.join(or) }),
    where.status && t('with the status {{names}}', { names: where.status.map(word).join(or) }),
    where.own && t('written by {{owner}}', { owner }),
  ].filter(Boolean)
  return t('documents {{conditions}}', { conditions: conditions.join(', ') })
}
