import { closeContext } from '../server/src/app.ts'
import { operator } from '../server/src/cli/actor.ts'
import type { Context } from '../server/src/context.ts'
import { createCredential } from '../server/src/credentials/service.ts'
import { insertDocument } from '../server/src/documents/store.ts'

export const categories = ['reports', 'guides', 'policies', 'minutes', 'contracts'] as const
export const statuses = ['draft', 'published', 'archived'] as const
const rowsPerTransaction = 2_000

export interface Seeded {
  rows: number
  credential: { clientId: string; secret: string }
}

/** Fills a new database through the same store function that the server uses, so that the exact totals hold, and closes it. */
export async function seed(context: Context, rows: number): Promise<Seeded> {
  try {
    const actor = await operator(context)
    for (let first = 1; first <= rows; first += rowsPerTransaction) {
      await context.database.write(async (trx) => {
        const last = Math.min(rows, first + rowsPerTransaction - 1)
        for (let i = first; i <= last; i++) await insertDocument(trx, documentRow(i, actor.userId))
      })
    }
    const { resource } = await createCredential(context, actor, {
      name: 'bench',
      scopes: ['read', 'write'],
    })
    return { rows, credential: { clientId: resource.client_id, secret: resource.client_secret } }
  } finally {
    await closeContext(context)
  }
}

function documentRow(i: number, authorId: number) {
  const at = '2026-01-15T08:30:00Z'
  const status = statuses[i % statuses.length] ?? 'draft'
  return {
    title: `Document ${i}: what was decided, and why`,
    category: categories[i % categories.length] ?? 'reports',
    status,
    created_at: at,
    updated_at: at,
    author_id: authorId,
    content_type: 'text/markdown',
    published_at: status === 'published' ? at : null,
    publish_at: null,
    version: 1,
    deleted_at: null,
    content: contentOf(i),
  }
}

/** About 500 characters, the length of a short note. */
export function contentOf(i: number): string {
  return `# Document ${i}\n\n${'The quick brown fox jumps over the lazy dog, as it was agreed. '.repeat(8)}`
}
