import { endOf } from '../access/session-lifetime.ts'
import { notFound } from '../api/errors.ts'
import { openerOf, toRecord } from '../audit/service.ts'
import { inputContext, outputContext } from '../automations/input.ts'
import { listAttempts } from '../automations/run-service.ts'
import type { Context } from '../context.ts'
import { pagesByKey } from '../db/page.ts'
import { previousContext } from '../events/outbox.ts'
import { openEvents } from '../events/service.ts'
import { openerOf as openerOfCalls, toCall } from '../hooks/call-service.ts'
import { toTimestamp } from '../lib/timestamps.ts'
import { openerOf as openerOfRequests, toRequest } from '../requests/service.ts'
import { requirePerson, toUser } from '../users/service.ts'
import * as held from './personal-data-store.ts'
import type { PersonalDataLine as Line } from './schema.ts'
import { findErasure } from './store.ts'

const pageRows = 100

/**
 * All that is held about a person, page by page: as long as it may be, a page is in memory at a time. Secrets are left
 * out, and the texts of documents, which belong to whom they were written for.
 * @param isOwn for the person: what is held about others who acted on them is left out
 * @throws AppError resource_not_found also for a person who was erased
 */
export async function personalData(
  context: Context,
  id: number,
  { isOwn }: { isOwn: boolean },
): Promise<AsyncGenerator<Line[]>> {
  const { read } = context.database
  const person = await requirePerson(read, id)
  const erasure = await findErasure(read, id)
  if (erasure?.erased_at) throw notFound('user', id)
  const profile = { ...toUser(person), updated_at: person.updated_at, deleted_at: person.deleted_at }
  return parts(context, id, { kind: 'profile', data: profile }, isOwn)
}

async function* parts(context: Context, id: number, profile: Line, isOwn: boolean): AsyncGenerator<Line[]> {
  const { read } = context.database
  yield [profile]
  yield lines('session', await sessionsOf(context, id))
  yield lines('second_factors', await held.listSecondFactors(read, id))
  yield lines('passkey', await held.listPasskeys(read, id))
  const credentials = await held.listCredentials(read, id)
  yield lines('credential', credentials)
  yield lines('credential_request', await held.listCredentialRequests(read, id))
  yield lines('application_consent', await held.listConsents(read, id))
  yield lines('application_sign_in', await held.listSignIns(read, id))
  yield lines('mail', await held.listMails(read, id))
  yield lines('webhook', await held.listWebhooks(read, id))
  yield lines('automation', await held.listAutomations(read, id))
  yield* automationRuns(context, id)
  yield* usage(context, id)
  yield* requests(context, id)
  yield* hookCalls(context, id)
  yield* documents(context, id)
  yield* records(context, id)
  yield* events(context, id)
  yield* audit(context, { actor_type: 'user', actor_id: id })
  for (const credential of credentials)
    yield* audit(context, { actor_type: 'credential', actor_id: credential.id })
  yield* audit(context, { target_type: 'user', target_id: id }, { exceptBy: id, hidesActor: isOwn })
}

/** Each with the end that the list of sessions shows: earlier where it is not used. */
async function sessionsOf({ database: { read } }: Context, id: number) {
  const rows = await held.listSessions(read, id)
  return rows.map((row) => ({ ...row, expires_at: toTimestamp(endOf(row)) }))
}

function lines(kind: Line['kind'], rows: readonly object[]): Line[] {
  return rows.map((row) => ({ kind, data: { ...row } }))
}

/** About the person, or begun by them, with what went through the steps. */
async function* automationRuns({ database }: Context, id: number): AsyncGenerator<Line[]> {
  for (let after = 0; ; ) {
    const rows = await held.listAutomationRuns(database.read, id, { after, limit: pageRows })
    const shown: object[] = []
    for (const run of rows) {
      const attempts = await listAttempts(database.read, run.id)
      const open = await database.subjects.opener(
        database.read,
        attempts.flatMap(({ input, output }) => [input, output]),
      )
      const read = (text: string | null, of: string) => JSON.parse(open(text, of) ?? 'null')
      const steps = attempts.map(({ name, outcome, started_at, input, output }) => ({
        step: name,
        outcome,
        started_at,
        input: read(input, inputContext),
        output: read(output, outputContext),
      }))
      shown.push({ ...run, attempts: steps })
    }
    yield lines('automation_run', shown)
    after = rows.at(-1)?.id ?? 0
    if (rows.length < pageRows) return
  }
}

async function* usage({ database: { read } }: Context, id: number): AsyncGenerator<Line[]> {
  for (let after = ''; ; ) {
    const rows = await held.listUsage(read, id, { after, limit: pageRows })
    yield lines('usage', rows)
    after = rows.at(-1)?.start ?? ''
    if (rows.length < pageRows) return
  }
}

async function* requests({ database }: Context, id: number): AsyncGenerator<Line[]> {
  const pages = pagesByKey(pageRows, async (slice) => {
    const order = { column: 'occurred_at', direction: 'asc' } as const
    const rows = await held.listRequests(database.read, id, { ...slice, order })
    return rows.map((row) => ({ ...row, created_at: row.occurred_at }))
  })
  for await (const rows of pages) {
    const open = await openerOfRequests(database, rows)
    yield lines(
      'request',
      rows.map(({ created_at: _, ...row }) => toRequest(row, open)),
    )
  }
}

/** Without what else they were about: who made the change is told by the audit log. */
async function* hookCalls({ database }: Context, id: number): AsyncGenerator<Line[]> {
  const rows = pagesByKey(pageRows, (slice) => held.listHookCalls(database.read, id, slice))
  for await (const page of rows) {
    const open = await openerOfCalls(database, page)
    yield lines(
      'hook_call',
      page.map((row) => {
        const { actor: _, request_id: __, ...call } = toCall(row, open)
        return call
      }),
    )
  }
}

/** Each with its earlier versions. */
async function* documents({ database: { read } }: Context, id: number): AsyncGenerator<Line[]> {
  for (const list of [held.listDocuments, held.listDeletedDocuments]) {
    for await (const page of pagesByKey(pageRows, (slice) => list(read, id, slice))) {
      yield lines('document', page)
      for (const { id: documentId } of page) {
        for (let after = 0; ; ) {
          const rows = await held.listRevisions(read, documentId, id, { after, limit: pageRows })
          if (rows.length > 0) yield lines('revision', rows)
          after = rows.at(-1)?.version ?? 0
          if (rows.length < pageRows) break
        }
      }
    }
  }
}

/** Of extensions, each with the path of its resource. */
async function* records({ database: { read }, catalog }: Context, id: number): AsyncGenerator<Line[]> {
  for (const { plural, people } of catalog.resources) {
    for (const field of people?.fields ?? []) {
      for (let after: number | undefined = 0; people && after !== undefined; ) {
        const page = await people.list(read, field, id, { after, limit: pageRows })
        yield lines(
          'record',
          page.records.map((record) => ({ resource: plural, ...record })),
        )
        after = page.last
      }
    }
  }
}

/** With what updates replaced, which the event log does not show. */
async function withPrevious(
  { subjects, read }: Context['database'],
  rows: Awaited<ReturnType<typeof held.listEvents>>,
): Promise<object[]> {
  const events = await openEvents(
    { subjects, read },
    rows.map(({ previous: _, ...row }) => row),
  )
  const open = await subjects.opener(
    read,
    rows.map(({ previous }) => previous),
  )
  return rows.map(({ previous }, i) => {
    const text = open(previous, previousContext)
    return { ...events[i], ...(text === null ? {} : { previous: JSON.parse(text) }) }
  })
}

/** Each page with its deliveries. */
async function* events({ database }: Context, id: number): AsyncGenerator<Line[]> {
  for (let after = 0; ; ) {
    const rows = await held.listEvents(database.read, id, { after, limit: pageRows })
    if (rows.length === 0) return
    yield lines('event', await withPrevious(database, rows))
    const ids = rows.map((row) => row.id)
    yield lines('delivery', await held.listDeliveries(database.read, ids))
    after = ids.at(-1) ?? 0
    if (rows.length < pageRows) return
  }
}

/** @param options a person whose rows as the actor are told already, and whether the others are named */
async function* audit(
  { database }: Context,
  of: Parameters<typeof held.listAudit>[1],
  { exceptBy, hidesActor = false }: { exceptBy?: number; hidesActor?: boolean } = {},
): AsyncGenerator<Line[]> {
  const pages = pagesByKey(pageRows, async (slice) => {
    const order = { column: 'occurred_at', direction: 'asc' } as const
    const rows = await held.listAudit(database.read, of, { ...slice, order })
    return rows.map((row) => ({ ...row, created_at: row.occurred_at }))
  })
  for await (const rows of pages) {
    const others = rows.filter(
      ({ actor_type, actor_id }) => actor_type !== 'user' || exceptBy === undefined || actor_id !== exceptBy,
    )
    const open = await openerOf(database, others)
    yield others.map((row) => {
      const told = toRecord(row, open)
      const { type } = told.actor
      const hidden = { actor: { type, id: null, name: type }, ip: null, request_id: null }
      return { kind: 'audit' as const, data: hidesActor ? { ...told, ...hidden } : told }
    })
  }
}
