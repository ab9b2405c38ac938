import { setTimeout as pause } from 'node:timers/promises'
import type { Selectable } from 'kysely'
import { actorSubject, sealedColumns, targetSubject } from './audit/subjects.ts'
import type { Database, Transaction } from './db/database.ts'
import { skippingLocked } from './db/dialect.ts'
import { subjectOf } from './db/subjects.ts'
import type { AuditLogTable, SealingsTable } from './db/tables.ts'
import { bodyContext } from './events/outbox.ts'
import { responseContext } from './sending/settle.ts'

const rowsAtOnce = 200
const lookAgainMs = 200
const tellEveryMs = 5_000

/**
 * Seals what earlier versions have logged about people as plain text, before anybody is served. A batch and its progress
 * are one transaction, so that an interrupted start continues where it was. One process works, the others wait.
 * @returns whether there was anything to seal
 */
export async function sealLogs(
  database: Database,
  log?: { info(fields: object, text: string): void },
  stopped?: AbortSignal,
): Promise<boolean> {
  const unfinished = await database.read.selectFrom('sealings').select('name').orderBy('name').execute()
  let sealedRows = 0
  let told = performance.now()
  for (const { name } of unfinished) {
    for (;;) {
      stopped?.throwIfAborted()
      const rows = await sealBatch(database, name)
      sealedRows += rows ?? 0
      if (rows === undefined) {
        if (await isWhole(database, name)) break
        await pause(lookAgainMs)
      }
      if (performance.now() - told < tellEveryMs) continue
      told = performance.now()
      log?.info({ table: name, rows: sealedRows }, 'logs of an earlier version are being sealed')
    }
  }
  return sealedRows > 0
}

async function isWhole({ read }: Database, name: string): Promise<boolean> {
  return (await read.selectFrom('sealings').select('name').where('name', '=', name).execute()).length === 0
}

/** @returns the number of rows; undefined when none is left, or another process is working */
function sealBatch(database: Database, name: string): Promise<number | undefined> {
  return database.write(async (trx) => {
    const state = await trx.db
      .selectFrom('sealings')
      .selectAll()
      .where('name', '=', name)
      .modifyEnd(skippingLocked(trx.db))
      .executeTakeFirst()
    if (!state) return undefined
    const ids = await (name === 'events' ? sealEvents(trx, state) : sealAudit(trx, state))
    const last = ids.at(-1)
    if (last === undefined) await trx.db.deleteFrom('sealings').where('name', '=', name).execute()
    else await trx.db.updateTable('sealings').set({ after_id: last }).where('name', '=', name).execute()
    return last === undefined ? undefined : ids.length
  })
}

/** With what receivers responded to them. */
async function sealEvents(trx: Transaction, { after_id }: SealingsTable): Promise<number[]> {
  const rows = await trx.db
    .selectFrom('events')
    .select(['id', 'body', 'resource_id'])
    .where('resource_type', '=', 'user')
    .where('subject_id', 'is', null)
    .where('id', '>', after_id)
    .orderBy('id')
    .limit(rowsAtOnce)
    .execute()
  for (const { id, body, resource_id } of rows) {
    const sealed = await trx.seal(resource_id, bodyContext, body)
    await trx.db
      .updateTable('events')
      .set({ body: sealed, subject_id: resource_id })
      .where('id', '=', id)
      .execute()
    await sealResponses(trx, id, resource_id)
  }
  return rows.map(({ id }) => id)
}

async function sealResponses(trx: Transaction, eventId: number, subject: number): Promise<void> {
  const attempts = await trx.db
    .selectFrom('delivery_attempts')
    .innerJoin('deliveries', 'deliveries.id', 'delivery_attempts.delivery_id')
    .select(['delivery_id', 'number', 'response_headers', 'response_body'])
    .where('event_id', '=', eventId)
    .where('response_status', 'is not', null)
    .execute()
  for (const { delivery_id, number, response_headers, response_body } of attempts) {
    await trx.db
      .updateTable('delivery_attempts')
      .set({
        response_headers: await trx.seal(subject, responseContext, response_headers),
        response_body: await trx.seal(subject, responseContext, response_body),
      })
      .where('delivery_id', '=', delivery_id)
      .where('number', '=', number)
      .execute()
  }
}

async function sealAudit(trx: Transaction, { after_id }: SealingsTable): Promise<number[]> {
  const rows = await trx.db
    .selectFrom('audit_log')
    .leftJoin('credentials', (join) =>
      join.onRef('credentials.id', '=', 'audit_log.actor_id').on('actor_type', '=', 'credential'),
    )
    .selectAll('audit_log')
    .select('credentials.owner_id')
    .where('audit_log.id', '>', after_id)
    .orderBy('audit_log.id')
    .limit(rowsAtOnce)
    .execute()
  for (const { owner_id, ...row } of rows) {
    const sealed = await sealedAudit(trx, row, owner_id ?? undefined)
    if (Object.keys(sealed).length === 0) continue
    await trx.db.updateTable('audit_log').set(sealed).where('id', '=', row.id).execute()
  }
  return rows.map(({ id }) => id)
}

type SealedColumns = Partial<Record<(typeof sealedColumns)[number], string>>

/** The columns that have to be sealed; rows of this version are already. */
async function sealedAudit(
  trx: Transaction,
  row: Selectable<AuditLogTable>,
  ownerId: number | undefined,
): Promise<SealedColumns> {
  const actor = actorSubject(row, ownerId)
  const sealed: SealedColumns = {}
  for (const column of sealedColumns) {
    const text = row[column]
    if (text === null || subjectOf(text) !== undefined) continue
    const isView = column === 'before' || column === 'after'
    const subject = isView ? targetSubject(row, JSON.parse(text)) : actor
    if (subject !== null) sealed[column] = await trx.seal(subject, `audit_log.${column}`, text)
  }
  return sealed
}
