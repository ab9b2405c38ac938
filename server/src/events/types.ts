import type { Static, TObject } from 'typebox'
import type { Reach } from '../access/roles.ts'
import type { Scope } from '../access/scopes.ts'
import { Timestamp } from '../api/schemas.ts'
import { Type } from '../api/type.ts'
import type { ChangedSubjects } from '../db/subjects.ts'

/** The maximum size that receivers must accept. No event comes near it: the schemas bound every field of a body. */
export const eventBytesMax = 256 * 1024

/**
 * An event type: the single source for the body of its events, for `GET /event-types`, for the scope that may read it, and
 * for the tests that validate every event.
 */
export interface EventType {
  /** `document.created`. */
  name: string
  /** What the `id` in the data refers to. */
  resource: string
  description: string
  /** Open: fields may be added within v1, so receivers must accept unknown ones. */
  data: TObject
  example: { id: number }
  /** The scope for reading the data; null when nobody can subscribe. */
  reads: Scope | null
  /** Whether a narrowed reach includes a record as the event describes it; without it, every reach does. */
  isWithin?(reach: Reach, data: object, userId: number): boolean
  /** The data is about the user that its `id` names, and is sealed under that person's key. */
  isPersonal: boolean
}

/** That an event happened, and to which record. */
export interface Occurrence {
  type: EventType
  data: { id: number }
  /** For an update: what it replaced of the data. */
  previous?: object
  /** Whom the record is about, where the type does not say it. */
  subjects?: ChangedSubjects
  /** The request that caused it, if one did. */
  requestId?: string | null
}

interface Declared<Data extends TObject, Name extends string> {
  data: Data
  example: Static<Data> & { id: number }
  reads: Scope | null
  isWithin?(reach: Reach, data: Static<Data>, userId: number): boolean
  isPersonal?: boolean
  types: Readonly<Record<Name, string | { description: string; example: Partial<Static<Data>> }>>
}

/** The event types of a resource, by the last part of their names, each with its example where that differs. */
export function eventsOf<Data extends TObject, Name extends string>(
  resource: string,
  { data, example, reads, isWithin, isPersonal = false, types }: Declared<Data, Name>,
) {
  const declared = Object.entries<Declared<Data, Name>['types'][Name]>(types).map(([name, said]) => {
    const { description, example: differing } =
      typeof said === 'string' ? { description: said, example: {} } : said
    const type: EventType = {
      name: `${resource}.${name}`,
      resource,
      description,
      data,
      example: { ...example, ...differing },
      reads,
      ...(isWithin ? { isWithin } : {}),
      isPersonal,
    }
    return [name, type] as const
  })
  const byName = new Map<string, EventType>(declared)
  return {
    types: [...byName.values()],
    /** @param before the data before an update */
    occurred(name: Name, happened: Static<Data> & { id: number }, before?: Static<Data>): Occurrence {
      const type = byName.get(name)
      if (!type) throw new Error(`There is no event ${resource}.${name}.`)
      return { type, data: happened, ...(before ? { previous: replacedBy(happened, before) } : {}) }
    },
  }
}

function replacedBy(after: object, before: object): object {
  const now = new Map(Object.entries(after))
  return Object.fromEntries(Object.entries(before).filter(([name, value]) => now.get(name) !== value))
}

export interface EventBody {
  event: string
  timestamp: string
  data: { id: number }
  previous?: object
}

/** What is left of an event whose person was erased. */
export function erasedBody({
  type,
  occurred_at,
  resource_id,
}: {
  type: string
  occurred_at: string
  resource_id: number
}): EventBody {
  return { event: type, timestamp: occurred_at, data: { id: resource_id } }
}

/** The JSON Schema of what a webhook receives. */
export function bodySchema({ name, description, data }: EventType) {
  const previous = name.endsWith('.updated') ? { previous: previousSchema(data) } : {}
  const { required, properties } = Type.Object({
    event: Type.Literal(name),
    timestamp: Timestamp,
    data,
    ...previous,
  })
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: name,
    description,
    type: 'object',
    required,
    properties,
  }
}

function previousSchema({ properties }: TObject) {
  const { id: _, ...fields } = properties
  return Type.Optional(
    Type.Partial(Type.Object(fields), {
      description:
        'The fields of the data that changed, as they were; only for webhooks with `include_previous`, and absent if they may not read the record as it was',
    }),
  )
}

export function exampleBody({ name, example }: EventType): EventBody {
  return { event: name, timestamp: '2023-05-21T15:32:10Z', data: example }
}
