import type { ReactNode } from 'react'
import type { Limit } from './schema-text.ts'

interface Props {
  name: string
  type: string
  isRequired?: boolean
  isDeprecated?: boolean
  limits: readonly Limit[]
  children?: ReactNode
  /** The fields within this one. */
  within?: ReactNode
}

/** A field or parameter: its name, type, description and constraints. */
export function FieldRow({ name, type, isRequired, isDeprecated, limits, children, within }: Props) {
  return (
    <li className="field">
      <div className="field-head">
        <code className="field-name">{name}</code>
        <span className="field-type">{type}</span>
        {isRequired && <span className="required">required</span>}
        {isDeprecated && <span className="deprecated">deprecated</span>}
      </div>
      {children && <div className="field-text">{children}</div>}
      {limits.length > 0 && (
        <dl className="limits">
          {limits.map(({ label, values }) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd>
                {values.map((value) => (
                  <code key={value}>{value}</code>
                ))}
              </dd>
            </div>
          ))}
        </dl>
      )}
      {within}
    </li>
  )
}
