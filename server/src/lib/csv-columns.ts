import type { TSchema } from 'typebox'

/** The columns that an object has in a CSV: its fields, and `profile.first_name` for those of an object inside. */
export function columnsOf(schema: TSchema): string[] {
  return Object.entries(fieldsOf(schema)).flatMap(([name, field]) => {
    const inner = columnsOf(field)
    return inner.length === 0 ? [name] : inner.map((column) => `${name}.${column}`)
  })
}

/** The schema of one column. */
export function columnSchema(schema: TSchema, column: string): TSchema | undefined {
  return column
    .split('.')
    .reduce<TSchema | undefined>((inside, name) => inside && fieldsOf(inside)[name], schema)
}

export function valueAt(object: object, column: string): unknown {
  return column
    .split('.')
    .reduce<unknown>((value, name) => (value as Record<string, unknown> | null)?.[name], object)
}

/** @param column one of `columnsOf` the object's schema */
export function setValueAt(object: Record<string, unknown>, column: string, value: unknown): void {
  const [name = '', ...rest] = column.split('.')
  if (rest.length === 0) {
    object[name] = value
    return
  }
  object[name] ??= {}
  setValueAt(object[name] as Record<string, unknown>, rest.join('.'), value)
}

function fieldsOf(schema: TSchema): Record<string, TSchema> {
  return (schema as { properties?: Record<string, TSchema> }).properties ?? {}
}
