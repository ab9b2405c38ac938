import { type Insertable, type Selectable, type SqlBool, sql } from 'kysely'
import type { Db, Transaction } from '../db/database.ts'
import { listed, listedTexts, lockingRow, skippingLocked } from '../db/dialect.ts'
import { cutSlice, type Slice, withValues } from '../db/page.ts'
import { prepared } from '../db/prepared.ts'
import type { Lease } from '../db/processes.ts'
import type { AutomationAttemptsTable, AutomationRunsTable, AutomationsTable } from '../db/tables.ts'
import { fresh, type Health } from '../sending/health.ts'
import { type Shared, Shares } from './shares.ts'

/** In the words of the index. */
const isDue = sql<SqlBool>`status in ('pending', 'waiting')`

export type RunRow = Selectable<AutomationRunsTable>
export type AttemptRow = Selectable<AutomationAttemptsTable>
export type RunStatus = RunRow['status']

export interface RunFilter {
  automation_id?: number | undefined
  status?: RunStatus | undefined
  event_id?: number | undefined
}

function matching(db: Db, filter: RunFilter, ownerId: number | undefined) {
  const all = withValues<'automation_runs', RunFilter>(db.selectFrom('automation_runs'), filter)
  if (ownerId === undefined) return all
  return all.where('automation_id', 'in', (eb) =>
    eb.selectFrom('automations').select('automations.id').where('automations.owner_id', '=', ownerId),
  )
}

/** @param ownerId only those of rules that this user owns */
export function listRuns(
  db: Db,
  filter: RunFilter,
  ownerId: number | undefined,
  slice: Slice,
): Promise<RunRow[]> {
  const from = db.selectFrom('automation_runs')
  return cutSlice(matching(db, filter, ownerId), from, slice)
    .selectAll()
    .execute()
}

/** Over an index of its filter; the retention bounds the log. */
export async function countRuns(db: Db, filter: RunFilter, ownerId: number | undefined): Promise<number> {
  const { total } = await matching(db, filter, ownerId)
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow()
  return Number(total)
}

export function findRun(db: Db, id: number, { forUpdate = false } = {}): Promise<RunRow | undefined> {
  const query = db.selectFrom('automation_runs').selectAll().where('id', '=', id)
  return (forUpdate ? query.modifyEnd(lockingRow(db)) : query).executeTakeFirst()
}

/** @returns undefined when the rule has a run of this event already */
export async function insertRun(db: Db, row: Insertable<AutomationRunsTable>): Promise<RunRow | undefined> {
  return db
    .insertInto('automation_runs')
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .returningAll()
    .executeTakeFirst()
}

export function changeRun(db: Db, id: number, changes: Partial<RunRow>): Promise<RunRow> {
  return db
    .updateTable('automation_runs')
    .set(changes)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()
}

/** Cancels what a deleted rule has under way. */
export async function endRunsOf(db: Db, automationId: number, now: string): Promise<void> {
  await db
    .updateTable('automation_runs')
    .set({ ...ended, status: 'cancelled', finished_at: now })
    .where('automation_id', '=', automationId)
    .where('finished_at', 'is', null)
    .execute()
}

/** The columns of a run that has ended, besides how. */
export const ended = { next_at: null, lease_token: null, lease_until: null, secrets: null } as const

export const findDue = prepared((db, { now }: { now: string }) =>
  db.selectFrom('automation_runs').select('id').where(isDue).where('next_at', '<=', now).limit(1),
)

export type LeasedRun = RunRow & Shared

const lookedAtMax = 100

/**
 * Leases the runs that are due for longest and have room; those that another process is leasing are skipped.
 * @param shares what is under way here; it stays as it is
 */
export async function leaseDue(db: Db, now: string, shares: Shares, lease: Lease): Promise<LeasedRun[]> {
  const left = new Shares(shares)
  const leased: LeasedRun[] = []
  // Ends: after each turn at least one rule or owner more has no room, or all of it is taken.
  while (!left.isFull) {
    const due = await dueFor(db, now, left.full)
    const chosen = due.filter((run) => left.take(run))
    leased.push(...(await leaseRuns(db, chosen, lease)))
    if (due.length < lookedAtMax) break
  }
  return leased
}

function dueFor(db: Db, now: string, { rules, owners }: Shares['full']) {
  return db
    .selectFrom('automation_runs')
    .select(['id', 'automation_id'])
    .select((eb) =>
      eb
        .selectFrom('automations')
        .select('owner_id')
        .whereRef('automations.id', '=', 'automation_runs.automation_id')
        .$asScalar()
        .$notNull()
        .as('owner_id'),
    )
    .where(isDue)
    .where('next_at', '<=', now)
    .where('automation_id', 'not in', listed(db, JSON.stringify(rules)))
    .where('automation_id', 'not in', (eb) =>
      eb
        .selectFrom('automations')
        .select('id')
        .where('owner_id', 'in', listed(db, JSON.stringify(owners))),
    )
    .orderBy('next_at')
    .orderBy('id')
    .limit(lookedAtMax)
    .modifyEnd(skippingLocked(db))
    .execute()
}

async function leaseRuns(
  db: Db,
  chosen: readonly (Shared & { id: number })[],
  lease: Lease,
): Promise<LeasedRun[]> {
  if (chosen.length === 0) return []
  const owners = new Map(chosen.map(({ id, owner_id }) => [id, owner_id]))
  const rows = await db
    .updateTable('automation_runs')
    .set({ status: 'running', next_at: null, ...lease })
    .where('id', 'in', [...owners.keys()])
    .returningAll()
    .execute()
  return rows.map((row) => ({ ...row, owner_id: owners.get(row.id) ?? 0 }))
}

/** Only for the process that still holds the lease. @returns whether it does */
export async function moveRun(
  db: Db,
  { id, lease_token }: Pick<RunRow, 'id' | 'lease_token'>,
  changes: Partial<RunRow>,
): Promise<boolean> {
  const moved = await db
    .updateTable('automation_runs')
    .set(changes)
    .where('id', '=', id)
    .where('lease_token', '=', lease_token)
    .returning('id')
    .executeTakeFirst()
  return moved !== undefined
}

export const findLeased = prepared((db, { until }: { until: string }) =>
  db
    .selectFrom('automation_runs')
    .select('id')
    .where('status', '=', sql.lit('running'))
    .where('lease_until', '<=', until)
    .limit(1),
)

/** Runs that a process did not finish are due again; what it was doing is noted as interrupted. */
export async function takeBackLeased(
  { db }: Transaction,
  { until, now, limit }: { until: string; now: string; limit: number },
): Promise<RunRow[]> {
  const left = await db
    .selectFrom('automation_runs')
    .selectAll()
    .where('status', '=', 'running')
    .where('lease_until', '<=', until)
    .limit(limit)
    .modifyEnd(skippingLocked(db))
    .execute()
  if (left.length === 0) return []
  await db
    .updateTable('automation_runs')
    .set({ status: 'pending', next_at: now, lease_token: null, lease_until: null })
    .where(
      'id',
      'in',
      left.map(({ id }) => id),
    )
    .execute()
  return left
}

export async function insertAttempt(db: Db, row: Insertable<AutomationAttemptsTable>): Promise<void> {
  await db.insertInto('automation_attempts').values(row).execute()
}

export function listAttempts(db: Db, runId: number): Promise<AttemptRow[]> {
  return db.selectFrom('automation_attempts').selectAll().where('run_id', '=', runId).orderBy('id').execute()
}

/** What came out of the steps that are done. */
export const listOutputs = prepared((db, { run_id }: { run_id: number }) =>
  db
    .selectFrom('automation_attempts')
    .select(['name', 'output'])
    .where('run_id', '=', run_id)
    .where('outcome', '=', sql.lit('succeeded'))
    .orderBy('id'),
)

export function findCircuit(db: Db, automationId: number, step: string): Promise<Health | undefined> {
  return db
    .selectFrom('automation_circuits')
    .select(['consecutive_failures', 'failing_since', 'last_success_at', 'last_failure_at'])
    .select(['test_failed_at', 'circuit_trips', 'circuit_open_until'])
    .where('automation_id', '=', automationId)
    .where('step', '=', step)
    .executeTakeFirst()
}

/** Of a receiver that was never tried. */
export const untried: Health = { ...fresh, last_success_at: null, last_failure_at: null }

export async function noteCircuit(db: Db, automationId: number, step: string, health: Health): Promise<void> {
  await db
    .insertInto('automation_circuits')
    .values({ automation_id: automationId, step, ...health })
    .onConflict((conflict) => conflict.columns(['automation_id', 'step']).doUpdateSet(health))
    .execute()
}

/** How deep the runs are that wrote these events; events of nobody's run are missing. */
export async function depthsOf(db: Db, eventIds: readonly number[]): Promise<Map<number, number>> {
  const rows = await db
    .selectFrom('automation_effects')
    .innerJoin('automation_runs', 'automation_runs.id', 'automation_effects.run_id')
    .select(['automation_effects.event_id', 'depth'])
    .where('automation_effects.event_id', 'in', listed(db, JSON.stringify(eventIds)))
    .execute()
  return new Map(rows.map(({ event_id, depth }) => [event_id, depth]))
}

/** The event with which a chain of runs began that led to this one. */
export async function rootOf(db: Db, eventId: number): Promise<number> {
  const { rows } = await sql<{ event_id: number }>`
    with recursive causes (event_id, depth) as (
      select cast(${eventId} as bigint), 0
      union all
      select automation_runs.event_id, causes.depth + 1 from causes
      join automation_effects on automation_effects.event_id = causes.event_id
      join automation_runs on automation_runs.id = automation_effects.run_id
      where automation_runs.event_id is not null and causes.depth < 10
    )
    select event_id from causes order by depth desc limit 1`.execute(db)
  return Number(rows[0]?.event_id ?? eventId)
}

/** The runs of an event, those of the events that they wrote, and so on. @param max counts no further */
export async function countCausedBy(db: Db, eventId: number, max: number): Promise<number> {
  const { rows } = await sql<{ total: number }>`
    with recursive caused (id) as (
      select id from automation_runs where event_id = ${eventId}
      union all
      select automation_runs.id from caused
      join automation_effects on automation_effects.run_id = caused.id
      join automation_runs on automation_runs.event_id = automation_effects.event_id
    )
    select count(*) as total from (select id from caused limit ${max}) as counted`.execute(db)
  return Number(rows[0]?.total ?? 0)
}

/** For a run that is locked. */
export async function deleteRun(db: Db, id: number): Promise<void> {
  await db.deleteFrom('automation_runs').where('id', '=', id).execute()
}

/** The events that a transaction has written for a run: nobody else knows its request id before the commit. */
export async function noteEffects(db: Db, runId: number, requestId: string): Promise<void> {
  await db
    .insertInto('automation_effects')
    .columns(['event_id', 'run_id'])
    .expression((eb) =>
      eb
        .selectFrom('events')
        .select((row) => ['events.id as event_id', row.val(runId).as('run_id')])
        .where('request_id', '=', requestId),
    )
    .execute()
}

export type Candidate = Pick<
  Selectable<AutomationsTable>,
  'id' | 'version' | 'owner_id' | 'credential_id' | 'trigger_json' | 'steps' | 'secrets'
>

/** Enabled rules that an event may begin runs of. @param keys of its values */
export async function findCandidates(
  db: Db,
  { event_id, event_type, keys }: { event_id: number; event_type: string; keys: readonly string[] },
): Promise<Candidate[]> {
  return db
    .selectFrom('automation_triggers')
    .innerJoin('automations', 'automations.id', 'automation_triggers.automation_id')
    .select(['automations.id', 'version', 'owner_id', 'credential_id', 'trigger_json', 'steps', 'secrets'])
    .where('event_type', '=', event_type)
    .where('key', 'in', listedTexts(db, ['', ...keys]))
    .where('after_event_id', '<', event_id)
    .orderBy('automations.id')
    .execute()
}

/** From one type to the next by the index: a thousand rules for one type are one step. */
export async function triggeringTypes(db: Db): Promise<string[]> {
  const { rows } = await sql<{ event_type: string }>`
    with recursive types (event_type) as (
      select min(event_type) from automation_triggers
      union all
      select (select min(event_type) from automation_triggers where event_type > types.event_type)
      from types where types.event_type is not null
    )
    select event_type from types where event_type is not null`.execute(db)
  return rows.map(({ event_type }) => event_type)
}

export const findLogPlace = prepared((db, _: object) => db.selectFrom('automation_log').select('event_id'))

/** Moves the place in the log, unless another process has done so. @returns whether it did */
export async function moveLogPlace(db: Db, from: number, to: number): Promise<boolean> {
  const moved = await db
    .updateTable('automation_log')
    .set({ event_id: to })
    .where('event_id', '=', from)
    .returning('id')
    .executeTakeFirst()
  return moved !== undefined
}

/** @returns how many runs were removed, with their attempts */
export async function deleteFinished(db: Db, until: string, limit: number): Promise<number> {
  const old = db.selectFrom('automation_runs').select('id').where('finished_at', '<=', until).limit(limit)
  const { numDeletedRows } = await db.deleteFrom('automation_runs').where('id', 'in', old).executeTakeFirst()
  return Number(numDeletedRows)
}

/** @returns undefined when nothing waits */
export async function oldestDue(db: Db, now: string): Promise<string | undefined> {
  const oldest = await db
    .selectFrom('automation_runs')
    .select('next_at')
    .where(isDue)
    .where('next_at', '<=', now)
    .orderBy('next_at')
    .limit(1)
    .executeTakeFirst()
  return oldest?.next_at ?? undefined
}
