import type { TSchema } from 'typebox'
import type { ExtensionResource } from './resources.ts'

/** What an erasure makes of a record that names the person. */
export type AfterErasure =
  /** The record is deleted for good. */
  | 'delete'
  /** The field becomes null, and the record stays. */
  | 'empty'
  /** These fields are emptied too: they become null, or their default. */
  | { empties: readonly string[] }

/** A field that holds the id of a user. */
export interface PersonField {
  field: string
  /** The fields that an erasure of the user empties; undefined where it deletes the record. */
  empties?: readonly string[]
  /** The record is about the user: what the logs hold of it is sealed with that person's key. */
  isAbout: boolean
}

type Declared = Pick<ExtensionResource, 'fields' | 'people'>
type Field = { type?: string | string[]; default?: unknown }

/** Names that say by themselves that the id of a user is meant. */
const usual = /^(?:(?:.+_)?user_id|owner_id|author_id|requester_id)$/

/** The fields of a resource that name users: those that it declares, then those that are named so. */
export function peopleOf({ fields, people = {} }: Declared): PersonField[] {
  const named = Object.keys(fields).filter((field) => usual.test(field) && isInteger(fields[field]))
  const undeclared = named.filter((field) => !(field in people))
  return [
    ...Object.entries(people).map(([field, then]) => personField(field, then)),
    ...undeclared.map((field) => personField(field, isNullable(fields[field]) ? 'empty' : 'delete')),
  ]
}

function personField(field: string, then: AfterErasure): PersonField {
  if (then === 'delete') return { field, isAbout: true }
  if (then === 'empty') return { field, empties: [field], isAbout: false }
  return { field, empties: [field, ...then.empties], isAbout: true }
}

/** @throws TypeError that says what is wrong */
export function requirePeople(at: string, { fields, people = {}, unique = [] }: ExtensionResource): void {
  for (const [field, then] of Object.entries(people)) {
    if (!(field in fields)) throw new TypeError(`${at} has no field '${field}', which 'people' names.`)
    if (!isInteger(fields[field]))
      throw new TypeError(
        `${at}: 'people' names the field '${field}', which has to be an integer, the id of a user.`,
      )
    const others = (then as { empties?: unknown } | null)?.empties
    if (then !== 'delete' && then !== 'empty' && !Array.isArray(others))
      throw new TypeError(
        `${at}: people.${field} is 'delete', 'empty' or { empties: ['other_field'] }, what an erasure of the user makes of the record.`,
      )
    if (then === 'delete') continue
    if (!isNullable(fields[field]))
      throw new TypeError(
        `${at}: the field '${field}' cannot be emptied, because it cannot be null. Let its type be ['integer', 'null'], or set people.${field} to 'delete'.`,
      )
    for (const other of (others as unknown[] | undefined) ?? []) {
      const schema = fields[String(other)]
      if (!schema) throw new TypeError(`${at} has no field '${other}', which people.${field} empties.`)
      const isUnique = unique.includes(String(other))
      if (!isNullable(schema) && (isUnique || (schema as Field).default === undefined))
        throw new TypeError(
          `${at}: the field '${other}' cannot be emptied, because it cannot be null${isUnique ? '' : ' and has no default'}. Let its type be ['${[(schema as Field).type].flat()[0]}', 'null'], or set people.${field} to 'delete'.`,
        )
    }
  }
}

function isInteger(schema: TSchema | undefined): boolean {
  return typesOf(schema).includes('integer')
}

function isNullable(schema: TSchema | undefined): boolean {
  return typesOf(schema).includes('null')
}

function typesOf(schema: TSchema | undefined): (string | undefined)[] {
  return [(schema as Field | undefined)?.type].flat()
}
