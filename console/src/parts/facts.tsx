import { Fragment, type ReactNode } from 'react'
import './facts.css'

/** A list of labels and values; those that do not apply are left out. */
export type Fact = readonly [label: ReactNode, value: ReactNode] | false | '' | null | undefined

export function Facts({ facts, className }: { facts: readonly Fact[]; className?: string }) {
  return (
    <dl className={className ? `facts ${className}` : 'facts'}>
      {facts.map(
        (fact, i) =>
          fact && (
            <Fragment key={i}>
              <dt>{fact[0]}</dt>
              <dd dir="auto">{fact[1]}</dd>
            </Fragment>
          ),
      )}
    </dl>
  )
}
