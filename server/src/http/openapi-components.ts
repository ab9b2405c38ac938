import type { TSchema } from 'typebox'

export type Json = Record<string, unknown>

/** What is said once and referred to from many operations. */
export class Components {
  readonly #schemas = new Map<string, Json>()
  readonly #parameters = new Map<string, Json>()

  /** The schema with every titled part replaced by a reference to its component. */
  refer(schema: TSchema): Json {
    const { title, ...rest } = schema as Json
    const plain = this.#inside(rest)
    if (typeof title !== 'string') return plain
    keep(this.#schemas, title, plain)
    return { $ref: `#/components/schemas/${title}` }
  }

  /** A reference to a request header, which is the same header in every operation. */
  referToHeader(name: string, schema: TSchema): Json {
    const { description, ...rest } = schema as Json
    keep(this.#parameters, name, { name, in: 'header', required: false, description, schema: rest })
    return { $ref: `#/components/parameters/${name}` }
  }

  schemas(): Json {
    return sorted(this.#schemas)
  }

  parameters(): Json {
    return sorted(this.#parameters)
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

function keep(components: Map<string, Json>, name: string, component: Json): void {
  const known = components.get(name)
  if (known && JSON.stringify(known) !== JSON.stringify(component))
    throw new Error(`Two components share the name ${name}.`)
  components.set(name, component)
}

function sorted(components: Map<string, Json>): Json {
  return Object.fromEntries([...components].sort(([a], [b]) => (a < b ? -1 : 1)))
}

function mapValues<A, B>(object: Record<string, A>, change: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]))
}
