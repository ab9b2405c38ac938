import assert from 'node:assert/strict'
import type { Database } from '../src/db/database.ts'

/** How often something of this name happened to one thing: `document 5 document.updated`. */
type Tally = ReadonlyMap<string, number>

/**
 * Holds every user and document against its traces: a change is there with its event, its audit row and the version
 * before it, or not at all; and nothing tells of what is not there.
 */
export async function assertTracesWhole({ read }: Database): Promise<void> {
  const documents = await read
    .selectFrom('documents')
    .select(['id', 'version', 'deleted_at', 'published_at'])
    .execute()
  const users = await read
    .selectFrom('users')
    .select(['id', 'version', 'deleted_at'])
    .where('is_system', '=', 0)
    .execute()
  const events = await read.selectFrom('events').select(['resource_type', 'resource_id', 'type']).execute()
  const audit = await read.selectFrom('audit_log').select(['target_type', 'target_id', 'action']).execute()
  const revisions = await read.selectFrom('document_revisions').select(['document_id', 'version']).execute()
  const halfDone = await read.selectFrom('idempotency_keys').select('key').where('answer', '=', '').execute()

  const happened = tally(events.map((row) => `${row.resource_type} ${row.resource_id} ${row.type}`))
  const recorded = tally(audit.map((row) => `${row.target_type} ${row.target_id} ${row.action}`))
  const kept = Map.groupBy(revisions, (row) => row.document_id)
  for (const row of documents) {
    const changes = assertTraces('document', row, happened, recorded)
    assert.equal(row.version, 1 + changes, `version of document ${row.id}`)
    const versions = (kept.get(row.id) ?? []).map(({ version }) => version).sort((a, b) => a - b)
    assert.deepEqual(
      versions,
      Array.from({ length: changes }, (_, i) => i + 1),
      `revisions of document ${row.id}`,
    )
    const published = happened.get(`document ${row.id} document.published`) ?? 0
    assert.equal(row.published_at !== null, published > 0, `publishing of document ${row.id}`)
  }
  for (const row of users) {
    const changes = assertTraces('user', row, happened, recorded)
    const deletions = recorded.get(`user ${row.id} user.delete`) ?? 0
    assert.equal(row.version, 1 + changes + deletions, `version of user ${row.id}`)
  }
  const there = new Set([
    ...documents.map(({ id }) => `document ${id}`),
    ...users.map(({ id }) => `user ${id}`),
  ])
  for (const name of [...happened.keys(), ...recorded.keys()]) {
    const target = name.split(' ', 2).join(' ')
    // What changes no record, such as a failed sign-in, may have no target.
    if (/^(user|document) \d/.test(target)) assert.ok(there.has(target), `${name}, which is not there`)
  }
  assert.deepEqual(halfDone, [], 'an idempotency key without its answer')
}

/** @returns how often it was changed or restored */
function assertTraces(
  kind: 'user' | 'document',
  { id, deleted_at }: { id: number; deleted_at: string | null },
  happened: Tally,
  recorded: Tally,
): number {
  const events = (verb: string) => happened.get(`${kind} ${id} ${kind}.${verb}`) ?? 0
  const rows = (verb: string) => recorded.get(`${kind} ${id} ${kind}.${verb}`) ?? 0
  const changes = rows('update') + rows('restore')
  assert.deepEqual(
    { created: events('created'), updated: events('updated'), deleted: events('deleted') },
    { created: 1, updated: changes, deleted: rows('delete') },
    `events of ${kind} ${id}`,
  )
  assert.equal(rows('create'), 1, `audit rows of ${kind} ${id}`)
  assert.equal(rows('delete') - rows('restore'), deleted_at === null ? 0 : 1, `trash of ${kind} ${id}`)
  return changes
}

function tally(names: readonly string[]): Tally {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return counts
}
