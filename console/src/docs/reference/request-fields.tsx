import { NativeSelect, PasswordInput, Textarea, TextInput } from '@mantine/core'
import type { OpenApi, Schema } from './openapi.ts'
import { resolved } from './openapi.ts'
import type { Operation } from './operations.ts'
import { bodyTypeOf, type Filled, formType } from './request.ts'
import { typeTextOf } from './schema-text.ts'

interface Props {
  api: OpenApi
  operation: Operation
  filled: Filled
  onChange(filled: Filled): void
}

/** Sent by the page itself if needed. */
const byThePage = 'X-CSRF-Token'

/** A field for each parameter, required ones first, the rest folded; then the body. */
export function RequestFields({ api, operation, filled, onChange }: Props) {
  const parameters = operation.parameters.filter(({ name }) => name !== byThePage)
  const needed = parameters.filter(({ required }) => required)
  const rest = parameters.filter(({ required }) => !required)
  const setParameter = (name: string, value: string) =>
    onChange({ ...filled, parameters: { ...filled.parameters, [name]: value } })
  const fieldsOf = (some: typeof parameters) =>
    some.map(({ name, schema, required }) => (
      <ValueField
        key={name}
        name={name}
        schema={schema}
        required={required === true}
        value={filled.parameters[name] ?? ''}
        onChange={(value) => setParameter(name, value)}
      />
    ))
  return (
    <>
      {fieldsOf(needed)}
      {rest.length > 0 && (
        <details className="within" open={rest.length <= 2}>
          <summary>Optional: {rest.map(({ name }) => name).join(', ')}</summary>
          <div className="try-fields">{fieldsOf(rest)}</div>
        </details>
      )}
      <BodyFields api={api} operation={operation} filled={filled} onChange={onChange} />
    </>
  )
}

function BodyFields({ api, operation, filled, onChange }: Props) {
  const type = bodyTypeOf(operation)
  if (type === undefined) return null
  if (type !== formType) {
    return (
      <Textarea
        label="Body"
        description={type}
        autosize
        minRows={3}
        maxRows={18}
        spellCheck={false}
        classNames={{ input: 'mono' }}
        value={filled.body}
        onChange={({ currentTarget }) => onChange({ ...filled, body: currentTarget.value })}
      />
    )
  }
  const schema = resolved(api, operation.body?.content[type]?.schema ?? {})
  return Object.entries(schema.properties ?? {}).map(([name, field]) => (
    <ValueField
      key={name}
      name={name}
      schema={field}
      required={schema.required?.includes(name) === true}
      value={filled.form[name] ?? ''}
      onChange={(value) => onChange({ ...filled, form: { ...filled.form, [name]: value } })}
    />
  ))
}

interface ValueProps {
  name: string
  schema: Schema
  required: boolean
  value: string
  onChange(value: string): void
}

function ValueField({ name, schema, required, value, onChange }: ValueProps) {
  const common = {
    label: name,
    required,
    withAsterisk: required,
    value,
    onChange: ({ currentTarget }: { currentTarget: { value: string } }) => onChange(currentTarget.value),
  }
  if (schema.enum)
    return <NativeSelect {...common} data={[...(required ? [] : ['']), ...schema.enum.map(String)]} />
  if (/secret|^token$/.test(name)) return <PasswordInput {...common} autoComplete="off" />
  return <TextInput {...common} placeholder={typeTextOf(schema)} autoComplete="off" spellCheck={false} />
}
