import type { RouteOptions } from 'fastify'
import type { TSchema } from 'typebox'
import { CsrfToken, changesSomething } from './csrf.ts'
import { describeDeprecation } from './deprecation.ts'
import { type ErrorCode, errorCodes } from './errors.ts'
import type { Components, Json } from './openapi-components.ts'
import { type ResponseHeader, rateLimitHeaders, referToHeaders } from './openapi-headers.ts'
import { isApi } from './request-path.ts'
import { mayBeAbsent } from './schemas.ts'

/** The parts of a route's schema, as the routes declare them. */
interface RouteSchema {
  operationId?: string
  summary?: string
  description?: string
  tags?: readonly string[]
  querystring?: ObjectSchema
  params?: ObjectSchema
  headers?: ObjectSchema
  body?: TSchema
  response?: Record<string, TSchema>
}

interface ObjectSchema {
  properties?: Record<string, TSchema>
  required?: string[]
}

/** One call of the API. What it answers follows from what it takes and who may call it; the rest its `config` declares. */
export function operationOf(route: RouteOptions, components: Components): Json {
  const { operationId, summary, description, tags, body } = schemaOf(route)
  const { deprecation, documentedBody } = route.config ?? {}
  const text = [description, deprecation && describeDeprecation(deprecation)].filter(Boolean).join('\n\n')
  const parameters = parametersOf(route, components)
  const sentBody = documentedBody ?? body
  return {
    operationId,
    summary,
    ...(text ? { description: text } : {}),
    ...(deprecation ? { deprecated: true } : {}),
    tags,
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(sentBody ? { requestBody: requestBody(sentBody, route, components) } : {}),
    responses: { ...answers(route, components), ...errors(route) },
    security: security(route),
  }
}

function parametersOf(route: RouteOptions, components: Components): Json[] {
  const { params, querystring, headers } = schemaOf(route)
  const inPlace = (schema: ObjectSchema = {}, place: 'path' | 'query') =>
    Object.entries(schema.properties ?? {}).map(([name, property]) => {
      const { description, ...rest } = property as { description?: string }
      return {
        name,
        in: place,
        required: schema.required?.includes(name) ?? false,
        ...(description ? { description } : {}),
        schema: components.refer(rest as TSchema),
      }
    })
  return [
    ...inPlace(params, 'path'),
    ...inPlace(querystring, 'query'),
    ...Object.entries(headers?.properties ?? {}).map(([name, schema]) =>
      components.referToHeader(headerName(name), schema),
    ),
    ...(takesCookieForChange(route) ? [components.referToHeader('X-CSRF-Token', CsrfToken)] : []),
  ]
}

function requestBody(schema: TSchema, route: RouteOptions, components: Components): Json {
  const content = { schema: components.refer(schema) }
  const { bodyType } = route.config ?? {}
  const types = bodyType
    ? [bodyType]
    : route.method === 'PATCH'
      ? ['application/json', 'application/merge-patch+json']
      : ['application/json']
  return { required: !mayBeAbsent(schema), content: Object.fromEntries(types.map((type) => [type, content])) }
}

function answers(route: RouteOptions, components: Components): Json {
  const { answerTypes = ['application/json'] } = route.config ?? {}
  const entries = Object.entries(schemaOf(route).response ?? {}).map(([status, schema]) => {
    const isEmpty = (schema as { type?: string }).type === 'null'
    const answer = { schema: components.refer(schema) }
    return [
      status,
      {
        description: isEmpty ? 'Done; no content' : 'Success',
        ...referToHeaders(answerHeaders(route, status)),
        ...(isEmpty ? {} : { content: Object.fromEntries(answerTypes.map((type) => [type, answer])) }),
      },
    ]
  })
  return {
    ...Object.fromEntries(entries),
    ...(takes(route, 'if-none-match')
      ? {
          304: {
            description: 'As the caller has it already',
            ...referToHeaders(answerHeaders(route, '304')),
          },
        }
      : {}),
  }
}

function answerHeaders(route: RouteOptions, status: string): ResponseHeader[] {
  const isTagged = takes(route, 'if-none-match') || takes(route, 'if-match') || route.config?.tagged
  return [
    ...(isApi(route.url) ? rateLimitHeaders : []),
    ...(isTagged && status !== '204' ? (['ETag'] as const) : []),
    ...(status === '201' ? (['Location'] as const) : []),
    ...(isList(route) ? (['Link'] as const) : []),
    ...(takes(route, 'idempotency-key') ? (['Idempotency-Replayed'] as const) : []),
  ]
}

function errors(route: RouteOptions): Json {
  const { querystring, params, body } = schemaOf(route)
  const { access, errors: declared = [] } = route.config ?? {}
  if (!isApi(route.url)) return references(declared)
  if (route.url.startsWith('/api/v1/oauth/')) return oauthErrors
  const isPublic = access === 'public'
  const isForAll = isPublic || (access === 'signed-in' && !takesCookieForChange(route))
  const codes: ErrorCode[] = [
    // Whoever shows a key and a token at once is refused by every route that looks at them.
    ...(querystring || params || body || !isPublic ? (['invalid_request'] as const) : []),
    ...(isPublic ? [] : (['authentication_failed'] as const)),
    ...(isForAll ? [] : (['permission_denied'] as const)),
    ...(params ? (['resource_not_found'] as const) : []),
    ...(takes(route, 'if-match') ? (['precondition_failed'] as const) : []),
    ...(takes(route, 'idempotency-key') ? (['conflict', 'idempotency_mismatch'] as const) : []),
    ...(body ? (['payload_too_large', 'unsupported_media_type'] as const) : []),
    'rate_limit_exceeded',
    'internal_error',
    ...declared,
  ]
  return references(codes)
}

function references(codes: readonly ErrorCode[]): Json {
  return Object.fromEntries(
    codes.map((code) => [errorCodes[code].status, { $ref: `#/components/responses/${code}` }]),
  )
}

function security({ config }: RouteOptions): Json[] {
  const { access } = config ?? {}
  if (access === 'public') return []
  if (access === 'person') return [{ session: [] }]
  return [{ oauth2: access === 'signed-in' ? [] : [access] }, { apiKey: [] }, { session: [] }]
}

function takes(route: RouteOptions, header: string): boolean {
  return schemaOf(route).headers?.properties?.[header] !== undefined
}

function takesCookieForChange({ method, config }: RouteOptions): boolean {
  return config?.access !== 'public' && changesSomething(String(method))
}

function isList(route: RouteOptions): boolean {
  return route.method === 'GET' && schemaOf(route).querystring?.properties?.limit !== undefined
}

/** `if-match`, as a schema has to spell it, becomes `If-Match`. */
function headerName(name: string): string {
  return name.replaceAll(/(^|-)[a-z]/g, (start) => start.toUpperCase())
}

function schemaOf(route: RouteOptions): RouteSchema {
  return (route.schema ?? {}) as RouteSchema
}

const oauthErrors = Object.fromEntries(
  [400, 401, 413, 415, 429, 500].map((status) => [
    status,
    {
      description: 'Error as RFC 6749 §5.2 lays it out',
      ...(status === 429 ? referToHeaders(['Retry-After']) : {}),
      content: {
        'application/json': {
          schema: {
            type: 'object',
            properties: { error: { type: 'string' }, error_description: { type: 'string' } },
            required: ['error', 'error_description'],
          },
        },
      },
    },
  ]),
)
