import type { TSchema } from 'typebox'
import { type AfterErasure, requirePeople } from './people.ts'

/** The words of a resource on the pages of the console, in one language. Those left out are as in English. */
export interface ResourceLabels {
  /** One of its records, as in a sentence: `invoice`. */
  one?: string
  /** Several of them: `invoices`. */
  many?: string
  about?: string
  /** Labels of fields: `amount_cents: 'Amount in cents'`. */
  fields?: Readonly<Record<string, string>>
  /** What stands below a field in a form. */
  hints?: Readonly<Record<string, string>>
  /** The values of a field with an `enum`: `status: { open: 'open' }`. */
  values?: Readonly<Record<string, Readonly<Record<string, string>>>>
}

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
  /** Fields that hold the id of a user, each with what an erasure of that user makes of the record. */
  people?: Readonly<Record<string, AfterErasure>>
  /** The field by which people know a record: the first unique one, or the first text, unless given. */
  named?: string
  /** Words for the console, by language: `de`. Without `en`, they are made from the names. */
  labels?: Readonly<Record<string, ResourceLabels>>
}

const word = /^[a-z][a-z0-9_]{0,29}$/
const kinds = ['string', 'integer', 'number']
const reserved = ['id', 'version', 'created_at', 'updated_at', 'deleted_at']

/** @throws TypeError that says what is wrong */
export function requireResource(declared: ExtensionResource): void {
  const { name, plural, fields, told = {}, unique = [], filters = [], named } = declared
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
  for (const field of [...Object.keys(told), ...unique, ...filters, ...(named === undefined ? [] : [named])])
    if (!(field in fields)) throw new TypeError(`${at} has no field '${field}'.`)
  requirePeople(at, declared)
  requireLabels(at, declared)
}

function requireLabels(at: string, { fields: declared, labels = {} }: ExtensionResource): void {
  for (const [language, { fields = {}, hints = {}, values = {}, ...words }] of Object.entries(labels)) {
    if (!/^[a-z]{2,3}$/.test(language))
      throw new TypeError(`${at}: labels are by language, such as 'de'; '${language}' is none.`)
    for (const field of [fields, hints, values].flatMap((by) => Object.keys(by)))
      if (!(field in declared))
        throw new TypeError(`${at}: there is no field '${field}' for labels.${language}.`)
    for (const [of, text] of Object.entries({
      ...words,
      ...fields,
      ...hints,
      ...Object.assign({}, ...Object.values(values)),
    }))
      if (typeof text !== 'string' || text.trim() === '')
        throw new TypeError(`${at}: labels.${language} needs a text for '${of}'.`)
    const unknown = Object.keys(words).find((part) => !['one', 'many', 'about'].includes(part))
    if (unknown !== undefined)
      throw new TypeError(
        `${at}: labels have no '${unknown}'; their parts are: one, many, about, fields, hints, values.`,
      )
  }
}
