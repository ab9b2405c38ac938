import { type OpenApi, resolved, type Schema } from './openapi.ts'

const depthMax = 8

const byFormat: Readonly<Record<string, unknown>> = {
  'date-time': '2026-01-15T08:30:00Z',
  email: 'johndoe@example.org',
  password: 'securepassword',
  uri: 'https://example.com',
}

/**
 * A value that fits a schema. A request has the required fields, or else one field to start with; a response
 * has all of them.
 */
export function sampleOf(api: OpenApi, schema: Schema, use: 'request' | 'answer', depth = 0): unknown {
  const own = resolved(api, schema)
  const [example] = own.examples ?? []
  if (example !== undefined) return example
  if (own.default !== undefined) return own.default
  if (own.const !== undefined) return own.const
  if (own.enum) return own.enum[0]
  const [variant] = own.oneOf ?? own.anyOf ?? []
  if (variant) return sampleOf(api, variant, use, depth + 1)
  const [type] = [own.type].flat()
  if (type === 'array') return own.items && depth < depthMax ? [sampleOf(api, own.items, use, depth + 1)] : []
  if (type === 'object') return objectSample(api, own, use, depth)
  if (type === 'integer' || type === 'number') return Math.max(1, own.minimum ?? 1)
  if (type === 'boolean') return true
  if (type === 'null' || type === undefined) return null
  return byFormat[own.format ?? ''] ?? 'text'
}

function objectSample(api: OpenApi, schema: Schema, use: 'request' | 'answer', depth: number): unknown {
  if (depth >= depthMax) return {}
  const all = Object.entries(schema.properties ?? {})
  const shown = use === 'answer' ? all : wantedOf(all, schema.required ?? [])
  return Object.fromEntries(shown.map(([name, field]) => [name, sampleOf(api, field, use, depth + 1)]))
}

function wantedOf(all: [string, Schema][], required: readonly string[]): [string, Schema][] {
  const needed = all.filter(([name]) => required.includes(name))
  return needed.length > 0 ? needed : all.slice(0, 1)
}
