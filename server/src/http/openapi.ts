import type { FastifyContextConfig, RouteOptions } from 'fastify'
import { type TSchema, Type } from 'typebox'
import type { Context } from '../context.ts'
import { scopeGroups, scopes } from '../credentials/scopes.ts'
import { describeDeprecation } from './deprecation.ts'
import { type ErrorCode, errorCodes } from './errors.ts'
import type { App } from './pipeline.ts'
import { isApi } from './request-path.ts'
import { ErrorEnvelope, mayBeAbsent } from './schemas.ts'

/** The version of the contract, not of the product: it grows with every addition and never breaks within v1. */
export const contractVersion = '1.0.0'

type Json = Record<string, unknown>

export function openApiRoutes(app: App, context: Context): void {
  let document: Json | undefined
  app.route({
    method: 'GET',
    url: '/api/v1/openapi.json',
    config: { access: 'public' },
    schema: {
      operationId: 'getOpenApi',
      summary: 'This description',
      tags: ['Operations'],
      response: { 200: Type.Unsafe<Json>({ type: 'object', additionalProperties: true }) },
    },
    handler: async () => {
      document ??= openApiDocument(app.routeTable.routes, context.config.siteName)
      return document
    },
  })
}

/** OpenAPI 3.1 out of the same schemas that validate requests and serialise answers. A schema with a title is a component. */
export function openApiDocument(routes: readonly RouteOptions[], siteName: string): Json {
  const components = new Components()
  const paths: Record<string, Json> = {}
  for (const route of routes) {
    const method = String(route.method)
    // A route without an operationId is no part of the contract.
    if (method === 'HEAD' || !(route.schema && 'operationId' in route.schema)) continue
    const path = route.url.replace(/:([a-z_]+)/g, '{$1}')
    paths[path] = { ...paths[path], [method.toLowerCase()]: operation(route, method, components) }
  }
  // Before the schemas are listed: it adds the one of the errors.
  const responses = errorResponses(components)
  return {
    openapi: '3.1.0',
    info: {
      title: `${siteName} API`,
      version: contractVersion,
      description: 'Users and documents of an organisation, opened safely to other programs.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    paths,
    components: {
      schemas: components.sorted(),
      responses,
      headers: rateLimitHeaders,
      securitySchemes: {
        oauth2: {
          type: 'oauth2',
          flows: { clientCredentials: { tokenUrl: '/api/v1/oauth/token', scopes: scopeTexts() } },
        },
        apiKey: {
          type: 'apiKey',
          in: 'header',
          name: 'X-API-Key',
          description: 'The client_secret of a credential',
        },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: '__Host-comserv_session',
          description:
            'Set by POST /api/v1/session, for people. Changes also need its csrf_token in the X-CSRF-Token header.',
        },
      },
    },
  }
}

function operation(route: RouteOptions, method: string, components: Components): Json {
  const { operationId, summary, description, tags, querystring, params, body, response } = (route.schema ??
    {}) as Json
  const { access, deprecation } = route.config ?? {}
  const text = [description, deprecation && describeDeprecation(deprecation)].filter(Boolean).join('\n\n')
  const parameters = [
    ...parametersOf(params, 'path', components),
    ...parametersOf(querystring, 'query', components),
    ...headerParameters(route.config, method),
  ]
  const sentBody = (route.config?.documentedBody ?? body) as TSchema | undefined
  return {
    operationId,
    summary,
    ...(text ? { description: text } : {}),
    ...(deprecation ? { deprecated: true } : {}),
    tags,
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(sentBody ? { requestBody: requestBody(sentBody, method, route.config?.bodyType, components) } : {}),
    responses: {
      ...answers(response as Record<string, TSchema>, route, components),
      ...(route.config?.tagged && method === 'GET' ? { 304: { description: 'Not changed since' } } : {}),
      ...errors(route, method),
    },
    security:
      access === 'public'
        ? []
        : access === 'person'
          ? [{ session: [] }]
          : [{ oauth2: access === 'signed-in' ? [] : [access] }, { apiKey: [] }, { session: [] }],
  }
}

function parametersOf(schema: unknown, place: 'path' | 'query', components: Components): Json[] {
  const { properties = {}, required = [] } = (schema ?? {}) as {
    properties?: Record<string, TSchema>
    required?: string[]
  }
  return Object.entries(properties).map(([name, property]) => {
    const { description, ...rest } = property as { description?: string }
    return {
      name,
      in: place,
      required: required.includes(name),
      ...(description ? { description } : {}),
      schema: components.refer(rest as TSchema),
    }
  })
}

function headerParameters({ tagged, idempotencyKey }: FastifyContextConfig = {}, method: string): Json[] {
  const wanted = [
    ...(tagged && method === 'GET' ? ['If-None-Match'] : []),
    ...(tagged && method !== 'GET' ? ['If-Match'] : []),
    ...(idempotencyKey ? ['Idempotency-Key'] : []),
  ] as const
  return wanted.map((name) => ({
    name,
    in: 'header',
    required: false,
    description: headerTexts[name],
    schema: { type: 'string' },
  }))
}

const headerTexts: Record<string, string> = {
  'If-None-Match': 'The `ETag` of what is known already: the answer is 304 while that is still so',
  'If-Match': 'The `ETag` of what was seen: the answer is 412 when it has changed in the meantime',
  'Idempotency-Key':
    'Chosen by the caller, such as a UUID: for 24 hours the same request under the same key is done once and answered alike',
}

function requestBody(
  schema: TSchema,
  method: string,
  bodyType: string | undefined,
  components: Components,
): Json {
  const content = { schema: components.refer(schema) }
  const types = bodyType
    ? [bodyType]
    : method === 'PATCH'
      ? ['application/json', 'application/merge-patch+json']
      : ['application/json']
  return { required: !mayBeAbsent(schema), content: Object.fromEntries(types.map((type) => [type, content])) }
}

function answers(
  response: Record<string, TSchema> = {},
  { url, config: { answerTypes = ['application/json'] } = {} }: RouteOptions,
  components: Components,
): Json {
  const entries = Object.entries(response).map(([status, schema]) => {
    const headers = isApi(url)
      ? {
          headers: Object.fromEntries(
            Object.keys(rateLimitHeaders).map((name) => [name, { $ref: `#/components/headers/${name}` }]),
          ),
        }
      : {}
    const isEmpty = (schema as { type?: string }).type === 'null'
    const answer = { schema: components.refer(schema) }
    const content = isEmpty ? {} : { content: Object.fromEntries(answerTypes.map((type) => [type, answer])) }
    return [status, { description: isEmpty ? 'Done; no content' : 'Success', ...headers, ...content }]
  })
  return Object.fromEntries(entries)
}

/** Which errors a route can answer follows from what it takes and who may call it. */
function errors(route: RouteOptions, method: string): Json {
  const { params } = route.schema ?? {}
  const { access, tagged, idempotencyKey, errors: more = [] } = route.config ?? {}
  const isChange = method !== 'GET'
  if (!isApi(route.url)) return references(more)
  if (route.url.startsWith('/api/v1/oauth/')) return oauthErrors
  const codes: ErrorCode[] = [
    'invalid_request',
    ...(access === 'public' ? [] : (['authentication_failed', 'permission_denied'] as const)),
    ...(params ? (['resource_not_found'] as const) : []),
    ...(isChange ? (['conflict', 'payload_too_large', 'unsupported_media_type'] as const) : []),
    ...(isChange && tagged ? (['precondition_failed'] as const) : []),
    ...(idempotencyKey ? (['idempotency_mismatch'] as const) : []),
    'rate_limit_exceeded',
    'internal_error',
    ...more,
  ]
  return references(codes)
}

function references(codes: readonly ErrorCode[]): Json {
  return Object.fromEntries(
    codes.map((code) => [errorCodes[code].status, { $ref: `#/components/responses/${code}` }]),
  )
}

const oauthErrorContent = {
  'application/json': {
    schema: {
      type: 'object',
      properties: { error: { type: 'string' }, error_description: { type: 'string' } },
      required: ['error', 'error_description'],
    },
  },
}
const oauthErrors = Object.fromEntries(
  [400, 401, 413, 415, 429, 500].map((status) => [
    status,
    { description: 'Error as RFC 6749 §5.2 lays it out', content: oauthErrorContent },
  ]),
)

function errorResponses(components: Components): Json {
  const schema = components.refer(Type.Unsafe({ ...ErrorEnvelope, title: 'Error' }))
  return Object.fromEntries(
    Object.entries(errorCodes).map(([code, { status, message }]) => [
      code,
      { description: `${status}: ${message}`, content: { 'application/json': { schema } } },
    ]),
  )
}

const rateLimitHeaders = {
  'X-RateLimit-Limit': { description: 'Requests that a window of 60 s allows', schema: { type: 'integer' } },
  'X-RateLimit-Remaining': { description: 'Requests left in this window', schema: { type: 'integer' } },
  'X-RateLimit-Reset': {
    description: 'When the next window begins, in Unix seconds',
    schema: { type: 'integer' },
  },
}

function scopeTexts(): Record<string, string> {
  const groups = Object.entries(scopeGroups).map(([name, parts]) => [name, `Stands for ${parts.join(', ')}`])
  return Object.fromEntries([...groups, ...Object.entries(scopes)])
}

class Components {
  readonly #schemas = new Map<string, Json>()

  /** The schema with every titled part replaced by a reference to its component. */
  refer(schema: TSchema): Json {
    const { title, ...rest } = schema as Json
    const plain = this.#inside(rest)
    if (typeof title !== 'string') return plain
    const known = this.#schemas.get(title)
    if (known && JSON.stringify(known) !== JSON.stringify(plain))
      throw new Error(`Two schemas share the title ${title}.`)
    this.#schemas.set(title, plain)
    return { $ref: `#/components/schemas/${title}` }
  }

  sorted(): Json {
    return Object.fromEntries([...this.#schemas].sort(([a], [b]) => (a < b ? -1 : 1)))
  }

  #inside(schema: Json): Json {
    return Object.fromEntries(
      Object.entries(schema).map(([key, value]) => {
        if (key === 'properties')
          return [key, mapValues(value as Record<string, TSchema>, (inner) => this.refer(inner))]
        if (key === 'items') return [key, this.refer(value as TSchema)]
        if (key === 'oneOf') return [key, (value as TSchema[]).map((inner) => this.refer(inner))]
        return [key, value]
      }),
    )
  }
}

function mapValues<A, B>(object: Record<string, A>, change: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]))
}
