import type { Static, TObject, TProperties, TSchema } from 'typebox'
import { Type } from './type.ts'

/** An object with these fields and no others. */
export function closed<T extends Record<string, TSchema>>(properties: T, options: object = {}) {
  return Type.Object(properties, { additionalProperties: false, ...options })
}

/** The names of its fields, in order. */
export function fieldsOf<P extends TProperties>({ properties }: TObject<P>): (keyof P & string)[] {
  return Object.keys(properties) as (keyof P & string)[]
}

/** Whether an empty object is valid, so that the body may be omitted. A patch always needs its body. */
export function mayBeAbsent(method: string, body: unknown): boolean {
  const { type, required = [] } = (body ?? {}) as { type?: string; required?: readonly string[] }
  return method !== 'PATCH' && type === 'object' && required.length === 0
}

/**
 * The same type, or null. Written as a type list, which JSON Schema and OpenAPI 3.1 share and the serialiser handles fast.
 * The title is dropped: this is not the component of that name.
 */
export function Nullable<T extends TSchema>(schema: T) {
  // Every schema of a single type has this keyword, although TypeBox's own type does not declare it.
  const { type, title: _, ...rest } = schema as unknown as { type: string; title?: string }
  const values = (schema as { enum?: unknown[] }).enum
  return Type.Unsafe<Static<T> | null>({
    ...rest,
    type: [type, 'null'],
    ...(values ? { enum: [...values, null] } : {}),
  })
}

/**
 * An optional field. `null` is the same as omitting it in a create, and resets it to its default in a merge patch
 * (RFC 7396).
 */
export function Clearable<T extends TSchema>(schema: T) {
  return Type.Optional(Nullable(schema))
}

/** An object with any fields. */
export const AnyObject = Type.Unsafe<Record<string, unknown>>({ type: 'object', additionalProperties: true })

/** One of a few words. */
export function OneOf<const T extends string>(values: readonly T[], options: object = {}) {
  return Type.Unsafe<T>({ type: 'string', enum: [...values], ...options })
}

/**
 * An enumeration that later versions may extend. Only requests are validated against the list, because a reader must not
 * break on a value that it does not know.
 */
export function Growing<const T extends string>(values: readonly T[], options: object = {}) {
  return Type.Unsafe<T>({ type: 'string', examples: [...values], ...options })
}

export const Timestamp = Type.String({ format: 'date-time', examples: ['2023-01-15T08:30:00Z'] })
export const Count = Type.Integer({ minimum: 0 })
export const UnixSeconds = Type.Integer({ description: 'Unix seconds' })
export const Id = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })
export const IdParams = closed({ id: Id })

const anyWords = 'words that must all occur, with at least one letter or digit'
/** @param where the texts that are searched, where the resource does not make that plain */
export function searchWords(where?: string) {
  return Type.String({
    minLength: 1,
    maxLength: 200,
    text: 'words',
    description: where === undefined ? anyWords : `${anyWords}, in the ${where}`,
  })
}
export const SearchWords = searchWords()

/** The list envelope of the spec: exactly these keys. */
export function PageOf<T extends TSchema>(item: T) {
  return closed({
    data: Type.Array(item),
    meta: closed({ current_page: Type.Integer(), total_pages: Count, total_count: Count }),
  })
}

export const ErrorEnvelope = closed({
  error: closed({ code: Type.String(), message: Type.String(), details: Type.String() }),
})

/** A response without a body. */
export const Nothing = Type.Unsafe<undefined>({ type: 'null', description: 'No content' })

/** For callers who can choose a URL but no header, such as a download link in a page. */
export const ExportFormulas = Type.Optional(
  OneOf(['escaped'], {
    description:
      'For spreadsheets: in CSV, an apostrophe precedes every text that would be a formula. Imports read such a file as well',
  }),
)

export const ExportFormat = Type.Optional(
  OneOf(['ndjson', 'csv'], { description: 'The format of the response; overrides the `Accept` header' }),
)
