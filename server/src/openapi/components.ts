import type { TSchema } from 'typebox'

export type Json = Record<string, unknown>

/** Collects the titled schemas as components, and replaces them by references. */
export class Components {
  readonly #schemas = new Map<string, Json>()

  /** The schema with every titled part replaced by a reference. */
  refer(schema: TSchema): Json {
    // The keywords `text`, `patternError` and `word` are our own (see text-rules.ts).
    const { title, text: _, patternError: __, word: ___, ...rest } = schema as Json
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
        // An address alone, because validators allow a `$ref` only where a schema may stand.
        if (key === 'x-rows') return [key, this.refer(value as TSchema).$ref]
        if (key === 'patternProperties') return ['additionalProperties', this.refer(anyOf(value))]
        if (key === 'oneOf') return [key, (value as TSchema[]).map((inner) => this.refer(inner))]
        return [key, value]
      }),
    )
  }
}

/** Drops patterns with character classes (`\\p{L}`): JSON Schema does not require them, and Python rejects them. */
function compilable({ pattern, ...rest }: Json): Json {
  const isForAll = typeof pattern === 'string' && !/\\[pP]\{/.test(pattern)
  return isForAll ? { ...rest, pattern } : rest
}

/** Generators assume 32 bits for an integer without a format. */
function sized(schema: Json): Json {
  const { type, maximum = Number.MAX_SAFE_INTEGER } = schema as { type?: string | string[]; maximum?: number }
  const isLarge = [type].flat().includes('integer') && maximum > 2 ** 31 - 1
  return isLarge ? { ...schema, format: 'int64' } : schema
}

/** For a nullable enumeration with a default, openapi-generator writes Go that does not compile, so the text says it. */
function worded({ default: usual, ...rest }: Json): Json {
  if (usual === undefined) return rest
  if (!Array.isArray(rest.type) || rest.enum === undefined) return { ...rest, default: usual }
  const words = `\`${usual}\` by default`
  return { ...rest, description: rest.description ? `${rest.description}; ${words}` : words }
}

/** The form of a map that every generator understands. */
function anyOf(patternProperties: unknown): TSchema {
  return Object.values(patternProperties as Record<string, TSchema>)[0] ?? {}
}

function mapValues<A, B>(object: Record<string, A>, change: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]))
}
