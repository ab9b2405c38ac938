import type { Insertable, Selectable, Updateable } from 'kysely'
import type { Db } from '../db/database.ts'
import type { BackupStateTable } from '../db/tables.ts'

export type BackupState = Selectable<BackupStateTable>

export function findState(db: Db): Promise<BackupState | undefined> {
  return db.selectFrom('backup_state').selectAll().where('id', '=', 1).executeTakeFirst()
}

/** For a schedule that is new or has changed; also where there is none, so that a backup has a row to write to. */
export async function plan(
  db: Db,
  { cron, planned_at, due_at }: Pick<Insertable<BackupStateTable>, 'cron' | 'planned_at' | 'due_at'>,
): Promise<void> {
  await db
    .insertInto('backup_state')
    .values({ id: 1, cron, planned_at, due_at, failures: 0 })
    .onConflict((conflict) => conflict.column('id').doUpdateSet({ cron, planned_at, due_at }))
    .execute()
}

/** @param isAsked for a backup that does not wait for its time @returns whether nobody else has it */
export async function lease(
  db: Db,
  lease: Record<'lease_token' | 'lease_until', string>,
  { now, isAsked }: { now: string; isAsked: boolean },
): Promise<boolean> {
  const taken = await db
    .updateTable('backup_state')
    .set(lease)
    .where('id', '=', 1)
    .where((eb) => eb.or([eb('lease_until', 'is', null), eb('lease_until', '<=', now)]))
    .$if(!isAsked, (query) => query.where('due_at', '<=', now))
    .returning('id')
    .executeTakeFirst()
  return taken !== undefined
}

/** @returns whether the lease was still held */
export function renew(db: Db, token: string, until: string): Promise<boolean> {
  return change(db, token, { lease_until: until })
}

/** @returns whether the lease was still held */
export function end(db: Db, token: string, outcome: Updateable<BackupStateTable>): Promise<boolean> {
  return change(db, token, { ...outcome, lease_token: null, lease_until: null })
}

async function change(db: Db, token: string, values: Updateable<BackupStateTable>): Promise<boolean> {
  const changed = await db
    .updateTable('backup_state')
    .set(values)
    .where('id', '=', 1)
    .where('lease_token', '=', token)
    .returning('id')
    .executeTakeFirst()
  return changed !== undefined
}
