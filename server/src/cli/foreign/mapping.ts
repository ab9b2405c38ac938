import { CommandError } from '../../lib/command-error.ts'
import type { Values } from '../command.ts'
import { text, texts } from '../command.ts'
import { type ForeignDocument, instantOf, placeOf, summaryOf, textOf, titleOf } from './records.ts'

export type Fields = Readonly<Record<string, unknown>>

/** What a document is made of, and the fields that it is usually in where everybody names their own. */
const usual = {
  id: ['id'],
  title: ['title', 'name', 'headline'],
  content: ['content', 'body', 'text'],
  summary: ['summary', 'excerpt', 'teaser', 'description'],
  category: ['category', 'categories'],
  status: ['status'],
  author: ['author', 'user_created', 'user'],
  created_at: ['date_created', 'createdAt', 'created_at', 'created_on'],
  updated_at: ['date_updated', 'updatedAt', 'updated_at', 'modified_on'],
  published_at: ['date_published', 'publishedAt', 'published_at', 'publish_date', 'published_on'],
} as const satisfies Record<string, readonly string[]>

export type Part = keyof typeof usual
const parts = Object.keys(usual) as Part[]
const contentTypes = ['text/html', 'text/markdown', 'text/plain', 'application/json'] as const
const statuses = ['draft', 'published', 'archived'] as const

export const mappingOptions = {
  field: {
    type: 'string',
    value: 'PART=FIELD',
    multiple: true,
    describes: `The field that a part of the document is in, such as title=headline or author=writer.email; PART= leaves it out. Parts: ${parts.join(', ')}. Repeatable`,
  },
  status: {
    type: 'string',
    value: statuses.join('|'),
    describes: 'Status of documents that have none there; draft unless given',
  },
  'content-type': {
    type: 'string',
    value: contentTypes.join('|'),
    describes: 'Type of the content; unless given, text/html where it has tags, otherwise text/markdown',
  },
} as const

/** The field of each part, as far as there is one. */
export type Mapping = Readonly<Partial<Record<Part, string>>>

/**
 * @param names of the fields of a record
 * @throws CommandError when a field is not there, or none can be the title
 */
export function mappingFor(values: Values, names: readonly string[]): Mapping {
  const mapping: Partial<Record<Part, string>> = {}
  for (const part of parts) {
    const found = usual[part].find((name) => names.includes(name))
    if (found !== undefined) mapping[part] = found
  }
  for (const given of texts(values, 'field')) {
    const [, part = '', field = ''] = /^([^=]+)=(.*)$/.exec(given) ?? []
    if (!parts.some((known) => known === part))
      throw new CommandError(`--field ${given}: write PART=FIELD; the parts are ${parts.join(', ')}.`)
    const isThere = names.includes(field) || names.includes(field.split('.')[0] ?? '')
    if (field !== '' && !isThere)
      throw new CommandError(`--field ${given}: there is no field '${field}'; there are ${names.join(', ')}.`)
    if (field === '') delete mapping[part as Part]
    else mapping[part as Part] = field
  }
  if (mapping.title === undefined)
    throw new CommandError(
      `No field can be the title; say which one with --field title=NAME. There are ${names.join(', ')}. Nothing was imported.`,
    )
  return mapping
}

/** Whether records with such fields could be documents. */
export function hasTitle(names: readonly string[], andContent: boolean): boolean {
  const has = (part: Part) => usual[part].some((name) => names.includes(name))
  return has('title') && (!andContent || has('content'))
}

/** The value of a field, also one within an object, in CSV a column such as `author.email`. */
export function valueAt(fields: Fields, name: string | undefined): unknown {
  if (name === undefined) return undefined
  if (Object.hasOwn(fields, name)) return fields[name]
  let value: unknown = fields
  for (const step of name.split('.')) {
    const holder = Array.isArray(value) ? value[0] : value
    if (typeof holder !== 'object' || holder === null) return undefined
    value = (holder as Fields)[step]
  }
  return value
}

export interface Made {
  /** Where the record is in the file. */
  where: string
  identity: Fields
  category: string | undefined
  author: string | undefined
  /** Undefined: as the record says. */
  status?: string | undefined
}

/** @throws CommandError when an option has no such value */
export function documentMaker(values: Values, mapping: Mapping) {
  const otherStatus = oneOf(values, 'status', statuses) ?? 'draft'
  const contentType = oneOf(values, 'content-type', contentTypes)
  return (fields: Fields, made: Made): ForeignDocument => {
    const said = made.status ?? textOf(valueAt(fields, mapping.status))?.toLowerCase() ?? otherStatus
    const at = instantOf(valueAt(fields, mapping.published_at))
    const isComing = at !== undefined && Date.parse(at) > Date.now() && /^(published|scheduled)$/.test(said)
    const title = titleOf(valueAt(fields, mapping.title))
    return {
      where: placeOf(made.where, title),
      identity: made.identity,
      title,
      ...contentOf(valueAt(fields, mapping.content), contentType),
      summary: summaryOf(valueAt(fields, mapping.summary)),
      category: made.category,
      // Readers there do not see it before its time.
      status: isComing ? 'draft' : (statuses.find((known) => known === said) ?? 'draft'),
      author: made.author,
      createdAt: instantOf(valueAt(fields, mapping.created_at)),
      updatedAt: instantOf(valueAt(fields, mapping.updated_at)),
      publishedAt: at,
      publishAt: isComing ? at : undefined,
    }
  }
}

function contentOf(
  value: unknown,
  said: ForeignDocument['contentType'] | undefined,
): Pick<ForeignDocument, 'content' | 'contentType'> {
  if (typeof value === 'object' && value !== null)
    return { content: JSON.stringify(value), contentType: 'application/json' }
  const content = value === undefined || value === null ? '' : String(value)
  const hasTags = /<\/?[a-z][^<>]*>/i.test(content)
  return { content, contentType: said ?? (hasTags ? 'text/html' : 'text/markdown') }
}

function oneOf<T extends string>(values: Values, name: string, known: readonly T[]): T | undefined {
  const given = text(values, name)
  if (given === undefined) return undefined
  const found = known.find((one) => one === given)
  if (found === undefined) throw new CommandError(`--${name} must be one of: ${known.join(', ')}.`)
  return found
}
