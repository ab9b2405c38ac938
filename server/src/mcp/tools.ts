import type { RouteOptions } from 'fastify'
import type { TObject } from 'typebox'
import type { Principal } from '../access/caller.ts'
import { isScope, type Scope } from '../access/scopes.ts'
import { wordOf } from '../resource/naming.ts'
import type { Resource } from '../resource/resource.ts'
import { plainSchema, type Schema } from './schemas.ts'

export type Kind = 'list' | 'get' | 'create' | 'update' | 'publish' | 'delete'

export interface Tool {
  name: string
  kind: Kind
  /** As clients list it. */
  shown: object
  scopes: readonly Scope[]
  /** Not for an application, whose person would be asked for the password. */
  isConfirmed: boolean
  path: string
  noun: string
  resource: Resource
  /** The arguments, or of an update, the fields that can be changed. */
  fields: Readonly<Record<string, Schema>>
}

/** Records in a page: an assistant reads each of them. */
export const limitMax = 50

const IfMatch = {
  type: 'string',
  description:
    "The 'etag' of the record as you read it: the call is refused if somebody has changed it since",
}

/** The argument of tools that create. */
export const repeatableKey = 'idempotency_key'
const RepeatableKey = {
  type: 'string',
  minLength: 1,
  maxLength: 200,
  description:
    'A new UUID for each record that you create. If you call again because no result came, use the same one: then there is one record',
}

/** One for each verb of the resources that are open to assistants, from the routes of the API. */
export function toolsOf(routes: readonly RouteOptions[], resources: readonly Resource[]): Tool[] {
  return resources.flatMap((resource) => {
    if (!resource.assisted) return []
    const path = `/api/v1/${resource.plural}`
    const at = (method: string, url: string) =>
      routes.find((route) => route.method === method && route.url === url)
    const { without = [], unchanged = [] } = resource.assisted
    const parts = { resource, path, without: new Set(without) }
    const changing = { resource, path, without: new Set([...without, ...unchanged]) }
    const update = at('PATCH', `${path}/:id`)
    return [
      ...made(parts, 'list', at('GET', path)),
      ...made(parts, 'get', at('GET', `${path}/:id`)),
      ...made(parts, 'create', at('POST', path)),
      ...made(changing, 'update', update),
      ...(bodyOf(update).status?.enum?.includes('published') ? made(parts, 'publish', update) : []),
      ...made(parts, 'delete', at('DELETE', `${path}/:id`)),
    ]
  })
}

/** Only what the caller could do is shown. */
export function maySee(principal: Principal, { scopes, isConfirmed }: Tool): boolean {
  if (isConfirmed && principal.kind === 'delegate') return false
  return scopes.every((scope) => principal.scopes.has(scope))
}

interface Parts {
  resource: Resource
  path: string
  without: ReadonlySet<string>
}

function made({ resource, path, without }: Parts, kind: Kind, route: RouteOptions | undefined): Tool[] {
  const { operationId, summary, description, params, querystring } = (route?.schema ?? {}) as RouteSchema
  const access = route?.config?.access
  if (!route || !operationId || !summary || access === undefined || !isScope(access)) return []
  const noun = resource.name
  const id = { id: plainSchema((params?.properties.id ?? {}) as Schema) }
  const ofQuery = Object.entries((querystring?.properties ?? {}) as Record<string, Schema>)
    .filter(([name]) => name !== 'cursor')
    .map(([name, schema]) => [
      name,
      plainSchema(name === 'limit' ? { ...schema, maximum: limitMax } : schema),
    ])
  const body = Object.entries(bodyOf(route)).filter(([name]) => !without.has(name))
  const fields: Record<string, Schema> = Object.fromEntries(
    kind === 'list' ? ofQuery : body.map(([name, schema]) => [name, plainSchema(schema)]),
  )
  const required = (((route.schema?.body ?? {}) as Schema).required ?? []).filter(
    (name) => !without.has(name),
  )
  const { properties, needed, text } = inputOf(kind, { resource, id, fields, required, summary, description })
  const name =
    kind === 'publish' ? `publish_${snake(operationId).replace(/^update_/, '')}` : snake(operationId)
  return [
    {
      name,
      kind,
      scopes: kind === 'delete' ? [...new Set([resource.reads, access])] : [access],
      isConfirmed: route.config?.confirm === true,
      path,
      noun,
      resource,
      fields,
      shown: {
        name,
        title: kind === 'publish' ? `Publish a ${noun}` : summary,
        description: text,
        inputSchema: {
          type: 'object',
          properties,
          ...(needed.length > 0 ? { required: needed } : {}),
          additionalProperties: false,
        },
        annotations: {
          readOnlyHint: kind === 'list' || kind === 'get',
          destructiveHint: kind === 'delete',
          idempotentHint: kind !== 'create',
          // Everything stays within this server.
          openWorldHint: false,
        },
      },
    },
  ]
}

interface Described {
  resource: Resource
  id: Record<string, Schema>
  fields: Record<string, Schema>
  required: string[]
  summary: string
  description: string | undefined
}

function inputOf(kind: Kind, { resource, id, fields, required, summary, description }: Described) {
  const { name: noun } = resource
  const namedBy = resource.assisted?.namedBy ?? 'id'
  // The paragraphs after it are for programs.
  const more = description === undefined ? '' : ` ${description.split('\n\n')[0]}`
  switch (kind) {
    case 'list':
      return {
        properties: fields,
        needed: [],
        text: `List ${wordOf(resource)}, page by page${fields.q ? '; with `q`, those that match its words' : ''}. Lists are without long texts.`,
      }
    case 'get':
      return {
        properties: {
          ...id,
          from: { type: 'integer', minimum: 0, description: 'Where to go on in a long text' },
        },
        needed: ['id'],
        text: `Get a ${noun} with all its fields. A long text comes in parts.`,
      }
    case 'create':
      return {
        // A field of that name comes first.
        properties: { [repeatableKey]: RepeatableKey, ...fields },
        needed: required,
        text: `${summary}.${more}`,
      }
    case 'update': {
      const changes = { type: 'object', properties: fields, additionalProperties: false, minProperties: 1 }
      return {
        properties: { ...id, changes, if_match: IfMatch },
        needed: ['id', 'changes'],
        text: `${summary}.${more}`,
      }
    }
    case 'publish':
      return {
        properties: { ...id, if_match: IfMatch },
        needed: ['id'],
        text: `Publish a ${noun}: everybody who may read ${wordOf(resource)} can read it then.`,
      }
    case 'delete': {
      const confirm = {
        type: 'string',
        description: `The ${namedBy} of the ${noun}, exactly as it stands there. Ask the person first`,
      }
      return {
        properties: { ...id, confirm, if_match: IfMatch },
        needed: ['id'],
        text: `${summary}.${more} The call is refused unless 'confirm' repeats its ${namedBy}.`,
      }
    }
  }
}

interface RouteSchema {
  operationId?: string
  summary?: string
  description?: string
  params?: TObject
  querystring?: TObject
}

function bodyOf(route: RouteOptions | undefined): Record<string, Schema> {
  return ((route?.schema?.body ?? {}) as Schema).properties ?? {}
}

/** `list_documents`, as tools are named elsewhere. */
function snake(operationId: string): string {
  return operationId.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
