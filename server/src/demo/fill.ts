import { unlimitedActor } from '../access/caller.ts'
import type { Context } from '../context.ts'
import type { Prepared } from '../db/database.ts'
import { createDocument, updateDocument } from '../documents/service.ts'
import { fromTimestamp, toTimestamp } from '../lib/timestamps.ts'
import { createUser } from '../users/service.ts'
import { findUser, updateUser } from '../users/store.ts'
import { type SampleDocument, sampleDocuments } from './documents.ts'
import { type RecentChange, recentChanges } from './recent.ts'
import { type SampleUser, sampleUsers } from './users.ts'

interface Step {
  at: string
  prepare(then: Context): Prepared<unknown>
}

/**
 * Fills an empty database with the history of a small organisation, through the services that requests use and in
 * chronological order, so that totals, events and the audit log are consistent.
 * @param password of every sample user; hashed once
 */
export async function fillWithSamples(context: Context, password: string): Promise<void> {
  const passwordHash = await context.passwords.hash(password)
  const passwords = { ...context.passwords, hash: async () => passwordHash }
  const users = sampleUsers()
  const documents = sampleDocuments(users)
  const steps = [
    ...users.map((user) => joining(user, password)),
    ...documents.flatMap((document, i) =>
      lifeOf(document, i + 1, users[document.author_id - 1]?.username ?? ''),
    ),
    ...recentChanges(context.clock.now(), documents, users).map(changing),
  ].sort((a, b) => fromTimestamp(a.at) - fromTimestamp(b.at))
  for (const { at, prepare } of steps) {
    const then = {
      ...context,
      passwords,
      clock: { now: () => fromTimestamp(at), elapsed: () => context.clock.elapsed() },
    }
    await context.database.write(await prepare(then))
  }
  await rememberLogins(context, users)
}

function joining({ created_at, last_login: _, ...user }: SampleUser, password: string): Step {
  const importing = unlimitedActor({ type: 'system', name: 'sample data' }, 1)
  return { at: created_at, prepare: (then) => createUser(then, importing, { ...user, password }) }
}

function changing({ atMs, id, authorId, authorName, change }: RecentChange): Step {
  const author = unlimitedActor({ type: 'user', id: authorId, name: authorName }, authorId)
  return { at: toTimestamp(atMs), prepare: (then) => updateDocument(then, author, id, change) }
}

/** From a draft to its final status, step by step. */
function lifeOf(document: SampleDocument, id: number, authorName: string): Step[] {
  const { created_at, published_at, archived_at, ...fields } = document
  const { author_id } = fields
  const author = unlimitedActor({ type: 'user', id: author_id, name: authorName }, author_id)
  const become = (status: 'published' | 'archived', at: string | null): Step[] =>
    at === null ? [] : [{ at, prepare: (then) => updateDocument(then, author, id, { status }) }]
  return [
    { at: created_at, prepare: (then) => createDocument(then, author, fields) },
    ...become('published', published_at),
    ...become('archived', archived_at),
  ]
}

/** A sign-in does not change the user: it has no event and no audit row. */
async function rememberLogins({ database }: Context, users: readonly SampleUser[]): Promise<void> {
  await database.write(async (trx) => {
    for (const [i, { last_login }] of users.entries()) {
      const row = await findUser(trx.db, i + 1)
      if (row) await updateUser(trx, row, { last_login })
    }
  })
}
