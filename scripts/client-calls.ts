import {
  type ClientModel,
  camelCase,
  type Field,
  type Model,
  nameOf,
  type OpenApi,
  type Operation,
  pascalCase,
  type Schema,
  schemasOf,
  typesOf,
} from './client-model.ts'

/**
 * The methods of the client libraries, derived from openapi.json. `x-sdk` names the group and the method; the rest follows
 * from the operation, so a new route needs no line here or in any library.
 */
export interface Group {
  /** As in `comserv.auditLog`. */
  name: string
  about: string
  calls: readonly Call[]
}

export interface Call {
  /** `auditLog.list` */
  sdk: string
  name: string
  method: string
  path: string
  /** The parameters of the path, in its order. */
  ids: readonly Id[]
  /** The query of an operation that only reads. */
  query: Model | undefined
  /** Query parameters of an operation that changes something. */
  settings: readonly Field[]
  /** The parameters of a stream that take a list, sent with commas. */
  lists: readonly string[]
  body: Body | undefined
  answer: Answer
  /** Needs no credentials, so none are sent. */
  isPublic: boolean
  /** Opens, ends or returns a session: the client keeps the response. */
  isOfSession: boolean
  /** Not retried by default, because a repetition is not safe. */
  isSentOnce: boolean
  takesIdempotencyKey: boolean
  takesIfMatch: boolean
  summary: string
  description: string
  raises: readonly { code: string; reason: string }[]
}

export interface Id {
  name: string
  isText: boolean
  description: string
}

export type Body =
  | { kind: 'fields'; model: Model; isOptional: boolean; isSecret: boolean }
  | { kind: 'items'; of: string; isSecret: boolean }
  /** The bytes of a file, of any format. */
  | { kind: 'file' }
  | {
      kind: 'form'
      fixed: Readonly<Record<string, string>>
      required: readonly Field[]
      optional: readonly Field[]
    }

export type Answer =
  | { kind: 'nothing' | 'anything' }
  /** Callers who may not read the result get 204 where it `mayBeEmpty`, or 201 with `part`, what the call made. */
  | { kind: 'model'; name: string; mayBeEmpty?: true; part?: string }
  | { kind: 'batch' | 'export' | 'stream'; name: string }
  | { kind: 'list'; name: string; isNumbered: boolean }

/** The fields of requests that hold a secret, kept out of traces. */
export const secretFields = ['password', 'current_password', 'new_password', 'token', 'secret']
const hiddenFields = new Set([...secretFields, 'headers'])

/** Fields that the client fills in itself, or that no server needs. */
const formFieldsOfClient = new Set(['client_id', 'client_secret', 'token_type_hint'])

/** Errors that are specific to an operation; the others may occur anywhere. */
const telling = new Set(['resource_not_found', 'conflict', 'precondition_failed', 'service_unavailable'])

/** The server works on a file for up to 45 seconds, and has to receive it before. */
export const fileTimeoutSeconds = 120

const sessionPath = '/api/v1/session'

export function clientGroupsOf(openApi: OpenApi, model: ClientModel): Group[] {
  const calls = Object.entries(openApi.paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, operation]) => {
      const sdk = operation['x-sdk']
      return sdk === undefined ? [] : [{ sdk, method: method.toUpperCase(), path, operation }]
    }),
  )
  const twice = calls.find(({ sdk }, i) => calls.findIndex((other) => other.sdk === sdk) !== i)
  if (twice) throw new Error(`Two routes are ${twice.sdk} of the client libraries.`)
  const groups = new Set(calls.map(({ sdk }) => sdk.split('.', 1)[0] ?? ''))
  return [...groups].sort().map((name) => {
    const own = calls.filter(({ sdk }) => sdk.startsWith(`${name}.`))
    return { name, about: aboutOf(own.map(({ operation }) => operation)), calls: own.map(callOf) }
  })

  function aboutOf(operations: readonly Operation[]): string {
    const tag = openApi.tags.find(({ name }) => name === operations[0]?.tags?.[0])
    const scopes = new Set(
      operations.flatMap(({ security = [] }) => security.flatMap(({ oauth2 = [] }) => oauth2)),
    )
    const named = [...scopes].map((scope) => `\`${scope}\``).join(', ')
    return [tag && `${tag.description}.`, named && `${scopes.size > 1 ? 'Scopes' : 'Scope'}: ${named}.`]
      .filter(Boolean)
      .join(' ')
  }

  function callOf({ sdk, method, path, operation }: (typeof calls)[number]): Call {
    const { parameters = [], security = [], summary = '', description = '' } = operation
    const takes = (header: string) => parameters.some(({ $ref = '' }) => nameOf($ref) === header)
    const query = model.queries.find(({ name }) => name === `${pascalCase(operation.operationId)}Query`)
    const isRead = method === 'GET'
    const answer = answerOf(operation, sdk)
    const body = bodyOf(operation)
    const lists = (query?.fields ?? []).filter(({ shape }) => shape.kind === 'list').map(({ name }) => name)
    if (lists.length > 0 && answer.kind !== 'stream')
      throw new Error(`${sdk} takes a list as parameter, which the clients send for streams only.`)
    const isOfSession = path === sessionPath || ('name' in answer && answer.name === 'Session')
    return {
      sdk,
      name: sdk.split('.')[1] ?? '',
      method,
      path,
      ids: parameters
        .filter((parameter) => parameter.in === 'path')
        .map(({ name, schema, description = '' }) => ({
          name,
          isText: !typesOf(schema).includes('integer'),
          description,
        })),
      query: isRead ? query : undefined,
      settings: isRead ? [] : (query?.fields ?? []),
      lists,
      body,
      answer,
      isPublic: security.length === 0,
      isOfSession,
      isSentOnce: method === 'POST' && body?.kind !== 'form' && !takes('Idempotency-Key'),
      takesIdempotencyKey: takes('Idempotency-Key'),
      takesIfMatch: takes('If-Match'),
      summary: summary.replace(/[.?]$/, ''),
      // The other paragraphs concern HTTP only.
      description: description.split('\n\n')[0] ?? '',
      raises: raisedBy(operation, isOfSession),
    }
  }

  function bodyOf({ requestBody, operationId }: Operation): Body | undefined {
    if (!requestBody) return undefined
    if (requestBody.content?.['application/octet-stream']) return { kind: 'file' }
    const [schema = {}] = schemasOf(requestBody)
    const name = nameOf(schema.$ref ?? '')
    const sent = model.models.find((one) => one.name === name)
    if (!sent) throw new Error(`The body of ${operationId} needs a schema with a title.`)
    if (requestBody.content?.['application/x-www-form-urlencoded']) return formOf(sent)
    const isSecret = hasSecret(schema, openApi)
    const [items] = sent.fields
    if (sent.fields.length === 1 && items?.shape.kind === 'list' && items.shape.of.kind === 'union')
      return { kind: 'items', of: items.shape.of.name, isSecret }
    return { kind: 'fields', model: sent, isOptional: requestBody.required === false, isSecret }
  }

  /**
   * A row of an export is the resource as `get` returns it, or as it is listed where there is no `get`, because the
   * schema of the stream is plain text.
   */
  function answerOf({ responses, operationId }: Operation, sdk: string): Answer {
    const whole = responses[200] ?? responses[202]
    const response = whole ?? Object.entries(responses).find(([status]) => status < '300')?.[1] ?? {}
    const [schema] = schemasOf(response)
    if (response.content?.['application/x-ndjson'])
      return {
        kind: 'export',
        name: nameOf(schema?.['x-rows'] ?? '') || rowOf(sdk.replace(/\.\w+$/, '')),
      }
    if (response.content?.['text/event-stream'])
      return { kind: 'stream', name: rowOf(sdk.replace(/\.\w+$/, '')) }
    if (!schema) return { kind: 'nothing' }
    if (schema.$ref) {
      const mayBeEmpty = '204' in responses
      const [part] = whole && responses[201] ? schemasOf(responses[201]) : []
      return {
        kind: 'model',
        name: nameOf(schema.$ref),
        ...(mayBeEmpty ? { mayBeEmpty } : {}),
        ...(part?.$ref ? { part: nameOf(part.$ref) } : {}),
      }
    }
    const { data, meta } = schema.properties ?? {}
    if (data?.items?.$ref && meta?.properties) {
      const name = nameOf(data.items.$ref)
      if (meta.properties.succeeded) return { kind: 'batch', name }
      return { kind: 'list', name, isNumbered: meta.properties.current_page !== undefined }
    }
    if (schema.additionalProperties === true) return { kind: 'anything' }
    if (schema.properties && Object.keys(schema.properties).length === 0) return { kind: 'nothing' }
    throw new Error(`The response of ${operationId} needs a schema with a title.`)
  }

  function rowOf(group: string): string {
    const found = ['get', 'list'].flatMap(
      (name) => calls.find(({ sdk }) => sdk === `${group}.${name}`) ?? [],
    )[0]
    const answer = found && answerOf(found.operation, found.sdk)
    if (answer?.kind !== 'model' && answer?.kind !== 'list')
      throw new Error(
        `An export needs ${group}.get or ${group}.list, whose response has the type of its rows.`,
      )
    return answer.name
  }

  function raisedBy({ responses }: Operation, isOfSession: boolean): Call['raises'] {
    return Object.values(responses)
      .map(({ $ref = '' }) => nameOf($ref))
      .filter((code) => telling.has(code) || (isOfSession && code === 'authentication_failed'))
      .map((code) => ({
        code,
        reason: openApi.components.responses[code]?.description.replace(/^\d+: /, '') ?? '',
      }))
  }
}

function formOf({ fields }: Model): Body {
  const single = fields.flatMap(({ name, shape }) =>
    shape.kind === 'string' && shape.values?.length === 1 ? [[name, shape.values[0] ?? ''] as const] : [],
  )
  const fixed = Object.fromEntries(single)
  const asked = fields.filter(({ name }) => !(name in fixed) && !formFieldsOfClient.has(name))
  return {
    kind: 'form',
    fixed,
    required: asked.filter(({ isRequired }) => isRequired),
    optional: asked.filter(({ isRequired }) => !isRequired),
  }
}

/** Whether it may contain a secret, at any depth. */
function hasSecret(schema: Schema, openApi: OpenApi): boolean {
  if (schema.$ref) return hasSecret(openApi.components.schemas[nameOf(schema.$ref)] ?? {}, openApi)
  const { properties = {}, items, oneOf = [] } = schema
  return (
    Object.keys(properties).some((name) => hiddenFields.has(name)) ||
    [...Object.values(properties), ...oneOf, ...(items ? [items] : [])].some((part) =>
      hasSecret(part, openApi),
    )
  )
}

/** @param nothing the value that stands for no result */
export function emptyText({ answer }: Call, nothing: string): string {
  if (answer.kind !== 'model') return ''
  if (answer.part) return 'Returns what it made alone to a caller who may not read the rest.'
  return answer.mayBeEmpty ? `Returns ${nothing} to a caller who may not read the result.` : ''
}

/** `auditLog` as the name of a class. */
export function className(group: string): string {
  return group === 'oauth' ? 'OAuth' : pascalCase(group)
}

/** The name of a body that is a single argument. */
export function bodyName({ model: { name } }: Extract<Body, { kind: 'fields' }>): string {
  const known: Readonly<Record<string, string>> = {
    SignIn: 'person',
    Setup: 'administrator',
    Recover: 'span',
  }
  if (known[name]) return known[name]
  if (/(Update|Change|Restore)$/.test(name)) return 'change'
  if (name.endsWith('Rotate')) return 'rotation'
  const resource = /^(.+)Create$/.exec(name)?.[1]
  return resource ? camelCase(resource.charAt(0).toLowerCase() + resource.slice(1)) : 'fields'
}

export function streamText({ answer }: Call): string {
  if (answer.kind !== 'stream') return ''
  return 'Iterate over the result: it reconnects after an interruption, continues after the last event, and ends only when you stop, or when the server refuses the caller.'
}

/** A description as sentences; that of a field is a phrase. */
export function sentence(text: string): string {
  if (text === '') return ''
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`
}

/** Wraps a text at this width without breaking words. */
export function wrapped(text: string, columns: number): string[] {
  const lines: string[] = []
  for (const word of text.split(/\s+/).filter(Boolean)) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + word.length < columns) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}

/** Whether the call cannot do without its query. */
export function needsQuery({ query }: Pick<Call, 'query'>): boolean {
  return query?.fields.some(({ isRequired }) => isRequired) ?? false
}
