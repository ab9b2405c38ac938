export interface Schema {
  type?: string | readonly string[]
  enum?: readonly unknown[]
  properties?: Record<string, Schema>
  required?: string[]
  items?: Schema
  [keyword: string]: unknown
}

/** The keywords that every client understands; ours, and patterns with character classes, are left out. */
const keywords = [
  ...['type', 'enum', 'const', 'format', 'description', 'default', 'required', 'additionalProperties'],
  ...['minimum', 'maximum', 'minLength', 'maxLength', 'minItems', 'maxItems', 'minProperties'],
]

/** A schema of the API, as the arguments of a tool. */
export function plainSchema(schema: Schema): Schema {
  const { properties, items } = schema
  return {
    ...Object.fromEntries(keywords.filter((name) => name in schema).map((name) => [name, schema[name]])),
    ...(properties ? { properties: mapped(properties) } : {}),
    ...(items ? { items: plainSchema(items) } : {}),
  }
}

function mapped(properties: Record<string, Schema>): Record<string, Schema> {
  return Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, plainSchema(schema)]))
}
