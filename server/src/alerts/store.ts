import { sql } from 'kysely'
import type { Db } from '../db/database.ts'

/** Looked for at once: whatever is left is found in the next minute. */
const foundMax = 100

/** Active webhooks without a success since before that instant, whose owner has not been alerted to it. */
export function findFailing(db: Db, since: string) {
  return db
    .selectFrom('webhooks')
    .select(['id', 'url', 'owner_id'])
    .select((eb) => eb.ref('failing_since').$notNull().as('failing_since'))
    .where('status', '=', 'active')
    .where('deleted_at', 'is', null)
    .where('failing_since', '<=', since)
    .where(isNew(sql`'webhook_failing:' || webhooks.id || ':' || webhooks.failing_since`))
    .orderBy('id')
    .limit(foundMax)
    .execute()
}

/** Webhooks that the server has disabled since that instant, and that still are. */
export function findDisabled(db: Db, since: string) {
  return db
    .selectFrom('audit_log')
    .innerJoin('webhooks', 'webhooks.id', 'audit_log.target_id')
    .select(['webhooks.id', 'webhooks.url', 'webhooks.owner_id', 'webhooks.disabled_reason'])
    .select('audit_log.id as audit_id')
    .where('audit_log.action', '=', 'webhook.disable')
    .where('audit_log.occurred_at', '>=', since)
    .where('webhooks.status', '=', 'disabled')
    .where('webhooks.deleted_at', 'is', null)
    .where(isNew(sql`'webhook_disabled:' || audit_log.id`))
    .orderBy('audit_log.id')
    .limit(foundMax)
    .execute()
}

/** Credentials that expire in this span. */
export function findExpiring(db: Db, { after, until }: { after: string; until: string }) {
  return db
    .selectFrom('credentials')
    .select(['id', 'name', 'owner_id', 'created_at'])
    .select((eb) => eb.ref('expires_at').$notNull().as('expires_at'))
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', after)
    .where('expires_at', '<=', until)
    .where(isNew(sql`'key_expires:' || credentials.id || ':' || credentials.expires_at`))
    .orderBy('expires_at')
    .orderBy('id')
    .limit(foundMax)
    .execute()
}

/** The last backup that the server knows of. */
export function lastBackup(db: Db): Promise<{ id: number; occurred_at: string } | undefined> {
  return db
    .selectFrom('audit_log')
    .select(['id', 'occurred_at'])
    .where('action', '=', 'backup.create')
    .orderBy('occurred_at', 'desc')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
}

function isNew(alert: ReturnType<typeof sql>) {
  return sql<boolean>`not exists (select 1 from mail_alerts where mail_alerts.alert = ${alert})`
}

/** @returns false when somebody else has sent the alert, in this or another process */
export async function takeAlert(db: Db, alert: string, now: string): Promise<boolean> {
  const taken = await db
    .insertInto('mail_alerts')
    .values({ alert, created_at: now })
    .onConflict((conflict) => conflict.column('alert').doNothing())
    .returning('alert')
    .executeTakeFirst()
  return taken !== undefined
}

export interface Recipient {
  id: number
  email: string
}

/** A person who may sign in: not the system account. */
export function findOwner(db: Db, id: number): Promise<Recipient | undefined> {
  return people(db).where('id', '=', id).executeTakeFirst()
}

export function listAdministrators(db: Db): Promise<Recipient[]> {
  return people(db).where('role', '=', 'admin').orderBy('created_at').orderBy('id').limit(foundMax).execute()
}

function people(db: Db) {
  return db
    .selectFrom('users')
    .select(['id', 'email'])
    .where('is_system', '=', 0)
    .where('deleted_at', 'is', null)
    .where('status', '=', 'active')
}

/** @returns how many it deleted */
export async function deleteAlerts(db: Db, until: string, limit: number): Promise<number> {
  const old = db.selectFrom('mail_alerts').select('alert').where('created_at', '<=', until).limit(limit)
  const { numDeletedRows } = await db.deleteFrom('mail_alerts').where('alert', 'in', old).executeTakeFirst()
  return Number(numDeletedRows)
}
