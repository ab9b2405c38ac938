import assert from 'node:assert/strict'
import { sql } from 'kysely'
import { counterKeys } from '../src/db/counters.ts'
import type { Database, Db } from '../src/db/database.ts'
import { spellingKey } from '../src/db/spellings.ts'
import { tableOf } from '../src/resource/naming.ts'
import { resources } from '../src/resources.ts'

/** Holds every exact total against a full count of the rows. */
export async function assertCountersExact({ read }: Database): Promise<void> {
  const users = await read
    .selectFrom('users')
    .select(['role', 'status'])
    .where('deleted_at', 'is', null)
    .where('is_system', '=', 0)
    .execute()
  const documents = await read
    .selectFrom('documents')
    .select(['category', 'status'])
    .where('deleted_at', 'is', null)
    .execute()
  const credentials = await read.selectFrom('credentials').select('id').execute()
  const events = await read.selectFrom('events').select(['type', 'category', 'status']).execute()
  const audited = await read.selectFrom('audit_log').select('id').execute()
  const requests = await read.selectFrom('requests').select('id').execute()
  const roles = await read.selectFrom('roles').select('id').execute()
  const hooks = await read.selectFrom('hooks').select('id').execute()
  const applications = await read.selectFrom('applications').select('id').execute()
  const hookCalls = await read.selectFrom('hook_calls').select('id').execute()
  const webhooks = await read.selectFrom('webhooks').select('id').where('deleted_at', 'is', null).execute()
  const automations = await read
    .selectFrom('automations')
    .select('id')
    .where('deleted_at', 'is', null)
    .execute()
  const deliveries = await read
    .selectFrom('deliveries')
    .select(['webhook_id', 'event_type', 'status'])
    .execute()
  const expected = tally([
    ...users.flatMap(({ role, status }) => counterKeys('users', { role, status })),
    ...documents.flatMap(({ category, status }) => counterKeys('documents', { category, status })),
    ...documents.map(({ category }) => spellingKey(category)),
    ...(await keysOfPlain(read)),
    ...credentials.map(() => 'credentials'),
    ...audited.map(() => 'audit_log'),
    ...requests.map(() => 'requests'),
    ...webhooks.map(() => 'webhooks'),
    ...automations.map(() => 'automations'),
    ...roles.map(() => 'roles'),
    ...hooks.map(() => 'hooks'),
    ...applications.map(() => 'applications'),
    ...hookCalls.map(() => 'hook_calls'),
    ...deliveries.flatMap(({ webhook_id, event_type, status }) =>
      counterKeys(`deliveries/${webhook_id}`, { event_type, status }),
    ),
    ...events.flatMap(({ type, category, status }) => [
      'events',
      `events:type=${type}`,
      ...(category === null ? [] : [`events:type=${type}&status=${status}`, cellOf(type, category, status)]),
    ]),
  ])
  const slots = await read.selectFrom('counters').select(['scope', 'count']).execute()
  const actual = new Map<string, number>()
  for (const { scope, count } of slots) actual.set(scope, (actual.get(scope) ?? 0) + count)
  for (const [scope, count] of actual) if (count === 0) actual.delete(scope)
  assert.deepEqual(Object.fromEntries([...actual].sort()), Object.fromEntries([...expected].sort()))
}

/** The keys of the living rows of every resource that is one table. */
async function keysOfPlain(db: Db): Promise<string[]> {
  const keys: string[] = []
  for (const { plural: path, totalled } of resources) {
    if (!totalled) continue
    const plural = tableOf({ plural: path })
    const living = sql<Record<string, unknown>>`select * from ${sql.table(plural)} where deleted_at is null`
    const { rows } = await living.execute(db)
    for (const row of rows) {
      const values = totalled.map((column) => [column, String(row[column])])
      keys.push(...counterKeys(plural, Object.fromEntries(values)))
    }
  }
  return keys
}

function cellOf(type: string, category: string, status: string | null): string {
  const escaped = category.replaceAll('%', '%25').replaceAll('&', '%26')
  return `events:type=${type}&category=${escaped}&status=${status}`
}

function tally(scopes: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const scope of scopes) counts.set(scope, (counts.get(scope) ?? 0) + 1)
  return counts
}
