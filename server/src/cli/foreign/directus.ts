import { createHash } from 'node:crypto'
import { basename } from 'node:path'
import { RecordReading } from '../../import/csv-cells.ts'
import { JsonBroken, jsonValues } from '../../import/json-values.ts'
import { linesOf } from '../../import/lines.ts'
import type { Source } from '../../import/source.ts'
import { CommandError } from '../../lib/command-error.ts'
import { text, type Values } from '../command.ts'
import { documentMaker, type Fields, mappingFor, valueAt } from './mapping.ts'
import {
  type ForeignDocument,
  type ForeignExport,
  type ForeignUser,
  LeftOut,
  placeOf,
  textOf,
} from './records.ts'

const usersCollection = 'directus_users'

/**
 * The export of one collection, as the Data Studio writes it: JSON or CSV. Users are a collection of their own.
 * @param users the export of `directus_users`, beside that of another collection
 */
export async function openDirectus(
  source: Source,
  users: Source | undefined,
  path: string,
  values: Values,
): Promise<ForeignExport> {
  const collection = text(values, 'collection') ?? /^[\w-]*/.exec(basename(path))?.[0] ?? ''
  const isOfUsers = collection === usersCollection
  const people = await readUsers(isOfUsers ? source : users)
  const documents = isOfUsers ? undefined : await documentsIn(source, collection, values)
  const options = JSON.stringify([collection, values.field ?? []])
  return {
    digest: createHash('sha256').update(`${source.digest} ${options}`).digest('hex'),
    leftOut: new LeftOut(),
    users: async function* () {
      yield* people
    },
    documents: async function* () {
      if (documents) yield* documents()
    },
    close: async () => {
      await Promise.all([source.close(), users?.close()])
    },
  }
}

const statuses: Readonly<Record<string, ForeignUser['status']>> = { active: 'active', suspended: 'suspended' }

async function readUsers(source: Source | undefined): Promise<ForeignUser[]> {
  const users: ForeignUser[] = []
  if (!source) return users
  for await (const { line, fields } of records(source)) {
    if (!('email' in fields))
      throw new CommandError(
        `Line ${line}: a user of Directus has the field email, and this record has not. Export ${usersCollection} with it. Nothing was imported.`,
      )
    const email = textOf(fields.email)?.trim() ?? ''
    const role = textOf(valueAt(fields, 'role.name')) ?? textOf(fields.role) ?? ''
    users.push({
      id: String(fields.id ?? email),
      where: placeOf(`line ${line}`, email),
      email,
      username: email.split('@')[0] ?? '',
      firstName: textOf(fields.first_name),
      lastName: textOf(fields.last_name),
      bio: textOf(fields.description),
      isAdmin: role === 'Administrator',
      status: statuses[String(fields.status)] ?? 'inactive',
    })
  }
  return users
}

/** Reads the whole file once: what is wrong with it is told before anything is written. */
async function documentsIn(
  source: Source,
  collection: string,
  values: Values,
): Promise<() => AsyncGenerator<ForeignDocument>> {
  let names: string[] | undefined
  for await (const { fields } of records(source)) names ??= Object.keys(fields)
  if (!names) return async function* () {}
  const mapping = mappingFor(values, names)
  const make = documentMaker(values, mapping)
  return async function* () {
    for await (const { line, fields } of records(source)) {
      const created = valueAt(fields, mapping.created_at) ?? null
      yield make(fields, {
        where: `line ${line}`,
        identity: { collection, id: valueAt(fields, mapping.id) ?? line, created },
        category: nameIn(valueAt(fields, mapping.category)),
        author: personIn(valueAt(fields, mapping.author)),
      })
    }
  }
}

/** Of a category: a text, or a record that was exported with its fields. A bare id says nothing. */
function nameIn(value: unknown): string | undefined {
  const one = Array.isArray(value) ? value[0] : value
  if (typeof one !== 'object' || one === null) return textOf(one)?.trim()
  const { name, title } = one as Fields
  return (textOf(name) ?? textOf(title))?.trim()
}

function personIn(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return textOf(value)
  const { id, email } = value as Fields
  return textOf(email) ?? textOf(id)
}

interface FlatRecord {
  line: number
  fields: Fields
}

async function* records(source: Source): AsyncGenerator<FlatRecord> {
  let first = ''
  for await (const { text: line } of linesOf(source.utf8())) {
    first = line.trim()
    if (first !== '') break
  }
  yield* /^[[{]/.test(first) ? jsonRecords(source) : csvRecords(source)
}

async function* jsonRecords(source: Source): AsyncGenerator<FlatRecord> {
  try {
    for await (const { line, raw } of jsonValues(source.utf8())) {
      const value = parsed(raw, line)
      if (typeof value !== 'object' || value === null || Array.isArray(value))
        throw new JsonBroken(line, 'a record must be an object')
      yield { line, fields: value as Fields }
    }
  } catch (error) {
    throw error instanceof JsonBroken ? broken('JSON', error.line, error.message) : error
  }
}

function parsed(raw: Buffer, line: number): unknown {
  try {
    return JSON.parse(raw.toString())
  } catch (error) {
    throw new JsonBroken(line, (error as Error).message)
  }
}

async function* csvRecords(source: Source): AsyncGenerator<FlatRecord> {
  let header: string[] | undefined
  let open: { reading: RecordReading; line: number; end: string } | undefined
  for await (const line of linesOf(source.utf8())) {
    if (line.flaw) throw broken('CSV', line.number, `the line is ${line.flaw}`)
    if (!open && line.text === '') continue
    const current = open ?? { reading: new RecordReading(','), line: line.number, end: '' }
    const state = current.reading.read(line.text, current.end)
    open = state === 'open' ? { ...current, end: line.end } : undefined
    if (open) continue
    if (state !== 'whole') throw broken('CSV', line.number, 'a quote is where none can be')
    const { cells } = current.reading
    if (!header) header = cells.map((cell) => cell ?? '')
    else if (cells.length !== header.length)
      throw broken('CSV', current.line, `it has ${cells.length} cells, and the header ${header.length}`)
    else {
      const names = header
      yield { line: current.line, fields: Object.fromEntries(cells.map((cell, i) => [names[i] ?? '', cell])) }
    }
  }
  if (open) throw broken('CSV', open.line, 'a quote that opens here does not close')
}

function broken(kind: string, line: number, problem: string): CommandError {
  return new CommandError(
    `The file is not sound ${kind}, or is cut off: line ${line}: ${problem.replace(/\.$/, '')}. Export it again. Nothing was imported.`,
  )
}
