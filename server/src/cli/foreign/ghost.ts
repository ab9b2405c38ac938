import type { Source } from '../../import/source.ts'
import { CommandError } from '../../lib/command-error.ts'
import { parseWhole } from './json.ts'
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

type Fields = Record<string, unknown>

interface Tables {
  users: Fields[]
  posts: Fields[]
  tags: Fields[]
  postsAuthors: Fields[]
  postsTags: Fields[]
  roles: Fields[]
  rolesUsers: Fields[]
}

/** The export of Ghost: *Settings > Migration tools > Export*. Its tables are small beside what other systems write. */
export async function openGhost(source: Source): Promise<ForeignExport> {
  const tables = tablesIn(await parseWhole(source))
  const leftOut = new LeftOut()
  return {
    digest: source.digest,
    leftOut,
    users: async function* () {
      yield* ghostUsers(tables)
    },
    documents: async function* () {
      leftOut.clear()
      yield* ghostDocuments(tables, leftOut)
    },
    close: () => source.close(),
  }
}

/** `{ db: [{ meta, data }] }`, or without the wrapping. */
function tablesIn(value: unknown): Tables {
  const whole = value as { db?: { data?: unknown }[]; data?: unknown } | null
  const data = (whole?.db?.[0]?.data ?? whole?.data) as Fields | undefined
  const table = (name: string): Fields[] => {
    const rows = data?.[name]
    return Array.isArray(rows) ? rows.filter((row) => typeof row === 'object' && row !== null) : []
  }
  if (!data || !Array.isArray(data.posts))
    throw new CommandError(
      'The file is not an export of Ghost: it has no db[0].data.posts. Export it in Ghost under Settings > Migration tools. Nothing was imported.',
    )
  return {
    users: table('users'),
    posts: table('posts'),
    tags: table('tags'),
    postsAuthors: inOrder(table('posts_authors')),
    postsTags: inOrder(table('posts_tags')),
    roles: table('roles'),
    rolesUsers: table('roles_users'),
  }
}

function inOrder(rows: Fields[]): Fields[] {
  return rows.sort((a, b) => Number(a.sort_order ?? 0) - Number(b.sort_order ?? 0))
}

const administrators = ['Owner', 'Administrator']
const statuses: Readonly<Record<string, ForeignUser['status']>> = {
  inactive: 'inactive',
  locked: 'suspended',
}

function* ghostUsers({ users, roles, rolesUsers }: Tables): Generator<ForeignUser> {
  const adminRoles = new Set(
    roles.filter(({ name }) => administrators.includes(String(name))).map(({ id }) => id),
  )
  const admins = new Set(
    rolesUsers.filter(({ role_id }) => adminRoles.has(role_id)).map(({ user_id }) => user_id),
  )
  for (const [i, user] of users.entries()) {
    const [first, ...last] = (textOf(user.name) ?? '').trim().split(/\s+/)
    const status = String(user.status ?? 'active')
    yield {
      id: String(user.id),
      where: placeOf(`user ${i + 1}`, textOf(user.name) ?? textOf(user.email) ?? String(user.id)),
      email: textOf(user.email)?.trim() ?? '',
      username: textOf(user.slug) ?? textOf(user.name) ?? '',
      firstName: first || undefined,
      lastName: last.join(' ') || undefined,
      bio: textOf(user.bio),
      isAdmin: admins.has(user.id),
      status: statuses[status] ?? (status.startsWith('invited') ? 'inactive' : 'active'),
      createdAt: instantOf(user.created_at),
    }
  }
}

function* ghostDocuments(tables: Tables, leftOut: LeftOut): Generator<ForeignDocument> {
  const authors = firstOf(tables.postsAuthors, 'author_id')
  const names = new Map(tables.tags.map(({ id, name }) => [id, textOf(name)?.trim()]))
  const tagsOf = Map.groupBy(tables.postsTags, ({ post_id }) => post_id)
  for (const [i, post] of tables.posts.entries()) {
    const tags = (tagsOf.get(post.id) ?? [])
      .map(({ tag_id }) => names.get(tag_id))
      // Internal tags organise a theme.
      .filter((name) => name !== undefined && !name.startsWith('#'))
    leftOut.add('further tags of posts', tags.length - 1)
    const status = String(post.status)
    const at = instantOf(post.published_at)
    const title = titleOf(post.title)
    yield {
      where: placeOf(`post ${i + 1}`, title),
      // Ids are unique beyond one site since Ghost 1.0, and numbers before.
      identity: { id: post.uuid ?? post.id, created: instantOf(post.created_at) ?? null },
      title,
      ...contentOf(post),
      summary: summaryOf(post.custom_excerpt),
      category: tags[0],
      // `sent` is a newsletter that was mailed and is on no page.
      status: status === 'published' ? 'published' : status === 'sent' ? 'archived' : 'draft',
      author: String(authors.get(post.id) ?? post.author_id ?? '') || undefined,
      createdAt: instantOf(post.created_at),
      updatedAt: instantOf(post.updated_at),
      publishedAt: at,
      publishAt: status === 'scheduled' ? at : undefined,
    }
  }
}

function firstOf(rows: readonly Fields[], name: string): Map<unknown, unknown> {
  const first = new Map<unknown, unknown>()
  for (const row of rows) if (!first.has(row.post_id)) first.set(row.post_id, row[name])
  return first
}

/** HTML as Ghost has rendered it. A draft that never was rendered is kept as its editor stores it. */
function contentOf(post: Fields): Pick<ForeignDocument, 'content' | 'contentType'> {
  const html = textOf(post.html)
  // The address of the site is not in the export.
  if (html) return { content: html.replaceAll('__GHOST_URL__', ''), contentType: 'text/html' }
  const markdown = textOf(post.markdown)
  if (markdown) return { content: markdown, contentType: 'text/markdown' }
  const plain = textOf(post.plaintext)
  if (plain) return { content: plain, contentType: 'text/plain' }
  const stored = textOf(post.lexical) ?? textOf(post.mobiledoc)
  return stored
    ? { content: stored, contentType: 'application/json' }
    : { content: '', contentType: 'text/html' }
}
