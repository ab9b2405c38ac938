import { createHash } from 'node:crypto'
import { CommandError } from '../../lib/command-error.ts'
import { text, type Values } from '../command.ts'
import { documentMaker, type Fields, hasTitle, type Mapping, mappingFor } from './mapping.ts'
import {
  type ForeignDocument,
  type ForeignExport,
  type ForeignUser,
  instantOf,
  LeftOut,
  placeOf,
  textOf,
} from './records.ts'
import { type Entity, StrapiArchive } from './strapi-archive.ts'

const userType = 'plugin::users-permissions.user'

/** `strapi export --no-encrypt` of version 4 or 5. The archive is read several times, each time as a stream. */
export async function openStrapi(path: string, values: Values): Promise<ForeignExport> {
  const archive = await StrapiArchive.of(path)
  const types = await typesIn(archive)
  const type = chosenType(types, text(values, 'type'))
  const links = type === undefined ? new Map() : await linksOf(archive, type)
  const names = type === undefined ? [] : [...(types.get(type) ?? []), ...links.keys()]
  const mapping = type === undefined ? undefined : mappingFor(values, [...new Set(names)])
  const linked = new Set(
    [mapping?.author, mapping?.category].flatMap((field) => [...(links.get(field ?? '')?.values() ?? [])]),
  )
  const { labels, users, published } = await lookUp(archive, type, linked, links.get(mapping?.author ?? ''))
  const leftOut = new LeftOut()
  const options = JSON.stringify([type, values.field ?? []])
  return {
    digest: createHash('sha256').update(`${archive.digest} ${options}`).digest('hex'),
    leftOut,
    users: async function* () {
      yield* users
    },
    documents: async function* () {
      leftOut.clear()
      if (mapping && type)
        yield* documentsOf({ archive, type, mapping, links, labels, published, values, leftOut })
    },
    close: async () => undefined,
  }
}

/** The content types, each with the names of the fields of its first record. */
async function typesIn(archive: StrapiArchive): Promise<Map<string, string[]>> {
  const types = new Map<string, string[]>()
  for await (const { type, data } of archive.entities())
    if (!types.has(type)) types.set(type, Object.keys(data))
  return types
}

/** @returns undefined where there are only users */
function chosenType(
  types: ReadonlyMap<string, readonly string[]>,
  said: string | undefined,
): string | undefined {
  const own = [...types.keys()].filter((type) => type.startsWith('api::'))
  if (said !== undefined) {
    const found = own.find((type) => type === said || type.endsWith(`.${said}`))
    if (found) return found
    throw new CommandError(`--type ${said}: there is no such type; there are ${own.join(', ') || 'none'}.`)
  }
  const titled = own.filter((type) => hasTitle(types.get(type) ?? [], false))
  const withContent = own.filter((type) => hasTitle(types.get(type) ?? [], true))
  const [only] = titled.length === 1 ? titled : withContent
  if (own.length === 0) return undefined
  if (only !== undefined && (titled.length === 1 || withContent.length === 1)) return only
  throw new CommandError(
    `Say with --type which records become documents: there are ${own.join(', ')}. Nothing was imported.`,
  )
}

/** By field and id of a record of the type, the first record that it is linked to. */
type Links = Map<string, Map<string, string>>

async function linksOf(archive: StrapiArchive, type: string): Promise<Links> {
  const links: Links = new Map()
  const add = (field: string | undefined, ref: string, other: string) => {
    if (field === undefined) return
    const ofField = links.get(field) ?? new Map<string, string>()
    links.set(field, ofField)
    if (!ofField.has(ref)) ofField.set(ref, other)
  }
  for await (const { left, right } of archive.links()) {
    if (left.type === type) add(left.field, left.ref, `${right.type}:${right.ref}`)
    if (right.type === type) add(right.field, right.ref, `${left.type}:${left.ref}`)
  }
  return links
}

interface Label {
  name: string | undefined
  email: string | undefined
}

/** What is linked to, all users, and of version 5 the documents of which there is a published version. */
async function lookUp(
  archive: StrapiArchive,
  type: string | undefined,
  linked: ReadonlySet<string>,
  authors: ReadonlyMap<string, string> | undefined,
) {
  const labels = new Map<string, Label>()
  const users = new Map<string, ForeignUser>()
  const published = new Set<string>()
  const writers = new Set(authors?.values())
  for await (const entity of archive.entities()) {
    const { data } = entity
    const key = `${entity.type}:${entity.id}`
    const email = textOf(data.email)?.trim()
    if (linked.has(key)) labels.set(key, { name: labelOf(data), email })
    const isPerson = entity.type === userType || (writers.has(key) && email !== undefined)
    const address = (email ?? key).toLowerCase()
    if (isPerson && !users.has(address)) users.set(address, userOf(entity, email ?? ''))
    if (entity.type === type && data.publishedAt && data.documentId) published.add(versionOf(data))
  }
  return { labels, users: [...users.values()], published }
}

function labelOf({ name, title, username }: Fields): string | undefined {
  return (textOf(name) ?? textOf(title) ?? textOf(username))?.trim()
}

/** Strapi 5 keeps the draft and the published version of a document as two records. */
function versionOf({ documentId, locale }: Fields): string {
  return `${documentId} ${locale ?? ''}`
}

function userOf({ where, type, id, data }: Entity, email: string): ForeignUser {
  const name = textOf(data.username) ?? labelOf(data) ?? email.split('@')[0] ?? ''
  const [first, ...last] = type === userType ? [] : name.split(/\s+/)
  return {
    id: `${type}:${id}`,
    where: placeOf(where, name),
    email,
    username: name,
    firstName: first,
    lastName: last.join(' ') || undefined,
    // Administrators of Strapi are not in its exports.
    isAdmin: false,
    status: data.blocked === true ? 'suspended' : data.confirmed === false ? 'inactive' : 'active',
    createdAt: instantOf(data.createdAt),
  }
}

interface Reading {
  archive: StrapiArchive
  type: string
  mapping: Mapping
  links: Links
  labels: ReadonlyMap<string, Label>
  published: ReadonlySet<string>
  values: Values
  leftOut: LeftOut
}

async function* documentsOf(reading: Reading): AsyncGenerator<ForeignDocument> {
  const { archive, type, mapping, links, labels, published, values, leftOut } = reading
  const make = documentMaker(values, mapping)
  const labelAt = (field: string | undefined, id: string) => {
    const key = links.get(field ?? '')?.get(id)
    return key === undefined ? undefined : { key, ...labels.get(key) }
  }
  for await (const { where, type: found, id, data } of archive.entities()) {
    if (found !== type) continue
    if (data.documentId && !data.publishedAt && published.has(versionOf(data))) {
      leftOut.add('drafts of published documents')
      continue
    }
    const author = labelAt(mapping.author, id)
    const category = labelAt(mapping.category, id)
    yield make(data, {
      where,
      identity: {
        type,
        id: data.documentId ?? id,
        locale: data.locale ?? null,
        created: data.createdAt ?? null,
      },
      category: category?.name ?? textOf(data[mapping.category ?? ''])?.trim(),
      author: author?.email ?? author?.name ?? author?.key ?? textOf(data[mapping.author ?? '']),
      status: 'publishedAt' in data ? (data.publishedAt ? 'published' : 'draft') : undefined,
    })
  }
}
