import type { TSchema } from 'typebox'

/** A kind of record that an extension adds, with everything that the records of the server have. */
export interface ExtensionResource {
  /** The singular: `invoice`. */
  name: string
  /** Its path is `/api/v1/x/NAME/invoices`, and its table `x_NAME_invoices`. */
  plural: string
  about?: string
  /** Each a column: text, a number or an integer; one with a default, or that may be null, is optional in a create. */
  fields: Readonly<Record<string, TSchema>>
  /** What its events tell beside the id: names of fields, with an example of each. */
  told?: Readonly<Record<string, unknown>>
  /** Fields that are unique among living records, in any case. */
  unique?: readonly string[]
  /** Fields by which lists are filtered, each with an index. */
  filters?: readonly string[]
}

const word = /^[a-z][a-z0-9_]{0,29}$/
const kinds = ['string', 'integer', 'number']
const reserved = ['id', 'version', 'created_at', 'updated_at', 'deleted_at']

/** @throws TypeError that says what is wrong */
export function requireResource({
  name,
  plural,
  fields,
  told = {},
  unique = [],
  filters = [],
}: ExtensionResource): void {
  for (const [part, given] of Object.entries({ name, plural }))
    if (typeof given !== 'string' || !word.test(given))
      throw new TypeError(
        `The ${part} of a resource has lower-case letters, digits and '_'; '${given}' has not.`,
      )
  const at = `The resource '${plural}'`
  for (const [field, schema] of Object.entries(fields ?? {})) {
    if (!word.test(field) || reserved.includes(field) || field.endsWith('_key'))
      throw new TypeError(`${at} cannot have a field '${field}'.`)
    const { type } = schema as { type?: string | string[] }
    const types = [type].flat().filter((one) => one !== 'null')
    if (types.length !== 1 || !kinds.includes(types[0] ?? ''))
      throw new TypeError(`${at}: the field '${field}' has to be a text, a number or an integer.`)
  }
  if (Object.keys(fields ?? {}).length === 0) throw new TypeError(`${at} has no fields.`)
  for (const field of [...Object.keys(told), ...unique, ...filters])
    if (!(field in fields)) throw new TypeError(`${at} has no field '${field}'.`)
}
