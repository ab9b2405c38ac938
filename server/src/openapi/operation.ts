import type { RouteOptions } from 'fastify'
import type { TSchema } from 'typebox'
import { type ErrorCode, errorCodes } from '../api/errors.ts'
import { oauthErrorStatuses } from '../api/oauth-errors.ts'
import { mayBeAbsent } from '../api/schemas.ts'
import { describeConfirmation } from '../http/confirmation.ts'
import { changesSomething } from '../http/csrf.ts'
import { describeDeprecation } from '../http/deprecation.ts'
import { exportTypes } from '../http/export.ts'
import { isApi, isShared } from '../http/request-path.ts'
import type { Components, Json } from './components.ts'
import { type RequestHeader, type ResponseHeader, rateLimitHeaders, referToHeaders } from './headers.ts'

/** The parts of a route's schema. */
interface RouteSchema {
  operationId?: string
  summary?: string
  description?: string
  tags?: readonly string[]
  querystring?: ObjectSchema
  params?: ObjectSchema
  body?: TSchema
  response?: Record<string, TSchema>
}

interface ObjectSchema {
  properties?: Record<string, TSchema>
  required?: string[]
}

/** One operation. Its responses follow from its input and its access; its `config` declares the rest. */
export function operationOf(route: RouteOptions, components: Components): Json {
  const { operationId, summary, description, tags, body } = schemaOf(route)
  const { deprecation, documentedBody, confirm, ownersToo } = route.config ?? {}
  const text = [
    description,
    ownersToo && 'A signed-in person needs no scope for what they own.',
    confirm && describeConfirmation(confirm),
    deprecation && describeDeprecation(deprecation),
  ]
    .filter(Boolean)
    .join('\n\n')
  const parameters = parametersOf(route, components)
  const sentBody = documentedBody ?? body
  return {
    operationId,
    ...sdkMethod(route),
    summary,
    ...(text ? { description: text } : {}),
    ...(deprecation ? { deprecated: true } : {}),
    tags,
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(sentBody ? { requestBody: requestBody(sentBody, route, components) } : {}),
    responses: { ...responses(route, components), ...errors(route) },
    security: security(route),
  }
}

/** For the generators of the client libraries; see scripts/client-calls.ts. */
function sdkMethod({ method, url, config }: RouteOptions): Json {
  const { sdk } = config ?? {}
  if (typeof sdk === 'object') return {}
  if (sdk && /^[a-z][A-Za-z]*\.[a-z][A-Za-z]*$/.test(sdk)) return { 'x-sdk': sdk }
  throw new Error(
    `${method} ${url} must name its method of the client libraries: sdk: 'documents.revisions', or sdk: { none: 'why' }.`,
  )
}

function parametersOf(route: RouteOptions, components: Components): Json[] {
  const { params, querystring } = schemaOf(route)
  const inPlace = (schema: ObjectSchema = {}, place: 'path' | 'query') =>
    Object.entries(schema.properties ?? {}).map(([name, property]) => {
      const { description, ...rest } = property as { description?: string }
      return {
        name,
        in: place,
        required: schema.required?.includes(name) ?? false,
        ...(description ? { description } : {}),
        // Separated by commas.
        ...((rest as { type?: string }).type === 'array' ? { style: 'form', explode: false } : {}),
        schema: components.refer(rest as TSchema),
      }
    })
  return [
    ...inPlace(params, 'path'),
    ...inPlace(querystring, 'query'),
    ...requestHeadersOf(route).map((name) => ({ $ref: `#/components/parameters/${name}` })),
  ]
}

/** Every read has one, unless it is streamed, holds a secret or is outside of the API. */
function hasValidator({ method, url, config }: RouteOptions): boolean {
  return method === 'GET' && isShared(url) && !config?.confidential && !config?.responseTypes
}

function requestHeadersOf(route: RouteOptions): RequestHeader[] {
  const { method, config } = route
  const { access, tagged, idempotencyKey } = config ?? {}
  return [
    ...(hasValidator(route) ? (['If-None-Match'] as const) : []),
    ...(tagged && (method === 'PATCH' || method === 'DELETE') ? (['If-Match'] as const) : []),
    ...(idempotencyKey ? (['Idempotency-Key'] as const) : []),
    ...(access !== 'public' && changesSomething(String(method)) ? (['X-CSRF-Token'] as const) : []),
  ]
}

function requestBody(schema: TSchema, route: RouteOptions, components: Components): Json {
  const content = { schema: components.refer(schema) }
  const { bodyTypes } = route.config ?? {}
  const types = bodyTypes
    ? bodyTypes
    : route.method === 'PATCH'
      ? ['application/json', 'application/merge-patch+json']
      : ['application/json']
  return {
    required: !mayBeAbsent(String(route.method), schema),
    content: Object.fromEntries(types.map((type) => [type, content])),
  }
}

function responses(route: RouteOptions, components: Components): Json {
  const { responseTypes = ['application/json'] } = route.config ?? {}
  const entries = Object.entries(schemaOf(route).response ?? {}).map(([status, schema]) => {
    const isEmpty = (schema as { type?: string }).type === 'null'
    const content = { schema: components.refer(schema) }
    return [
      status,
      {
        description: isEmpty ? emptyText(route) : showsMade(route, status) ? madeText(route) : 'Success',
        ...referToHeaders(responseHeaders(route, status)),
        ...(isEmpty ? {} : { content: Object.fromEntries(responseTypes.map((type) => [type, content])) }),
      },
    ]
  })
  const notModified = {
    description: 'Unchanged since the tag in If-None-Match',
    ...referToHeaders(responseHeaders(route, '304')),
  }
  return { ...Object.fromEntries(entries), ...(takes(route, 'If-None-Match') ? { 304: notModified } : {}) }
}

function responseHeaders(route: RouteOptions, status: string): ResponseHeader[] {
  return [
    ...(isApi(route.url) ? rateLimitHeaders : []),
    ...((route.config?.tagged && showsState(route, status)) || hasValidator(route)
      ? (['ETag'] as const)
      : []),
    ...(status === '201' ? (['Location'] as const) : []),
    ...(isList(route) ? (['Link'] as const) : []),
    ...(takes(route, 'Idempotency-Key') ? (['Idempotency-Replayed'] as const) : []),
    ...(route.config?.responseTypes?.includes(exportTypes[0]) ? (['X-Export-End'] as const) : []),
  ]
}

/** Beside the whole result, for callers who may not read it. */
function showsMade({ config }: RouteOptions, status: string): boolean {
  return status === '201' && config?.shows?.made !== undefined
}

function madeText({ config }: RouteOptions): string {
  return `Done; only what was created: reading the rest requires the scope ${config?.shows?.reads}`
}

function emptyText({ config }: RouteOptions): string {
  const { shows } = config ?? {}
  return shows
    ? `Done, without a body: reading the result requires the scope ${shows.reads}`
    : 'Done; no content'
}

/** A deletion leaves nothing to tag; a change that is not shown has its new tag. */
function showsState({ config }: RouteOptions, status: string): boolean {
  return status !== '204' || config?.shows !== undefined
}

function errors(route: RouteOptions): Json {
  const { access, errors: declared = [] } = route.config ?? {}
  if (!isApi(route.url)) {
    return declared.length === 0 ? {} : { 503: { $ref: '#/components/responses/not_ready' } }
  }
  if (route.url.startsWith('/api/v1/oauth/')) return oauthErrors
  const isPublic = access === 'public'
  const isForAll = isPublic || (access === 'signed-in' && !takes(route, 'X-CSRF-Token'))
  const codes: ErrorCode[] = [
    'invalid_request',
    ...(isPublic ? [] : (['authentication_failed'] as const)),
    ...(isForAll ? [] : (['permission_denied'] as const)),
    ...(schemaOf(route).params ? (['resource_not_found'] as const) : []),
    ...(takes(route, 'If-Match') ? (['precondition_failed'] as const) : []),
    ...(takes(route, 'Idempotency-Key') ? (['conflict', 'idempotency_mismatch'] as const) : []),
    // Even a route that takes no body reads it before refusing it.
    ...(changesSomething(String(route.method))
      ? (['payload_too_large', 'unsupported_media_type'] as const)
      : []),
    'rate_limit_exceeded',
    'internal_error',
    ...declared,
  ]
  const { responseTypes } = route.config ?? {}
  const isStream = responseTypes?.includes('text/event-stream')
  return {
    ...references(codes),
    ...(isStream ? { 410: { $ref: '#/components/responses/gone' } } : {}),
    ...(responseTypes && !isStream ? { 406: { $ref: '#/components/responses/not_acceptable' } } : {}),
  }
}

function references(codes: readonly ErrorCode[]): Json {
  return Object.fromEntries(
    codes.map((code) => [errorCodes[code].status, { $ref: `#/components/responses/${code}` }]),
  )
}

function security({ config }: RouteOptions): Json[] {
  const { access } = config ?? {}
  if (access === 'public') return []
  if (access === 'person') return [{ sessionCookie: [] }]
  return [{ oauth2: access === 'signed-in' ? [] : [access] }, { apiKey: [] }, { sessionCookie: [] }]
}

function takes(route: RouteOptions, header: RequestHeader): boolean {
  return requestHeadersOf(route).includes(header)
}

function isList(route: RouteOptions): boolean {
  return route.method === 'GET' && schemaOf(route).querystring?.properties?.limit !== undefined
}

function schemaOf(route: RouteOptions): RouteSchema {
  return (route.schema ?? {}) as RouteSchema
}

const oauthErrors = Object.fromEntries(
  oauthErrorStatuses.map((status) => [status, { $ref: `#/components/responses/oauth_${status}` }]),
)
