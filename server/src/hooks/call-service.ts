import { etagOf, type Tagged } from '../api/conditional.ts'
import { notFound } from '../api/errors.ts'
import { type Listing, type ListRequest, listing } from '../api/paging.ts'
import type { Context } from '../context.ts'
import { dueTask } from '../db/due-task.ts'
import type { Opener } from '../db/subjects.ts'
import type { Task } from '../lib/background.ts'
import { dayMs, hourMs, secondMs, toInstant, toWholeSeconds } from '../lib/timestamps.ts'
import * as store from './call-store.ts'
import { type CallRow, callContext } from './call-store.ts'
import type { HookCall, ListedHookCall } from './schema.ts'

export async function listCalls(
  { database }: Context,
  { hook_id, outcome }: store.CallFilter,
  request: ListRequest,
): Promise<Listing<ListedHookCall>> {
  const filter = { hook_id, outcome }
  const [rows, total] = await Promise.all([
    store.listCalls(database.read, filter, request.slice),
    store.countCalls(database.read, filter),
  ])
  return listing(request, rows, total, toListed)
}

export async function getCall({ database }: Context, id: number): Promise<Tagged<HookCall>> {
  const row = await store.findCall(database.read, id)
  if (!row) throw notFound('hook_call', id)
  const open = await openerOf(database, [row])
  const resource = toCall(row, open)
  // An erasure changes the representation.
  return { etag: etagOf('hook_call', id, resource.input === null ? 0 : 1), resource }
}

export function openerOf({ subjects, read }: Context['database'], rows: readonly CallRow[]): Promise<Opener> {
  return subjects.opener(
    read,
    rows.flatMap(({ input, response_body }) => [input, response_body]),
  )
}

export function toCall(row: CallRow, open: Opener): HookCall {
  return {
    ...toListed(row),
    input: open(row.input, callContext),
    input_truncated: row.input_truncated === 1,
    response_body: open(row.response_body, callContext),
    response_truncated: row.response_truncated === 1,
  }
}

function toListed(row: CallRow): ListedHookCall {
  const { id, hook_id, target_id, request_id, duration_ms, outcome, error, response_status } = row
  return {
    ...{ id, hook_id, target_id, request_id, duration_ms, outcome, response_status },
    action: row.action as HookCall['action'],
    actor: { type: row.actor_type, id: row.actor_id },
    test: row.is_test === 1,
    created_at: toWholeSeconds(row.created_at),
    error: error as HookCall['error'],
    proceeded: row.proceeded === 1,
  }
}

export function callWriting({ hookCalls }: Context): Task {
  return { name: 'write down calls of hooks', everyMs: secondMs, run: () => hookCalls.write() }
}

/** Kept as long as deliveries are. */
export function callPruning(context: Context): Task {
  return dueTask(context, 'prune old calls of hooks', hourMs, {
    keptMs: context.config.webhooks.retentionDays * dayMs,
    atOnce: 200,
    run: (trx, dueMs, limit) => store.deleteOlder(trx, toInstant(dueMs), limit),
  })
}
