import type { Selectable } from 'kysely'
import type { Db } from '../db/database.ts'
import { cutSlice, type Slice, withValues } from '../db/page.ts'
import type { AuditLogTable, EventsTable, HookCallsTable, RequestsTable } from '../db/tables.ts'

/** Everything with an id, in the order of the ids: the rows of one person are found by an index. */
export interface ById {
  after: number
  limit: number
}

export function listSessions(db: Db, userId: number) {
  return db
    .selectFrom('sessions')
    .select(['id', 'created_at', 'last_seen_at', 'expires_at', 'ip', 'user_agent'])
    .where('user_id', '=', userId)
    .orderBy('id')
    .execute()
}

/** Without the secret and the codes. */
export function listSecondFactors(db: Db, userId: number) {
  return db
    .selectFrom('totp_secrets')
    .select(['activated_at', 'failures', 'failed_at'])
    .select((eb) =>
      eb
        .selectFrom('recovery_codes')
        .select((inner) => inner.fn.countAll<number>().as('total'))
        .where('user_id', '=', userId)
        .as('recovery_codes_left'),
    )
    .where('user_id', '=', userId)
    .execute()
}

/** Without the public keys. Their number is bounded. */
export function listPasskeys(db: Db, userId: number) {
  return db
    .selectFrom('passkeys')
    .select(['id', 'name', 'credential_id', 'counter', 'created_at', 'last_used_at'])
    .where('user_id', '=', userId)
    .orderBy('id')
    .execute()
}

/** Without their secrets. Their number is bounded. */
export function listCredentials(db: Db, userId: number) {
  return db
    .selectFrom('credentials')
    .select(['id', 'name', 'client_id', 'scopes', 'tier', 'created_at', 'updated_at', 'expires_at'])
    .select(['revoked_at', 'allowed_ips', 'last_used_at', 'last_used_ip'])
    .where('owner_id', '=', userId)
    .orderBy('id')
    .execute()
}

/** Requests for credentials. */
export function listCredentialRequests(db: Db, userId: number) {
  return db
    .selectFrom('credential_requests')
    .select([
      'id',
      'name',
      'scopes',
      'reason',
      'status',
      'message',
      'created_at',
      'updated_at',
      'credential_id',
    ])
    .where('requester_id', '=', userId)
    .orderBy('id')
    .execute()
}

/** What the person allowed applications. */
export function listConsents(db: Db, userId: number) {
  return db
    .selectFrom('application_consents')
    .select(['application_id', 'scopes', 'created_at', 'updated_at'])
    .where('user_id', '=', userId)
    .orderBy('id')
    .execute()
}

/** Without their tokens. Those that ended are forgotten. */
export function listSignIns(db: Db, userId: number) {
  return db
    .selectFrom('application_sign_ins')
    .select(['application_id', 'scopes', 'redirect_uri', 'signed_in_at', 'created_at', 'last_used_at'])
    .select('expires_at')
    .where('user_id', '=', userId)
    .orderBy('id')
    .execute()
}

/** Mail to the person, without its links. The retention bounds its number. */
export function listMails(db: Db, userId: number) {
  return db
    .selectFrom('mails')
    .select([
      'id',
      'kind',
      'recipient',
      'language',
      'status',
      'attempts',
      'error',
      'created_at',
      'finished_at',
    ])
    .where('user_id', '=', userId)
    .orderBy('id')
    .execute()
}

/** Without their secrets and header fields. */
export function listWebhooks(db: Db, userId: number) {
  return db
    .selectFrom('webhooks')
    .select(['id', 'url', 'description', 'events', 'rules', 'status', 'created_at', 'updated_at'])
    .select('deleted_at')
    .where('owner_id', '=', userId)
    .orderBy('id')
    .execute()
}

/** Without the values of header fields. */
export function listAutomations(db: Db, userId: number) {
  return db
    .selectFrom('automations')
    .select(['id', 'name', 'description', 'enabled', 'trigger_type', 'steps', 'created_at', 'updated_at'])
    .select('deleted_at')
    .where('owner_id', '=', userId)
    .orderBy('id')
    .execute()
}

/** About the person, or begun by them. */
export function listAutomationRuns(db: Db, userId: number, { after, limit }: ById) {
  return db
    .selectFrom('automation_runs')
    .select(['id', 'automation_id', 'event_id', 'event_type', 'input', 'status', 'created_at', 'finished_at'])
    .where((eb) => eb.or([eb('subject_id', '=', userId), eb('started_by', '=', userId)]))
    .where('id', '>', after)
    .orderBy('id')
    .limit(limit)
    .execute()
}

const documentColumns = [
  ...(['id', 'title', 'category', 'status', 'content_type'] as const),
  ...(['created_at', 'updated_at', 'published_at', 'deleted_at', 'version'] as const),
] as const

export function listDocuments(db: Db, userId: number, slice: Slice) {
  const written = db.selectFrom('documents').where('author_id', '=', userId).where('deleted_at', 'is', null)
  return cutSlice(written, db.selectFrom('documents'), slice).select(documentColumns).execute()
}

/** In the trash, where they stay for days, not years. */
export function listDeletedDocuments(db: Db, userId: number, slice: Slice) {
  const written = db
    .selectFrom('documents')
    .where('author_id', '=', userId)
    .where('deleted_at', 'is not', null)
  return cutSlice(written, db.selectFrom('documents'), slice).select(documentColumns).execute()
}

/** Earlier versions of a document, without the text. @param after a version */
export function listRevisions(db: Db, documentId: number, userId: number, { after, limit }: ById) {
  return db
    .selectFrom('document_revisions')
    .select(['document_id', 'version', 'title', 'category', 'status', 'created_at'])
    .where('document_id', '=', documentId)
    .where('author_id', '=', userId)
    .where('version', '>', after)
    .orderBy('version')
    .limit(limit)
    .execute()
}

export function listEvents(
  db: Db,
  userId: number,
  { after, limit }: ById,
): Promise<Selectable<EventsTable>[]> {
  return db
    .selectFrom('events')
    .selectAll()
    .where('subject_id', '=', userId)
    .where('id', '>', after)
    .orderBy('id')
    .limit(limit)
    .execute()
}

export function listDeliveries(db: Db, eventIds: readonly number[]) {
  return db
    .selectFrom('deliveries')
    .select(['id', 'webhook_id', 'event_id', 'event_type', 'status', 'attempts', 'created_at', 'finished_at'])
    .where('event_id', 'in', eventIds)
    .orderBy('id')
    .execute()
}

type AuditOf = { actor_type?: string; actor_id?: number; target_type?: string; target_id?: number }

/** By the index of the actor, or of the target. */
export function listAudit(db: Db, of: AuditOf, slice: Slice): Promise<Selectable<AuditLogTable>[]> {
  const query = withValues<'audit_log', AuditOf>(db.selectFrom('audit_log'), of)
  return cutSlice(query, db.selectFrom('audit_log'), slice).selectAll().execute()
}

/** Requests of all credentials of the person, by hour. @param after the start of an hour */
export function listUsage(db: Db, userId: number, { after, limit }: { after: string; limit: number }) {
  return db
    .selectFrom('usage_totals')
    .select(['start', 'requests', 'errors', 'rate_limited'])
    .where('owner_id', '=', userId)
    .where('per', '=', 'hour')
    .where('start', '>', after)
    .orderBy('start')
    .limit(limit)
    .execute()
}

/** What hooks were sent about the person. */
export function listHookCalls(db: Db, userId: number, slice: Slice): Promise<Selectable<HookCallsTable>[]> {
  const about = db.selectFrom('hook_calls').where('user_id', '=', userId)
  return cutSlice(about, db.selectFrom('hook_calls'), slice).selectAll().execute()
}

/** Of the person's sessions and credentials. */
export function listRequests(db: Db, userId: number, slice: Slice): Promise<Selectable<RequestsTable>[]> {
  const made = db.selectFrom('requests').where('user_id', '=', userId)
  return cutSlice(made, db.selectFrom('requests'), slice).selectAll().execute()
}
