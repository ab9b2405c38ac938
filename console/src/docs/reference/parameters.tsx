import { FieldRow } from './field-row.tsx'
import { InlineCode } from './inline-code.tsx'
import type { Parameter } from './openapi.ts'
import type { Operation } from './operations.ts'
import { limitsOf, typeTextOf } from './schema-text.ts'

const places = [
  ['path', 'Path'],
  ['query', 'Query'],
  ['header', 'Headers'],
] as const

export function Parameters({ operation }: { operation: Operation }) {
  return places.map(([place, title]) => {
    const parameters = operation.parameters.filter((parameter) => parameter.in === place)
    if (parameters.length === 0) return null
    return (
      <section key={place} aria-labelledby={`in-${place}`}>
        <h2 id={`in-${place}`}>{title}</h2>
        <ul className="fields">
          {parameters.map((parameter) => (
            <FieldRow
              key={parameter.name}
              name={parameter.name}
              type={typeTextOf(parameter.schema)}
              isRequired={parameter.required === true}
              isDeprecated={parameter.deprecated === true}
              limits={limitsOf(parameter.schema)}
            >
              {descriptionOf(parameter)}
            </FieldRow>
          ))}
        </ul>
      </section>
    )
  })
}

function descriptionOf({ description, schema }: Parameter) {
  const text = description ?? schema.description
  return text ? <InlineCode text={text} /> : undefined
}
