import { type Insertable, type Selectable, sql, type Updateable } from 'kysely'
import { readCount } from '../db/counters.ts'
import type { Db } from '../db/database.ts'
import { lockingRow, skippingLocked } from '../db/dialect.ts'
import { logOrder, settled } from '../db/event-log.ts'
import { cutSlice, type Slice, withValues } from '../db/page.ts'
import { prepared } from '../db/prepared.ts'
import type { AutomationsTable } from '../db/tables.ts'

export type AutomationRow = Selectable<AutomationsTable>

export interface StoredFilter {
  enabled?: number | undefined
  owner_id?: number | undefined
}

const living = (db: Db) => db.selectFrom('automations').where('deleted_at', 'is', null)

function matching(db: Db, filter: StoredFilter) {
  return withValues<'automations', StoredFilter>(living(db), filter)
}

export function listAutomations(db: Db, filter: StoredFilter, slice: Slice): Promise<AutomationRow[]> {
  return cutSlice(matching(db, filter), db.selectFrom('automations'), slice).selectAll().execute()
}

/** All from a counter; the others are few. */
export async function countAutomations(db: Db, filter: StoredFilter): Promise<number> {
  if (Object.values(filter).every((value) => value === undefined)) return readCount(db, 'automations')
  const { total } = await matching(db, filter)
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow()
  return Number(total)
}

export function findAutomation(
  db: Db,
  id: number,
  { forUpdate = false } = {},
): Promise<AutomationRow | undefined> {
  const query = living(db).selectAll().where('id', '=', id)
  return (forUpdate ? query.modifyEnd(lockingRow(db)) : query).executeTakeFirst()
}

export async function insertAutomation(db: Db, row: Insertable<AutomationsTable>): Promise<number> {
  const { id } = await db.insertInto('automations').values(row).returning('id').executeTakeFirstOrThrow()
  return id
}

export function updateAutomation(
  db: Db,
  id: number,
  changes: Updateable<AutomationsTable>,
): Promise<AutomationRow> {
  return db
    .updateTable('automations')
    .set(changes)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()
}

/** Replaces what begins runs of a rule. @param types none for a rule that is switched off */
export async function setTriggers(
  db: Db,
  automationId: number,
  { types, key }: { types: readonly string[]; key: string },
): Promise<void> {
  const before = await db
    .deleteFrom('automation_triggers')
    .where('automation_id', '=', automationId)
    .returning(['event_type', 'after_event_id'])
    .execute()
  if (types.length === 0) return
  await beginLog(db)
  const newest = await newestEventId(db)
  // What it was to act on already stays so: an event that waits to be read is not lost when the rule is renamed.
  const since = new Map(before.map(({ event_type, after_event_id }) => [event_type, after_event_id]))
  await db
    .insertInto('automation_triggers')
    .values(
      types.map((event_type) => ({
        event_type,
        key,
        automation_id: automationId,
        after_event_id: since.get(event_type) ?? newest,
      })),
    )
    .execute()
}

/** Without any rule nobody follows the log: the first one begins at its end, not where the last one left it. */
async function beginLog(db: Db): Promise<void> {
  await db.selectFrom('automation_log').select('id').modifyEnd(lockingRow(db)).execute()
  const any = await db.selectFrom('automation_triggers').select('automation_id').limit(1).executeTakeFirst()
  const last = any ? undefined : await lastSettled(db)
  if (last !== undefined) await db.updateTable('automation_log').set({ event_id: last }).execute()
}

/** The end of the log as it can be read now. */
export async function lastSettled(db: Db): Promise<number | undefined> {
  const ordered = logOrder(db).reduce(
    (query, column) => query.orderBy(column, 'desc'),
    db.selectFrom('events').select('id').where(settled(db)),
  )
  return (await ordered.limit(1).executeTakeFirst())?.id
}

async function newestEventId(db: Db): Promise<number> {
  const row = await db
    .selectFrom('events')
    .select((eb) => eb.fn.max('id').as('id'))
    .executeTakeFirst()
  return Number(row?.id ?? 0)
}

/** Schedules that are due; skipped while another process works on them. */
export function takeDueSchedules(db: Db, now: string, limit: number): Promise<AutomationRow[]> {
  return living(db)
    .selectAll()
    .where('next_run_at', '<=', now)
    .orderBy('next_run_at')
    .limit(limit)
    .modifyEnd(skippingLocked(db))
    .execute()
}

/** Asked after each commit. */
export async function hasDueSchedule(db: Db, now: string): Promise<boolean> {
  return (await selectDueSchedule(db, { now })).length > 0
}

const selectDueSchedule = prepared((db, { now }: { now: string }) =>
  db.selectFrom('automations').select('id').where('next_run_at', '<=', now).limit(1),
)

/** Deleted rules of which no run is left. @returns how many were removed */
export async function removeDeleted(db: Db, limit: number): Promise<number> {
  const gone = await db
    .selectFrom('automations')
    .select('id')
    .where('deleted_at', 'is not', null)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('automation_runs')
            .select(sql.lit(1).as('one'))
            .whereRef('automation_runs.automation_id', '=', 'automations.id'),
        ),
      ),
    )
    .limit(limit)
    .execute()
  const ids = gone.map(({ id }) => id)
  if (ids.length === 0) return 0
  await db.deleteFrom('automation_circuits').where('automation_id', 'in', ids).execute()
  await db.deleteFrom('automations').where('id', 'in', ids).execute()
  return ids.length
}
