import type { TObject, TSchema } from 'typebox'
import { Clearable, closed, Id, OneOf, Timestamp } from '../api/schemas.ts'
import { Type } from '../api/type.ts'

export type Fields = Readonly<Record<string, TSchema>>

/** The schemas of a plain resource, derived from its fields. */
export function plainSchemas(title: string, fields: Fields, filters: readonly string[], computed: Fields) {
  const full: TObject = closed(
    { id: Id, ...shownFields(fields), ...computed, created_at: Timestamp, updated_at: Timestamp },
    { title },
  )
  const create: TObject = closed(
    mapped(fields, (field) => {
      if (!mayBeLeftOut(field)) return field
      return isNullable(field) ? Type.Optional(field) : Clearable(field)
    }),
    { title: `${title}Create` },
  )
  const update: TObject = closed(
    mapped(fields, (field) => {
      const shown = withoutDefault(field)
      return isNullable(field) || !mayBeLeftOut(field) ? Type.Optional(shown) : Clearable(shown)
    }),
    { title: `${title}Update` },
  )
  const filtered: TObject = closed(
    Object.fromEntries(filters.map((filter) => [filter, Type.Optional(fields[filter] ?? OneOf([]))])),
  )
  return { full, listed: full, created: full, create, update, filters: filtered }
}

/** The values of omitted fields: the default, or null. */
export function defaultsOf(fields: Fields): Record<string, unknown> {
  return mapped(fields, (field) => (field as { default?: unknown }).default ?? null)
}

/** Defaults are for creates; a stored record has a value. */
function shownFields(fields: Fields): Record<string, TSchema> {
  return mapped(fields, withoutDefault)
}

function withoutDefault(field: TSchema): TSchema {
  const { default: _, ...shown } = field as TSchema & { default?: unknown }
  return shown as TSchema
}

function mayBeLeftOut(field: TSchema): boolean {
  return isNullable(field) || (field as { default?: unknown }).default !== undefined
}

function isNullable(field: TSchema): boolean {
  const { type } = field as { type?: string | string[] }
  return Array.isArray(type) && type.includes('null')
}

function mapped<T>(fields: Fields, to: (field: TSchema) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, to(field)]))
}
