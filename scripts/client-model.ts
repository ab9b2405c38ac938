/**
 * The content of openapi.json, reduced to what the emitters of the Python and PHP types need: models with fields, every
 * object named. Names come from the components; a nested object is named after its path.
 */
export interface ClientModel {
  models: readonly Model[]
  unions: readonly Union[]
  queries: readonly Model[]
  events: readonly EventFamily[]
}

/** The events about one kind of record, which share their data. */
export interface EventFamily {
  /** As in `user.created`: user. */
  name: string
  types: readonly string[]
  about: string
  data: Model
  /** The fields that an update may have replaced, where there are updates. */
  previous?: Model
}

export interface Model {
  name: string
  description: string
  fields: readonly Field[]
  /** Is a named component of openapi.json. */
  isComponent: boolean
  /** Part of a request: an optional field that is not set is not sent. */
  isSent: boolean
  /** Part of a response: every field is present, and newer servers may add others. */
  isAnswered: boolean
}

/** One of several models, distinguished by the single value of a field such as `action`. */
export interface Union {
  name: string
  models: readonly string[]
}

export interface Field {
  /** As in JSON: snake_case. */
  name: string
  shape: Shape
  isNullable: boolean
  isRequired: boolean
  description: string
}

export type Shape =
  | { kind: 'model' | 'union'; name: string }
  | { kind: 'list'; of: Shape }
  /** An object with any keys; `nullable` when its values may be null. */
  | { kind: 'map'; of: Shape; isNullable: boolean }
  /** An object with unspecified content. */
  | { kind: 'anything' }
  | { kind: 'string'; values?: readonly string[]; isInstant?: true }
  | { kind: 'integer' | 'number' | 'boolean' }

export interface Schema {
  $ref?: string
  type?: string | readonly string[]
  format?: string
  description?: string
  enum?: readonly string[]
  required?: readonly string[]
  properties?: Record<string, Schema>
  patternProperties?: Record<string, Schema>
  additionalProperties?: boolean | Schema
  items?: Schema
  /** Of an export: the address of a line's schema, where it is no record of the resource. */
  'x-rows'?: string
  oneOf?: readonly Schema[]
}

/** Fields whose values have a named type in every client, wherever the same values occur. */
export const valueNames: Readonly<Record<string, string>> = {
  'User.status': 'UserStatus',
  'Document.status': 'DocumentStatus',
  'Document.content_type': 'ContentType',
  'CredentialCreate.scopes': 'Scope',
  'Credential.tier': 'Tier',
  'WebhookCreate.events': 'SubscribableType',
  'ListEventsQuery.type': 'EventType',
}

/** Where the clients use another name than the API. */
const renamed: Readonly<Record<string, string>> = { TokenResponse: 'Token' }

export function nameOfModel(name: string): string {
  return renamed[name] ?? name
}

export interface Content {
  content?: Record<string, { schema: Schema }>
}

export interface Operation {
  operationId: string
  'x-sdk'?: string
  summary?: string
  description?: string
  tags?: readonly string[]
  security?: readonly Record<string, readonly string[]>[]
  parameters?: readonly Parameter[]
  requestBody?: Content & { required?: boolean }
  responses: Record<string, Content & { $ref?: string }>
}

export interface Parameter {
  $ref?: string
  name: string
  in: string
  description?: string
  required?: boolean
  schema: Schema
}

export interface OpenApi {
  tags: readonly { name: string; description: string }[]
  paths: Record<string, Record<string, Operation>>
  webhooks: Record<string, { post: { summary: string; requestBody: Content } }>
  components: {
    schemas: Record<string, Schema>
    responses: Record<string, { description: string }>
  }
}

/** @throws Error for an unsupported construct, with its path */
export function clientModelOf(openApi: OpenApi): ClientModel {
  const models = new Map<string, Pick<Model, 'name' | 'description' | 'fields'>>()
  const unions = new Map<string, Union>()
  for (const [name, schema] of Object.entries(openApi.components.schemas)) addModel(name, schema)
  const events = familiesOf(openApi)
  const operations = Object.values(openApi.paths).flatMap((methods) => Object.values(methods))
  const sent = reached(operations.flatMap(({ requestBody = {} }) => schemasOf(requestBody)))
  const answered = reached(
    operations.flatMap(({ responses }) =>
      Object.entries(responses).flatMap(([status, content]) => (status < '300' ? schemasOf(content) : [])),
    ),
  )
  return {
    models: [...models.values()].map((model) => ({
      ...model,
      isComponent: model.name in openApi.components.schemas,
      isSent: sent.has(model.name),
      isAnswered: answered.has(model.name),
    })),
    unions: [...unions.values()],
    queries: operations.flatMap((operation) => queryOf(operation)),
    events,
  }

  function familiesOf({ webhooks }: OpenApi): EventFamily[] {
    const names = new Set(Object.keys(webhooks).map((type) => type.split('.', 1)[0] ?? type))
    return [...names].map((name) => {
      const types = Object.keys(webhooks).filter((type) => type.split('.', 1)[0] === name)
      const schemas = types.map((type) => dataOf(webhooks[type]?.post.requestBody, type))
      if (new Set(schemas.map((schema) => JSON.stringify(schema))).size > 1)
        throw new Error(
          `The events ${types.join(', ')} must have the same data: clients have one type for them.`,
        )
      const summary = webhooks[types[0] ?? '']?.post.summary ?? ''
      const about = types.length > 1 ? `The ${name} after the change, or before the deletion` : summary
      const replaced = webhooks[`${name}.updated`]?.post.requestBody
      const previous = replaced && schemasOf(replaced)[0]?.properties?.previous
      return {
        name,
        types,
        about,
        data: modelOf(`${pascalCase(name)}EventData`, schemas[0] ?? {}),
        ...(previous ? { previous: modelOf(`${pascalCase(name)}EventPrevious`, previous) } : {}),
      }
    })
  }

  function modelOf(name: string, schema: Schema): Model {
    addModel(name, schema)
    const { fields = [] } = models.get(name) ?? {}
    return { name, description: '', fields, isComponent: false, isSent: false, isAnswered: false }
  }

  function addModel(name: string, { properties = {}, required = [], description = '' }: Schema): string {
    models.set(name, {
      name,
      description,
      fields: Object.entries(properties).map(([field, schema]) =>
        fieldOf(field, schema, required.includes(field), name + pascalCase(field)),
      ),
    })
    return name
  }

  function fieldOf(name: string, schema: Schema, isRequired: boolean, way: string): Field {
    return {
      name,
      shape: shapeOf(schema, way),
      isNullable: typesOf(schema).includes('null'),
      isRequired,
      description: schema.description ?? '',
    }
  }

  function shapeOf(schema: Schema, way: string): Shape {
    if (schema.$ref) return { kind: 'model', name: nameOf(schema.$ref) }
    if (schema.oneOf) return unionOf(schema.oneOf, way)
    const [type] = typesOf(schema).filter((one) => one !== 'null')
    if (type === 'array' && schema.items)
      return { kind: 'list', of: shapeOf(schema.items, way.replace(/s$/, '')) }
    if (type === 'object') return objectOf(schema, way)
    if (type === 'integer' || type === 'number' || type === 'boolean') return { kind: type }
    if (type !== 'string') throw new Error(`No emitter knows the schema of ${way}: ${JSON.stringify(schema)}`)
    if (schema.enum) return { kind: 'string', values: schema.enum.filter((value) => value !== null) }
    return schema.format === 'date-time' ? { kind: 'string', isInstant: true } : { kind: 'string' }
  }

  function objectOf(schema: Schema, way: string): Shape {
    if (schema.properties) return { kind: 'model', name: addModel(way, schema) }
    const values = schema.patternProperties
      ? Object.values(schema.patternProperties)[0]
      : schema.additionalProperties
    if (typeof values !== 'object') return { kind: 'anything' }
    return { kind: 'map', of: shapeOf(values, `${way}Value`), isNullable: typesOf(values).includes('null') }
  }

  function unionOf(parts: readonly Schema[], way: string): Shape {
    const names = parts.map((part) => addModel(way + pascalCase(tagOf(part, way)), part))
    unions.set(way, { name: way, models: names })
    return { kind: 'union', name: way }
  }

  /** The names of the models that these contain, at any depth. */
  function reached(schemas: readonly Schema[], found = new Set<string>()): Set<string> {
    for (const schema of schemas) {
      if (schema.$ref) reachModel(nameOf(schema.$ref), found)
      const rows = schema['x-rows'] ? [{ $ref: schema['x-rows'] }] : []
      const inside = [
        ...Object.values(schema.properties ?? {}),
        ...(schema.items ? [schema.items] : []),
        ...rows,
      ]
      reached(inside, found)
    }
    return found
  }

  function reachModel(name: string, found: Set<string>): void {
    if (found.has(name)) return
    found.add(name)
    for (const { shape } of models.get(name)?.fields ?? []) reachShape(shape, found)
  }

  function reachShape(shape: Shape, found: Set<string>): void {
    if (shape.kind === 'list' || shape.kind === 'map') reachShape(shape.of, found)
    else if (shape.kind === 'model') reachModel(shape.name, found)
    else if (shape.kind === 'union')
      for (const name of unions.get(shape.name)?.models ?? []) reachModel(name, found)
  }

  function queryOf({ operationId, summary = '', parameters = [], responses }: Operation): Model[] {
    // The format of an export follows from how it is read.
    const isExport = responses[200]?.content?.['application/x-ndjson'] !== undefined
    const inQuery = parameters.filter(
      (parameter) => parameter.in === 'query' && !(isExport && parameter.name === 'format'),
    )
    if (inQuery.length === 0) return []
    const name = `${pascalCase(operationId)}Query`
    const fields = inQuery.map(({ name: field, schema, required = false, description = '' }) => ({
      ...fieldOf(field, schema, required, name + pascalCase(field)),
      description,
    }))
    return [{ name, description: summary, fields, isComponent: false, isSent: true, isAnswered: false }]
  }
}

function dataOf(content: Content | undefined, type: string): Schema {
  const data = schemasOf(content ?? {})[0]?.properties?.data
  if (!data) throw new Error(`The body of ${type} has no data.`)
  return data
}

export function schemasOf({ content = {} }: Content): Schema[] {
  return Object.values(content).map(({ schema }) => schema)
}

export function typesOf({ type }: Schema): readonly string[] {
  return type === undefined ? [] : typeof type === 'string' ? [type] : type
}

/** The discriminator of a union: the first field with a single value. */
function tagOf({ properties = {} }: Schema, way: string): string {
  const tag = Object.values(properties).find((schema) => schema.enum?.length === 1)?.enum?.[0]
  if (tag === undefined) throw new Error(`The parts of ${way} have no discriminator.`)
  return tag
}

export function nameOf(reference: string): string {
  return reference.slice(reference.lastIndexOf('/') + 1)
}

export function pascalCase(name: string): string {
  return name.replaceAll(/(?:^|[_-])([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

/** `audit_log` and `audit-log` as `auditLog`. */
export function camelCase(name: string): string {
  return name.replaceAll(/[_-]([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

export function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
