import { backupStanding, missedSince, type Standing } from '../backups/backups.ts'
import type { BackupsConfig } from '../config/backups.ts'
import type { MailLanguage } from '../config/mail.ts'
import type { Context } from '../context.ts'
import { dueTask } from '../db/due-task.ts'
import type { Task } from '../lib/background.ts'
import { dayMs, fromTimestamp, hourMs, minuteMs, toInstant, toTimestamp } from '../lib/timestamps.ts'
import type { MailKind } from '../mail/kinds.ts'
import { queueMail, sendsMail, shownTime } from '../mail/outbox.ts'
import type { MailValues } from '../mail/templates.ts'
import * as store from './store.ts'

const failingMs = dayMs
/** What was disabled longer ago than that was seen by somebody, or mail was not set up. */
const disabledMs = dayMs
const expiresMs = 14 * dayMs
/** A daily backup may take longer today than it took yesterday. */
const backupAgeMs = 25 * hourMs
/** Longer than anything is looked for. */
const rememberedMs = 400 * dayMs

const reasons: Readonly<Record<MailLanguage, Readonly<Record<string, string>>>> = {
  en: {
    gone: 'its receiver responded 410 Gone.',
    failing: 'no delivery has succeeded for 5 days.',
  },
  de: {
    gone: 'Der Empfänger hat mit 410 Gone geantwortet.',
    failing: 'Seit 5 Tagen ist keine Zustellung gelungen.',
  },
}

interface Alert {
  /** What it is about: nobody is alerted to the same twice. */
  key: string
  kind: MailKind
  /** The owner of the record; administrators where there is none who could act. */
  ownerId?: number
  values: MailValues
}

/** Alerts owners and administrators by mail, each time once, however many processes look. */
export function alerting(context: Context): Task[] {
  if (!sendsMail(context.config)) return []
  return [
    {
      name: 'send alerts',
      everyMs: minuteMs,
      async run() {
        for (const alert of await dueAlerts(context)) await send(context, alert)
      },
    },
    dueTask(context, 'forget old alerts', hourMs, {
      keptMs: rememberedMs,
      run: ({ db }, dueMs, limit) => store.deleteAlerts(db, toTimestamp(dueMs), limit),
    }),
  ]
}

async function dueAlerts(context: Context): Promise<Alert[]> {
  const alerts = await Promise.all([failing(context), disabled(context), expiring(context), backup(context)])
  return alerts.flat()
}

async function failing({ database, clock, config }: Context): Promise<Alert[]> {
  const rows = await store.findFailing(database.read, toInstant(clock.now() - failingMs))
  return rows.map(({ id, url, owner_id, failing_since }) => ({
    key: `webhook_failing:${id}:${failing_since}`,
    kind: 'webhook_failing',
    ownerId: owner_id,
    values: { ...webhookValues(config.publicUrl, id, url), since: shownTime(failing_since) },
  }))
}

async function disabled({ database, clock, config }: Context): Promise<Alert[]> {
  const rows = await store.findDisabled(database.read, toTimestamp(clock.now() - disabledMs))
  return rows.map(({ audit_id, id, url, owner_id, disabled_reason }) => ({
    key: `webhook_disabled:${audit_id}`,
    kind: 'webhook_disabled',
    ownerId: owner_id,
    values: {
      ...webhookValues(config.publicUrl, id, url),
      reason: reasons[config.mail.language][disabled_reason ?? ''] ?? '',
    },
  }))
}

/** Nobody has to hear of a key that was made for less time than that. */
async function expiring({ database, clock, config }: Context): Promise<Alert[]> {
  const nowMs = clock.now()
  const span = { after: toTimestamp(nowMs), until: toTimestamp(nowMs + expiresMs) }
  const rows = await store.findExpiring(database.read, span)
  return rows
    .filter(({ created_at, expires_at }) => fromTimestamp(expires_at) - fromTimestamp(created_at) > expiresMs)
    .map(({ id, name, owner_id, expires_at }) => ({
      key: `key_expires:${id}:${expires_at}`,
      kind: 'key_expires',
      ownerId: owner_id,
      values: {
        key: name,
        expires_at: shownTime(expires_at),
        page: `${config.publicUrl}/console/developer/credentials/${id}`,
      },
    }))
}

/** By the schedule, or, without one, by the last one that was made with `comserv backup`. */
async function backup(context: Context): Promise<Alert[]> {
  const { config, database, clock } = context
  if (config.backups?.cron) {
    const standing = await backupStanding(context)
    return standing ? scheduledBackup(config.backups, standing, clock.now()) : []
  }
  const last = await store.lastBackup(database.read)
  if (!last || fromTimestamp(last.occurred_at) > clock.now() - backupAgeMs) return []
  return [
    { key: `backup_old:${last.id}`, kind: 'backup_old', values: { since: shownTime(last.occurred_at) } },
  ]
}

function scheduledBackup(backups: BackupsConfig, standing: Standing, nowMs: number): Alert[] {
  const { failing_since, last_error } = standing
  if (failing_since !== null) {
    const values = { since: shownTime(failing_since), reason: last_error ?? '' }
    return [{ key: `backup_failed:${failing_since}`, kind: 'backup_failed', values }]
  }
  const since = missedSince(backups, standing, nowMs)
  return since === undefined
    ? []
    : [{ key: `backup_old:${since}`, kind: 'backup_old', values: { since: shownTime(since) } }]
}

function webhookValues(publicUrl: string, id: number, url: string): MailValues {
  return {
    webhook_id: String(id),
    host: new URL(url).host,
    page: `${publicUrl}/console/developer/webhooks/${id}`,
  }
}

async function send(context: Context, { key, kind, ownerId, values }: Alert): Promise<void> {
  const { database, clock } = context
  const nowMs = clock.now()
  await database.write(async (trx) => {
    if (!(await store.takeAlert(trx.db, key, toTimestamp(nowMs)))) return
    const owner = ownerId === undefined ? undefined : await store.findOwner(trx.db, ownerId)
    const recipients = owner ? [owner] : await store.listAdministrators(trx.db)
    for (const to of recipients) await queueMail(trx, context, nowMs, { kind, to, values })
  })
}
