import type { Json } from '../harness.ts'

export interface Schema {
  type?: string | string[]
  enum?: unknown[]
  oneOf?: Schema[]
  properties?: Record<string, Schema>
  required?: string[]
  items?: Schema
  minItems?: number
  maxItems?: number
  minLength?: number
  maxLength?: number
  minimum?: number
  maximum?: number
  pattern?: string
  format?: string
  examples?: unknown[]
  additionalProperties?: unknown
}

export interface Parameter {
  name: string
  required: boolean
  schema: Schema
}

/** One call that the OpenAPI document promises, every reference followed. */
export interface Operation {
  id: string
  method: string
  /** `/api/v1/users/{id}` */
  path: string
  pathParameters: Parameter[]
  query: Parameter[]
  body: { types: string[]; schema: Schema } | undefined
  /** By status: what it answers, by media type; empty where there is no body. */
  answers: Map<number, Map<string, Schema>>
  isApi: boolean
  isPublic: boolean
  takesKey: boolean
  isOauth: boolean
}

export function operationsOf(document: Json): Operation[] {
  return Object.entries<Json>(document.paths).flatMap(([path, methods]) =>
    Object.entries<Json>(methods).map(([method, described]) =>
      operationOf(document, path, method, described),
    ),
  )
}

function operationOf(document: Json, path: string, method: string, described: Json): Operation {
  const {
    operationId,
    parameters = [],
    requestBody,
    responses,
    security,
  } = follow(document, described) as Json
  const among = (place: string): Parameter[] => parameters.filter((parameter: Json) => parameter.in === place)
  const bodies = Object.entries<Json>(requestBody?.content ?? {})
  return {
    id: operationId,
    method: method.toUpperCase(),
    path,
    pathParameters: among('path'),
    query: among('query'),
    body: bodies[0] && { types: bodies.map(([type]) => type), schema: bodies[0][1].schema },
    answers: new Map(
      Object.entries<Json>(responses).map(([status, { content = {} }]) => [
        Number(status),
        new Map(Object.entries<Json>(content).map(([type, { schema }]) => [type, schema as Schema])),
      ]),
    ),
    isApi: path.startsWith('/api/v1/'),
    isPublic: security.length === 0,
    takesKey: among('header').some(({ name }) => name === 'Idempotency-Key'),
    isOauth: path.startsWith('/api/v1/oauth/'),
  }
}

/** The same part with every `$ref` replaced by what it names. */
function follow(document: Json, part: Json): Json {
  if (Array.isArray(part)) return part.map((inner) => follow(document, inner))
  if (typeof part !== 'object' || part === null) return part
  if (typeof part.$ref === 'string') {
    const names: string[] = part.$ref.slice(2).split('/')
    return follow(
      document,
      names.reduce((at: Json, name) => at[name], document),
    )
  }
  return Object.fromEntries(Object.entries(part).map(([name, inner]) => [name, follow(document, inner)]))
}

/** Whether something in the schema is a password: hashing one is slow on purpose. */
export function holdsPassword(schema: Schema | undefined): boolean {
  if (schema === undefined) return false
  return (
    schema.format === 'password' ||
    Object.values(schema.properties ?? {}).some(holdsPassword) ||
    (schema.oneOf ?? []).some(holdsPassword) ||
    holdsPassword(schema.items)
  )
}
