import type * as TypeBox from 'typebox'

type Kinds =
  | 'Array'
  | 'Boolean'
  | 'Integer'
  | 'Literal'
  | 'Number'
  | 'Object'
  | 'Optional'
  | 'Partial'
  | 'Record'
  | 'String'
  | 'Unsafe'

/** As TypeBox marks what an object may lack: a copy of the schema with other keywords is no longer optional. */
const mark = '~optional'

type Schema = Record<string, unknown>
type Properties = Record<string, Schema>

function optional(schema: Schema): Schema {
  return Object.defineProperty({ ...schema }, mark, { value: true })
}

function object(properties: Properties, options?: object): Schema {
  const required = Object.keys(properties).filter((name) => !(mark in (properties[name] as Schema)))
  return { type: 'object', ...(required.length > 0 ? { required } : {}), properties, ...options }
}

function partial({ properties }: { properties: Properties }, options?: object): Schema {
  const all = Object.entries(properties).map(([name, schema]) => [name, optional(schema)])
  return object(Object.fromEntries(all), options)
}

/**
 * The schemas of TypeBox, with its static types, and nothing else of it: its 373 modules were a seventh of the start and
 * 10 MB of an idle process, for functions that write down an object.
 */
export const Type = {
  String: (options?: object) => ({ type: 'string', ...options }),
  Integer: (options?: object) => ({ type: 'integer', ...options }),
  Number: (options?: object) => ({ type: 'number', ...options }),
  Boolean: (options?: object) => ({ type: 'boolean', ...options }),
  Literal: (value: unknown, options?: object) => ({ type: typeof value, const: value, ...options }),
  Array: (items: Schema, options?: object) => ({ type: 'array', items, ...options }),
  Object: object,
  Partial: partial,
  Record: (_: Schema, values: Schema, options?: object) => ({
    type: 'object',
    patternProperties: { '^.*$': values },
    ...options,
  }),
  Optional: optional,
  Unsafe: (schema: Schema) => ({ ...schema }),
} as unknown as Pick<typeof TypeBox.Type, Kinds>
