import { FieldRow } from './field-row.tsx'
import { InlineCode } from './inline-code.tsx'
import { nameOf, type OpenApi, resolved, type Schema } from './openapi.ts'
import { innerOf, limitsOf, typeTextOf } from './schema-text.ts'

/** Deeper than any schema of the API; a recursive schema ends here. */
const depthMax = 8

interface Props {
  api: OpenApi
  schema: Schema
  depth?: number
}

/** The fields of a schema; nested ones unfold. */
export function SchemaView({ api, schema, depth = 0 }: Props) {
  const own = resolved(api, schema)
  const variants = own.oneOf ?? own.anyOf
  if (depth > depthMax) return null
  if (variants) return <Variants api={api} variants={variants} depth={depth} />
  if (own.items) {
    return (
      <>
        <p className="quiet">An {typeTextOf(own)}:</p>
        <SchemaView api={api} schema={own.items} depth={depth + 1} />
      </>
    )
  }
  if (!own.properties) return <Plain schema={own} />
  return (
    <ul className="fields">
      {Object.entries(own.properties).map(([name, field]) => (
        <Field
          key={name}
          api={api}
          name={name}
          schema={field}
          isRequired={own.required?.includes(name) === true}
          depth={depth}
        />
      ))}
    </ul>
  )
}

interface FieldProps extends Props {
  name: string
  isRequired: boolean
  depth: number
}

function Field({ api, name, schema, isRequired, depth }: FieldProps) {
  const own = resolved(api, schema)
  const inner = innerOf(api, schema)
  const text = schema.description ?? own.description
  return (
    <FieldRow
      name={name}
      type={typeTextOf(schema)}
      isRequired={isRequired}
      isDeprecated={own.deprecated === true}
      limits={inner ? [] : limitsOf(own)}
      within={inner && <Folded api={api} schema={inner} name={name} depth={depth} />}
    >
      {text && <InlineCode text={text} />}
      {own.writeOnly && <span className="quiet"> Never in a response.</span>}
    </FieldRow>
  )
}

/** The first level is open, so that a list shows the fields of its rows. */
function Folded({ api, schema, name, depth }: Props & { name: string; depth: number }) {
  return (
    <details className="within" open={depth < 1}>
      <summary>
        Fields of <code>{name}</code>
      </summary>
      <SchemaView api={api} schema={schema} depth={depth + 1} />
    </details>
  )
}

function Variants({ api, variants, depth }: { api: OpenApi; variants: readonly Schema[]; depth: number }) {
  return (
    <div className="variants">
      {variants.map((variant, i) => (
        <details className="within" key={i} open={i === 0}>
          <summary>{variantName(api, variant) ?? `Form ${i + 1}`}</summary>
          <SchemaView api={api} schema={variant} depth={depth + 1} />
        </details>
      ))}
    </div>
  )
}

/** Named by its discriminating value: `action: create`. */
function variantName(api: OpenApi, variant: Schema): string | undefined {
  const name = nameOf(variant)
  if (name) return name
  const properties = Object.entries(resolved(api, variant).properties ?? {})
  const single = properties.find(([, { enum: values }]) => values?.length === 1)
  return single && `${single[0]}: ${single[1].enum?.[0]}`
}

function Plain({ schema }: { schema: Schema }) {
  return (
    <p>
      <span className="field-type">{typeTextOf(schema)}</span>{' '}
      {schema.description && <InlineCode text={schema.description} />}
    </p>
  )
}
