import { type Static, type TSchema, Type } from 'typebox'

/** An object that takes these fields and no others. */
export function closed<T extends Record<string, TSchema>>(properties: T, options: object = {}) {
  return Type.Object(properties, { additionalProperties: false, ...options })
}

/** Whether an empty object would do, so that a body need not be sent at all. */
export function mayBeAbsent(body: unknown): boolean {
  const {
    type,
    required = [],
    minProperties = 0,
  } = (body ?? {}) as {
    type?: string
    required?: readonly string[]
    minProperties?: number
  }
  return type === 'object' && required.length === 0 && minProperties === 0
}

/**
 * The same type, or null. Written as a type list, which JSON Schema and OpenAPI 3.1 share and the serialiser handles fast.
 * It gives up its title: it is another schema than the component of that name.
 */
export function Nullable<T extends TSchema>(schema: T) {
  const { type, title: _, ...rest } = schema as unknown as { type: string; title?: string }
  const values = (schema as { enum?: unknown[] }).enum
  return Type.Unsafe<Static<T> | null>({
    ...rest,
    type: [type, 'null'],
    ...(values ? { enum: [...values, null] } : {}),
  })
}

/** An object of which any fields may be expected. */
export const AnyObject = Type.Unsafe<Record<string, unknown>>({ type: 'object', additionalProperties: true })

/** One of a few words. */
export function OneOf<const T extends string>(values: readonly T[], options: object = {}) {
  return Type.Unsafe<T>({ type: 'string', enum: [...values], ...options })
}

export const Timestamp = Type.String({ format: 'date-time', examples: ['2023-01-15T08:30:00Z'] })
export const Id = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })
export const IdParams = closed({ id: Id })

export const SearchWords = Type.String({
  minLength: 1,
  maxLength: 200,
  pattern: '[\\p{L}\\p{N}]',
  description: 'words that must all occur, with at least one letter or digit',
})

/** The list envelope of the spec: exactly these keys. */
export function PageOf<T extends TSchema>(item: T) {
  return closed({
    data: Type.Array(item),
    meta: closed({ current_page: Type.Integer(), total_pages: Type.Integer(), total_count: Type.Integer() }),
  })
}

export const ErrorEnvelope = closed({
  error: closed({ code: Type.String(), message: Type.String(), details: Type.String() }),
})

/** An answer without a body. */
export const Nothing = Type.Unsafe<undefined>({ type: 'null', description: 'No content' })

/** For whoever can choose an address and no header: a link in a page, which a browser downloads by itself. */
export const ExportFormat = Type.Optional(
  OneOf(['ndjson', 'csv'], { description: 'The form of the answer, whatever the `Accept` header says' }),
)
