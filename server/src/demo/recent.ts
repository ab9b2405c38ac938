import { type Actor, unlimitedActor } from '../access/caller.ts'
import type { Context } from '../context.ts'
import { createCredential } from '../credentials/service.ts'
import { updateDocument } from '../documents/service.ts'
import { newRequestId } from '../http/request-head.ts'
import { dayMs, hourMs, minuteMs, secondMs } from '../lib/timestamps.ts'
import { insertRequests, type NewRequest } from '../requests/store.ts'
import { createReceiver } from '../test-receivers/service.ts'
import { UsageRecorder } from '../usage/recorder.ts'
import { createWebhook } from '../webhooks/service.ts'
import type { SampleDocument } from './documents.ts'
import type { SampleUser } from './users.ts'

/** A change of the last 24 hours, by the author of the document. */
export interface RecentChange {
  atMs: number
  /** Of the document. */
  id: number
  authorId: number
  authorName: string
  change: { summary: string } | { status: 'published' }
}

/** The latest documents are read again, and the latest draft is published. */
export function recentChanges(
  nowMs: number,
  documents: readonly SampleDocument[],
  users: readonly SampleUser[],
): RecentChange[] {
  const numbered = documents.map(({ author_id, published_at, archived_at }, i) => ({
    id: i + 1,
    authorId: author_id,
    authorName: users[author_id - 1]?.username ?? '',
    isDraft: published_at === null,
    isArchived: archived_at !== null,
  }))
  const reviewed = numbered.filter(({ isDraft, isArchived }) => !isDraft && !isArchived).slice(-8)
  const drafts = numbered.filter(({ isDraft }) => isDraft).slice(-1)
  return [
    ...reviewed.map(({ id, authorId, authorName }, i) => ({
      atMs: nowMs - 23 * hourMs + i * 150 * minuteMs,
      ...{ id, authorId, authorName },
      change: { summary: 'Reviewed; the figures and the contacts are up to date.' },
    })),
    ...drafts.map(({ id, authorId, authorName }) => ({
      atMs: nowMs - 2 * hourMs,
      ...{ id, authorId, authorName },
      change: { status: 'published' as const },
    })),
  ]
}

/** A key that a program has had for a month, and its requests of the last 24 hours: more in the daytime, a few not found. */
export async function fillUsage(context: Context, owner: { id: number; username: string }): Promise<void> {
  const nowMs = context.clock.now()
  const clock = { nowMs: nowMs - 30 * dayMs, now: () => clock.nowMs, elapsed: () => context.clock.elapsed() }
  const then = { ...context, clock }
  const input = { name: 'Website', scopes: ['read' as const] }
  const { resource } = await context.database.write(createCredential(then, personOf(owner), input))
  const logged: NewRequest[] = []
  const usage = new UsageRecorder(context.database, clock, context.log)
  for (let minute = 24 * 60 - 1; minute >= 1; minute -= 5) {
    clock.nowMs = nowMs - minute * minuteMs
    const requests = requestsAt(new Date(clock.nowMs).getUTCHours(), minute)
    for (let i = 0; i < requests; i++) {
      const isFound = (minute + i) % 29 !== 0
      usage.record({ id: resource.id, ownerId: owner.id }, isFound ? 200 : 404, ip)
      logged.push({
        ...sampleRequest(clock.nowMs + i * secondMs, isFound),
        ...{ userId: owner.id, credentialId: resource.id },
      })
    }
  }
  await usage.flush()
  for (let first = 0; first < logged.length; first += insertedAtOnce)
    await context.database.write((trx) => insertRequests(trx, logged.slice(first, first + insertedAtOnce)))
}

const ip = '203.0.113.10'
/** One transaction for each, so that no statement has too many parameters. */
const insertedAtOnce = 300

/** What a website asks for: lists, documents, and now and then one that is gone. */
function sampleRequest(occurredAtMs: number, isFound: boolean): Omit<NewRequest, 'userId' | 'credentialId'> {
  const isList = isFound && occurredAtMs % 3 === 0
  return {
    occurredAtMs,
    sessionId: null,
    applicationId: null,
    method: 'GET',
    route: isList ? '/api/v1/documents' : '/api/v1/documents/:id',
    isDeprecated: false,
    status: isFound ? 200 : 404,
    durationMs: 2 + ((occurredAtMs / secondMs) % 7),
    error: isFound ? undefined : { code: 'resource_not_found', details: 'There is no document with id ….' },
    requestId: newRequestId(occurredAtMs),
    ip,
  }
}

function requestsAt(hour: number, minute: number): number {
  const isDay = hour >= 7 && hour < 19
  return (isDay ? 18 : 4) + ((minute * 7) % 11)
}

/** Two webhooks to receivers of this server, one of which always fails, and changes that both are sent. */
export async function sendWebhooks(context: Context, owner: { id: number; username: string }): Promise<void> {
  const actor = personOf(owner)
  const events = ['document.published', 'document.updated'] as const
  for (const [response_status, description] of [
    [200, 'Website: shows what is published'],
    [500, 'Search index: its server fails'],
  ] as const) {
    const { url } = await context.database.write(createReceiver(context, actor, { response_status }))
    await context.database.write(
      await createWebhook(context, actor, { url, events: [...events], description }),
    )
  }
  for (const [id, summary] of [
    [1, 'The year in figures, with the audited accounts.'],
    [42, 'In force since May; replaces the policy of 2021.'],
  ] as const)
    await context.database.write(updateDocument(context, actor, id, { summary }))
}

function personOf({ id, username }: { id: number; username: string }): Actor {
  return unlimitedActor({ type: 'user', id, name: username }, id)
}
