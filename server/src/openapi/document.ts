import type { RouteOptions } from 'fastify'
import type { TSchema } from 'typebox'
import { scopeGroups, scopes } from '../access/scopes.ts'
import { errorCodes } from '../api/errors.ts'
import { OAuthErrorBody, oauthErrorStatuses } from '../api/oauth-errors.ts'
import { ErrorEnvelope } from '../api/schemas.ts'
import { Type } from '../api/type.ts'
import type { Context } from '../context.ts'
import type { App } from '../http/pipeline.ts'
import { Components, type Json } from './components.ts'
import {
  type RequestHeader,
  type ResponseHeader,
  rateLimitHeaders,
  referToHeaders,
  requestHeaderRules,
  requestHeaders,
  responseHeaders,
} from './headers.ts'
import { operationOf } from './operation.ts'
import { sentWebhooks } from './webhooks.ts'

/** The version of the contract, not of the product: additions raise it, and nothing breaks within v1. */
export const contractVersion = '1.0.0'

export function openApiRoutes(app: App, context: Context): void {
  let document: string | undefined
  app.route({
    method: 'GET',
    url: '/api/v1/openapi.json',
    config: { access: 'public', anyHost: true, sdk: 'description.openApi', fixed: true },
    schema: {
      operationId: 'getOpenApi',
      summary: 'Get the OpenAPI document',
      tags: ['Operations'],
      response: { 200: Type.Unsafe<Json | string>({ type: 'object', additionalProperties: true }) },
    },
    handler: async (_, reply) => {
      const { catalog, config } = context
      const { siteName, publicUrl } = config
      document ??= JSON.stringify(openApiDocument(app.routeTable.routes, catalog, siteName, publicUrl))
      return reply.type('application/json; charset=utf-8').send(document)
    },
  })
}

/** OpenAPI 3.1, derived from the schemas of the routes. A schema with a title is a component. @param url of the server */
export function openApiDocument(
  routes: readonly RouteOptions[],
  { eventTypes, tags: ofResources }: Context['catalog'],
  siteName: string,
  url = '/',
): Json {
  const components = new Components()
  const paths: Record<string, Json> = {}
  for (const route of routes) {
    const method = String(route.method)
    // A route without an operationId is not part of the contract.
    if (method === 'HEAD' || !(route.schema && 'operationId' in route.schema)) continue
    const path = route.url.replace(/:([a-z_]+)/g, '{$1}')
    paths[path] = { ...paths[path], [method.toLowerCase()]: operationOf(route, components) }
  }
  const webhooks = sentWebhooks(eventTypes.values(), components)
  // Must precede the list of schemas, because it adds that of errors.
  const reports = routes.flatMap(({ config }) => config?.errorReport ?? [])
  const responses = errorResponses(components, reports[0])
  return {
    openapi: '3.1.0',
    info: {
      title: `${siteName} API`,
      version: contractVersion,
      description: 'Secure access for programs to the users and documents of an organisation.',
      contact: { name: `The operator of ${siteName}`, ...(url === '/' ? {} : { url }) },
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url }],
    tags: inReadingOrder([
      ...tags,
      ...ofResources.filter(({ name }) => !tags.some((tag) => tag.name === name)),
    ]),
    paths,
    webhooks,
    components: {
      schemas: components.sorted(),
      parameters: headerParameters(),
      responses,
      headers: responseHeaders,
      securitySchemes,
    },
  }
}

function headerParameters(): Json {
  const parameters = Object.entries(requestHeaders).map(([name, description]) => [
    name,
    {
      name,
      in: 'header',
      required: false,
      description,
      schema: { type: 'string', ...requestHeaderRules[name as RequestHeader] },
    },
  ])
  return Object.fromEntries(parameters)
}

/** @param report of a request that ended in the middle */
function errorResponses(components: Components, report: TSchema | undefined): Json {
  const properties = { ...ErrorEnvelope.properties, ...(report ? { report } : {}) }
  const schema = components.refer(Type.Unsafe({ ...ErrorEnvelope, properties, title: 'Error' }))
  const oauthSchema = components.refer(OAuthErrorBody)
  const response = (status: number, description: string, headers: readonly ResponseHeader[], of: Json) => ({
    description: `${status}: ${description}`,
    ...referToHeaders([...headers, ...(headersOfErrors[status] ?? [])]),
    content: { 'application/json': { schema: of } },
  })
  const ofCodes = Object.entries(errorCodes).map(([code, { status, message }]) => [
    code,
    response(status, message, rateLimitHeaders, schema),
  ])
  const ofOAuth = oauthErrorStatuses.map((status) => [
    `oauth_${status}`,
    response(status, 'Error in the format of RFC 6749 §5.2', rateLimitHeaders, oauthSchema),
  ])
  return Object.fromEntries([
    ...ofCodes,
    [
      'not_acceptable',
      response(406, 'No supported format is accepted by the request', rateLimitHeaders, schema),
    ],
    ['gone', response(410, 'The events after that position are no longer kept', rateLimitHeaders, schema)],
    // Routes outside of the API have no rate limit.
    ['not_ready', response(503, errorCodes.service_unavailable.message, [], schema)],
    ...ofOAuth,
  ])
}

const headersOfErrors: Record<number, ResponseHeader[]> = {
  412: ['ETag'],
  429: ['Retry-After'],
  503: ['Retry-After'],
}

const securitySchemes = {
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
  // Must differ from the schema's name, because generators make a class of each.
  sessionCookie: {
    type: 'apiKey',
    in: 'cookie',
    name: '__Host-comserv_session',
    description:
      'Set by POST /api/v1/session, for people. Changes also need its csrf_token in the X-CSRF-Token header.',
  },
}

function scopeTexts(): Record<string, string> {
  const groups = Object.entries(scopeGroups).map(([name, parts]) => [name, `Stands for ${parts.join(', ')}`])
  return Object.fromEntries([...groups, ...Object.entries(scopes)])
}

/** What every reader needs first; then the records, what manages access to them, and what people and operators need. */
const readingOrder = [
  'OAuth',
  'Users',
  'Documents',
  'Categories',
  'Webhooks',
  'Hooks',
  'Events',
  'Automations',
  'Credentials',
  'Credential requests',
  'Applications',
  'Roles',
  'Request log',
  'Mail',
  'Audit log',
  'Sessions',
  'Me',
  'Setup',
  'Operations',
]

/** A further resource comes after those that the product begins with. */
function inReadingOrder<T extends { name: string }>(tags: readonly T[]): T[] {
  const further = readingOrder.indexOf('Webhooks') - 0.5
  const placeOf = ({ name }: T) => (readingOrder.includes(name) ? readingOrder.indexOf(name) : further)
  return tags.toSorted((a, b) => placeOf(a) - placeOf(b))
}

/** Groups of operations that are not those of a resource. */
const tags = [
  { name: 'OAuth', description: 'Access tokens for programs: OAuth 2.0 client credentials' },
  { name: 'Users', description: 'The people of the organisation' },
  { name: 'Documents', description: 'Texts with a status, revisions and scheduled publishing' },
  { name: 'Webhooks', description: 'Subscriptions to events, and the outcome of each delivery' },
  { name: 'Events', description: 'The log of all changes, and the event types' },
  { name: 'Credentials', description: 'API keys and OAuth clients, with their scopes and their usage' },
  {
    name: 'Request log',
    description: 'The requests of credentials and sessions, and who still calls deprecated endpoints',
  },
  { name: 'Mail', description: 'The log of mail: invitations, password links and alerts' },
  { name: 'Audit log', description: 'Who changed what, and when' },
  { name: 'Sessions', description: 'Sign-in for people, with a cookie' },
  { name: 'Me', description: 'The profile, the password and the sessions of the signed-in user' },
  {
    name: 'Credential requests',
    description: 'Requests for credentials, which administrators approve or refuse',
  },
  { name: 'Setup', description: 'The first administrator' },
  { name: 'Operations', description: 'Health, metrics, and facts about the server' },
]
