import type { Selectable } from 'kysely'
import { sealedColumns } from '../src/audit/subjects.ts'
import type { Database } from '../src/db/database.ts'
import type { AuditLogTable, EventsTable } from '../src/db/tables.ts'
import { bodyContext } from '../src/events/outbox.ts'

/** Rows of the audit log as they were before they were sealed. */
export async function openedAudit(
  { subjects, read }: Database,
  rows: readonly Selectable<AuditLogTable>[],
): Promise<Selectable<AuditLogTable>[]> {
  const open = await subjects.opener(
    read,
    rows.flatMap((row) => sealedColumns.map((column) => row[column])),
  )
  return rows.map((row) => ({
    ...row,
    ...Object.fromEntries(sealedColumns.map((column) => [column, open(row[column], `audit_log.${column}`)])),
  }))
}

export async function openedEvents(
  { subjects, read }: Database,
  rows: readonly Selectable<EventsTable>[],
): Promise<Selectable<EventsTable>[]> {
  const open = await subjects.opener(
    read,
    rows.map(({ body }) => body),
  )
  return rows.map((row) => ({ ...row, body: open(row.body, bodyContext) ?? '' }))
}
