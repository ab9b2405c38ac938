import { closeContext } from '../server/src/app.ts'
import { operator } from '../server/src/cli/actor.ts'
import type { Context } from '../server/src/context.ts'
import { createCredential } from '../server/src/credentials/service.ts'
import { insertDocument } from '../server/src/documents/store.ts'
import { fromTimestamp, secondMs, toTimestamp } from '../server/src/lib/timestamps.ts'
import { insertUser } from '../server/src/users/store.ts'

export const categories = ['reports', 'guides', 'policies', 'minutes', 'contracts'] as const
export const statuses = ['draft', 'published', 'archived'] as const
const rowsPerTransaction = 2_000
/** The same at every size, so that a search and the works of an author stay comparable. */
const documentsPerAuthor = 200
const documentsPerMark = 20
const firstMs = fromTimestamp('2020-01-01T00:00:00Z')

export interface Seeded {
  rows: number
  credential: { clientId: string; secret: string }
}

/** Fills a new database through the same store function that the server uses, so that the exact totals hold, and closes it. */
export async function seed(context: Context, rows: number): Promise<Seeded> {
  try {
    const actor = await operator(context)
    const authors = await seedAuthors(context, Math.max(1, rows / documentsPerAuthor))
    const marks = Math.max(1, Math.round(rows / documentsPerMark))
    for (let first = 1; first <= rows; first += rowsPerTransaction) {
      await context.database.write(async (trx) => {
        const last = Math.min(rows, first + rowsPerTransaction - 1)
        for (let i = first; i <= last; i++) await insertDocument(trx, documentRow(i, authors, marks))
      })
    }
    const change = createCredential(context, actor, { name: 'bench', scopes: ['read', 'write'] })
    const { resource } = await context.database.write(change)
    return { rows, credential: { clientId: resource.client_id, secret: resource.client_secret } }
  } finally {
    await closeContext(context)
  }
}

/** @returns their ids */
async function seedAuthors(context: Context, count: number): Promise<number[]> {
  const at = '2026-01-15T08:30:00Z'
  return context.database.write(async (trx) => {
    const ids: number[] = []
    for (let i = 1; i <= count; i++) {
      const name = `author${i}`
      const { id } = await insertUser(trx, {
        username: name,
        username_key: name,
        email: `${name}@example.org`,
        email_key: `${name}@example.org`,
        password_hash: null,
        role: 'editor',
        status: 'active',
        first_name: null,
        last_name: null,
        phone: null,
        bio: null,
        created_at: at,
        updated_at: at,
        last_login: null,
        deleted_at: null,
        version: 1,
      })
      ids.push(id)
    }
    return ids
  })
}

function documentRow(i: number, authors: readonly number[], marks: number) {
  const at = toTimestamp(firstMs + i * secondMs)
  const status = statuses[i % statuses.length] ?? 'draft'
  return {
    title: `Document ${i}: what was decided, and why`,
    category: categories[i % categories.length] ?? 'reports',
    status,
    created_at: at,
    updated_at: at,
    author_id: authors[i % authors.length] ?? 1,
    content_type: 'text/markdown',
    published_at: status === 'published' ? at : null,
    publish_at: null,
    version: 1,
    deleted_at: null,
    content: `${contentOf(i)}${markOf(i % marks)}`,
  }
}

/** A word that occurs in the same number of documents whatever the size of the table. */
export function markOf(number: number): string {
  return `mark${number}z`
}

/** About 500 characters, the length of a short note. */
export function contentOf(i: number): string {
  return `# Document ${i}\n\n${'The quick brown fox jumps over the lazy dog, as it was agreed. '.repeat(8)}`
}
