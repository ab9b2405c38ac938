import type { TSchema } from 'typebox'

export type Json = Record<string, unknown>

/** The schemas with a title, said once and referred to from wherever they occur. */
export class Components {
  readonly #schemas = new Map<string, Json>()

  /** The schema with every titled part replaced by a reference to its component. */
  refer(schema: TSchema): Json {
    // The keyword `text` is our own (see text-rules.ts).
    const { title, text: _, ...rest } = schema as Json
    const plain = this.#inside(worded(sized(compilable(rest))))
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
        if (key === 'items' || key === 'propertyNames') return [key, this.refer(value as TSchema)]
        if (key === 'patternProperties') return ['additionalProperties', this.refer(anyOf(value))]
        if (key === 'oneOf') return [key, (value as TSchema[]).map((inner) => this.refer(inner))]
        return [key, value]
      }),
    )
  }
}

/** Classes of characters (`\\p{L}`) are no part of the expressions that JSON Schema asks everybody to know: Python refuses them. */
function compilable({ pattern, ...rest }: Json): Json {
  const isForAll = typeof pattern === 'string' && !/\\[pP]\{/.test(pattern)
  return isForAll ? { ...rest, pattern } : rest
}

/** Generators take an integer for one of 32 bits unless told otherwise. */
function sized(schema: Json): Json {
  const { type, maximum = Number.MAX_SAFE_INTEGER } = schema as { type?: string | string[]; maximum?: number }
  const isLarge = [type].flat().includes('integer') && maximum > 2 ** 31 - 1
  return isLarge ? { ...schema, format: 'int64' } : schema
}

/** openapi-generator writes Go that does not compile for a default among values that may be null, so words say it. */
function worded({ default: usual, ...rest }: Json): Json {
  if (usual === undefined) return rest
  if (!Array.isArray(rest.type) || rest.enum === undefined) return { ...rest, default: usual }
  const words = `\`${usual}\` by default`
  return { ...rest, description: rest.description ? `${rest.description}; ${words}` : words }
}

/** An object with any keys is written as every generator reads it. */
function anyOf(patternProperties: unknown): TSchema {
  return Object.values(patternProperties as Record<string, TSchema>)[0] ?? {}
}

function mapValues<A, B>(object: Record<string, A>, change: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]))
}
