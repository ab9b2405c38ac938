import { createHash } from 'node:crypto'
import type { Source } from '../../import/source.ts'
import { CommandError } from '../../lib/command-error.ts'
import {
  type ForeignDocument,
  type ForeignExport,
  type ForeignUser,
  instantOf,
  LeftOut,
  placeOf,
  summaryOf,
  textOf,
  titleOf,
} from './records.ts'
import { type WxrRecord, type WxrSite, wxrRecords } from './wxr.ts'

const usualTypes = ['post', 'page']

/** @param types custom types that are imported as well */
export async function openWordpress(source: Source, types: readonly string[]): Promise<ForeignExport> {
  const site: WxrSite = { version: undefined, url: undefined }
  const users: ForeignUser[] = []
  for await (const record of wxrRecords(source, site))
    if (record.kind === 'wp:author') users.push(userOf(record))
  if (site.version === undefined)
    throw new CommandError(
      'The file is not an export of WordPress: it has no wp:wxr_version. Export it in WordPress under Tools > Export. Nothing was imported.',
    )
  const wanted = [...usualTypes, ...types]
  const leftOut = new LeftOut()
  return {
    digest: createHash('sha256').update(`${source.digest} ${wanted.join()}`).digest('hex'),
    leftOut,
    users: async function* () {
      yield* users
    },
    documents: async function* () {
      leftOut.clear()
      for await (const record of wxrRecords(source, { version: undefined, url: undefined })) {
        if (record.kind === 'item' && isWanted(record, wanted, leftOut))
          yield documentOf(record, site, leftOut)
      }
    },
    close: () => source.close(),
  }
}

function userOf({ line, fields }: WxrRecord): ForeignUser {
  const login = fields.get('wp:author_login')?.trim() ?? ''
  return {
    id: login,
    where: placeOf(`line ${line}`, login),
    email: fields.get('wp:author_email')?.trim() ?? '',
    username: login,
    firstName: textOf(fields.get('wp:author_first_name'))?.trim(),
    lastName: textOf(fields.get('wp:author_last_name'))?.trim(),
    // The export names no roles.
    isAdmin: false,
    status: 'active',
  }
}

function isWanted({ fields }: WxrRecord, wanted: readonly string[], leftOut: LeftOut): boolean {
  const type = fields.get('wp:post_type') ?? 'post'
  const isTrash = fields.get('wp:status') === 'trash'
  if (!wanted.includes(type)) leftOut.add(`items of the type ${type}`)
  else if (isTrash) leftOut.add('items in the trash')
  return wanted.includes(type) && !isTrash
}

function documentOf(record: WxrRecord, site: WxrSite, leftOut: LeftOut): ForeignDocument {
  const { fields, line } = record
  const title = titleOf(decoded(fields.get('title') ?? ''))
  const status = fields.get('wp:status') ?? 'draft'
  const at = instantOf(fields.get('wp:post_date_gmt'))
  const modified = instantOf(fields.get('wp:post_modified_gmt'))
  const categories = record.categories.filter(({ domain }) => domain === 'category').map(nameOf)
  const named = categories.filter((name) => name !== '' && name.toLowerCase() !== 'uncategorized')
  leftOut.add('further categories', named.length - 1)
  leftOut.add('tags', record.categories.filter(({ domain }) => domain === 'post_tag').length)
  leftOut.add('comments', record.comments)
  // Only who knows the password may read it there.
  const isProtected = textOf(fields.get('wp:post_password')) !== undefined
  return {
    where: placeOf(`line ${line}`, title),
    identity: { site: site.url ?? '', id: fields.get('wp:post_id') ?? line },
    title,
    content: fields.get('content:encoded') ?? '',
    contentType: 'text/html',
    summary: summaryOf(fields.get('excerpt:encoded')),
    category: named[0],
    status: status === 'publish' && !isProtected ? 'published' : 'draft',
    author: textOf(fields.get('dc:creator'))?.trim(),
    createdAt: at ?? modified,
    updatedAt: modified ?? at,
    publishedAt: at,
    publishAt: status === 'future' && !isProtected ? at : undefined,
  }
}

function nameOf({ name }: { name: string }): string {
  return decoded(name).trim()
}

const characters: Readonly<Record<string, string>> = {
  ...{ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ', hellip: '…', ndash: '–', mdash: '—' },
  ...{ lsquo: '‘', rsquo: '’', ldquo: '“', rdquo: '”' },
}

/** Titles and names are HTML there, and text here. */
function decoded(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|([a-z]+));/gi, (whole, decimal, hex, name) => {
    if (name) return characters[name.toLowerCase()] ?? whole
    const code = decimal ? Number(decimal) : Number.parseInt(hex, 16)
    return code >= 32 && code <= 0x10ffff ? String.fromCodePoint(code) : whole
  })
}
