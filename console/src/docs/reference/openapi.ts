import { queryOptions } from '@tanstack/react-query'
import { comserv } from '../../api/client.ts'

/** The parts of an OpenAPI 3.1 document that the API's own description uses. */
export interface OpenApi {
  info: { title: string; version: string; description?: string }
  tags: { name: string; description?: string }[]
  paths: Record<string, Record<string, RawOperation>>
  components: {
    schemas: Record<string, Schema>
    parameters?: Record<string, Parameter>
    responses?: Record<string, RawAnswer>
    headers?: Record<string, Header>
    securitySchemes?: Record<string, { flows?: { clientCredentials?: { scopes: Record<string, string> } } }>
  }
}

export interface Ref {
  $ref: string
}

export interface RawOperation {
  operationId: string
  summary?: string
  description?: string
  tags?: string[]
  deprecated?: boolean
  parameters?: (Parameter | Ref)[]
  requestBody?: { required?: boolean; content: Content }
  responses: Record<string, RawAnswer | Ref>
  security?: Record<string, string[]>[]
}

export interface RawAnswer {
  description?: string
  headers?: Record<string, Header | Ref>
  content?: Content
}

export type Content = Record<string, { schema: Schema }>

export interface Parameter {
  name: string
  in: 'path' | 'query' | 'header' | 'cookie'
  required?: boolean
  description?: string
  deprecated?: boolean
  schema: Schema
}

export interface Header {
  description?: string
  schema: Schema
}

export interface Schema {
  $ref?: string
  type?: string | string[]
  title?: string
  description?: string
  format?: string
  pattern?: string
  enum?: unknown[]
  const?: unknown
  default?: unknown
  examples?: unknown[]
  required?: string[]
  properties?: Record<string, Schema>
  patternProperties?: Record<string, Schema>
  additionalProperties?: boolean | Schema
  items?: Schema
  oneOf?: Schema[]
  anyOf?: Schema[]
  minimum?: number
  maximum?: number
  minLength?: number
  maxLength?: number
  minItems?: number
  maxItems?: number
  uniqueItems?: boolean
  minProperties?: number
  readOnly?: boolean
  writeOnly?: boolean
  deprecated?: boolean
}

/** The OpenAPI document of this server; it does not change while the page is open. */
export const openApiQuery = queryOptions({
  queryKey: ['openapi'],
  queryFn: async () => (await comserv.description.openApi()) as unknown as OpenApi,
  staleTime: Number.POSITIVE_INFINITY,
})

/** Resolves a reference within the document. */
export function resolved<T extends object>(api: OpenApi, value: T | Ref): T {
  if (!('$ref' in value) || typeof value.$ref !== 'string') return value as T
  const found = value.$ref
    .replace(/^#\//, '')
    .split('/')
    .reduce<unknown>(
      (at, part) => (at as Record<string, unknown> | undefined)?.[part.replaceAll('~1', '/')],
      api,
    )
  if (!found) throw new Error(`The description of the API refers to ${value.$ref}, which it does not have.`)
  return found as T
}

/** The name of a component schema, such as `Document`. */
export function nameOf(schema: Schema): string | undefined {
  return schema.$ref?.split('/').at(-1)
}
