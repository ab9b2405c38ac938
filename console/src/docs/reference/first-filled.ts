import type { OpenApi } from './openapi.ts'
import type { Operation } from './operations.ts'
import { bodyTypeOf, type Filled, formType } from './request.ts'
import { sampleOf } from './sample.ts'

/** The initial values of the form: an example for each required field. */
export function firstFilled(api: OpenApi, operation: Operation): Filled {
  const required = operation.parameters.filter((parameter) => parameter.required)
  const parameters = Object.fromEntries(
    required.map(({ name, schema }) => [name, String(sampleOf(api, schema, 'request'))]),
  )
  const type = bodyTypeOf(operation)
  const schema = type === undefined ? undefined : operation.body?.content[type]?.schema
  if (schema === undefined) return { parameters, body: '', form: {} }
  const sample = sampleOf(api, schema, 'request')
  if (type !== formType) return { parameters, body: JSON.stringify(sample, null, 2), form: {} }
  const fixed = Object.entries(sample as Record<string, unknown>).map(([name, value]) => [
    name,
    String(value),
  ])
  return { parameters, body: '', form: Object.fromEntries(fixed.filter(([, value]) => value !== 'text')) }
}
