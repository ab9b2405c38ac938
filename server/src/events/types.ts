import { type Static, type TObject, Type } from 'typebox'
import type { Scope } from '../access/scopes.ts'
import { Timestamp } from '../api/schemas.ts'

/**
 * One kind of event: the one source of what its body carries, of what `GET /event-types` tells, of who may read it, and of
 * what the tests hold every written event against.
 */
export interface EventType {
  /** `document.created`. */
  name: string
  /** What the `id` in the data is the id of. */
  resource: string
  description: string
  /** Open: a field may be added within v1, so a receiver must not refuse one that it does not know. */
  data: TObject
  example: { id: number }
  /** The scope that reads what the data tell; null for one that nobody subscribes to. */
  reads: Scope | null
}

/** That it happened, and to what. */
export interface Occurrence {
  type: EventType
  data: { id: number }
}

interface Declared<Data extends TObject, Name extends string> {
  data: Data
  example: Static<Data> & { id: number }
  reads: Scope | null
  types: Readonly<Record<Name, string | { description: string; example: Partial<Static<Data>> }>>
}

/** The events of one resource: their names without it, each with its description, and with its example where that differs. */
export function eventsOf<Data extends TObject, Name extends string>(
  resource: string,
  { data, example, reads, types }: Declared<Data, Name>,
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
    }
    return [name, type] as const
  })
  const byName = new Map<string, EventType>(declared)
  return {
    types: [...byName.values()],
    occurred(name: Name, happened: Static<Data> & { id: number }): Occurrence {
      const type = byName.get(name)
      if (!type) throw new Error(`There is no event ${resource}.${name}.`)
      return { type, data: happened }
    },
  }
}

export interface EventBody {
  event: string
  /** When it happened. */
  timestamp: string
  data: { id: number }
}

/** The JSON Schema of what a webhook receives. */
export function bodySchema({ name, description, data }: EventType) {
  const { required, properties } = Type.Object({ event: Type.Literal(name), timestamp: Timestamp, data })
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: name,
    description,
    type: 'object',
    required,
    properties,
  }
}

export function exampleBody({ name, example }: EventType): EventBody {
  return { event: name, timestamp: '2023-05-21T15:32:10Z', data: example }
}
