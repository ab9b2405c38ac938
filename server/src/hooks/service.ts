import type { Actor } from '../access/caller.ts'
import { etagWithNotes, type IfMatch, type Tagged } from '../api/conditional.ts'
import { AppError, invalidRequest } from '../api/errors.ts'
import { type Listing, type ListRequest, listing } from '../api/paging.ts'
import type { Context } from '../context.ts'
import type { Change } from '../db/database.ts'
import { settled } from '../lib/merge-patch.ts'
import { hourMs, toTimestamp, toWholeSeconds } from '../lib/timestamps.ts'
import { changing, recordOf } from '../resource/record.ts'
import { circuitOf, fresh } from '../sending/health.ts'
import { generateSecret, secretProblem } from '../sending/signature.ts'
import { secretContext } from './directory.ts'
import {
  type Hook,
  type HookCreate,
  type HookSecretRotate,
  type HookUpdate,
  hookDefaults,
  hooksMax,
  overlapHoursDefault,
} from './schema.ts'
import * as store from './store.ts'

export interface HookWithSecret extends Hook {
  secret: string
}

/** How the health of a hook begins, and begins again when its URL or status changes. */
const unseen = {
  ...{ consecutive_failures: fresh.consecutive_failures, failing_since: fresh.failing_since },
  ...{ circuit_trips: fresh.circuit_trips, circuit_open_until: fresh.circuit_open_until },
}

export const record = recordOf<store.HookRow, Hook>({
  name: 'hook',
  find: (db, id, _, options) => store.findHook(db, id, options),
  update(trx, before, changes, context) {
    trx.afterCommit(() => context.hooks.forget())
    return store.updateHook(trx.db, before.id, changes)
  },
  // Only administrators change hooks.
  mayRead: () => true,
  show: toHook,
  etag(row, context) {
    const { circuit, ...notes } = toHook(row, context).health
    return etagWithNotes(
      ['hook', row.id, row.version, row.previous_secret_expires_at],
      [circuit, ...Object.values(notes).map(String)],
    )
  },
  auditView(row, context) {
    const { health: _, ...hook } = toHook(row, context)
    return hook
  },
})

export async function listHooks(
  context: Context,
  _actor: Actor,
  _filter: object,
  request: ListRequest,
): Promise<Listing<Hook>> {
  const { read } = context.database
  const [rows, total] = await Promise.all([store.listHooks(read, request.slice), store.countHooks(read)])
  return listing(request, rows, total, (row) => toHook(row, context))
}

/** The secret is in the response, and sealed in the database; it is never shown again. */
export async function createHook(
  context: Context,
  actor: Actor,
  input: HookCreate,
): Promise<Change<Tagged<HookWithSecret>>> {
  const secret = checkedSecret(input.secret)
  await requireDestination(context, input.url)
  const { description, timeout_ms, on_failure, status } = { ...hookDefaults, ...settled(input, hookDefaults) }
  const change = record.create(context, actor, async ({ trx, now }) => {
    if ((await store.countHooks(trx.db)) >= hooksMax)
      throw new AppError(
        'conflict',
        `There are ${hooksMax} hooks already; delete one that is no longer used.`,
      )
    trx.afterCommit(() => context.hooks.forget())
    const { id } = await store.insertHook(trx, {
      ...{ description, timeout_ms, on_failure, status },
      url: input.url,
      actions: input.actions.join(' '),
      secret: '',
      previous_secret: null,
      previous_secret_expires_at: null,
      created_at: now,
      updated_at: now,
      version: 1,
    })
    // Sealed under the id, so that a value cannot be moved between hooks.
    return store.updateHook(trx.db, id, { secret: context.vault.seal(secret, secretContext(id)) })
  })
  return withSecret(change, secret)
}

export async function updateHook(
  context: Context,
  actor: Actor,
  id: number,
  input: HookUpdate,
  ifMatch?: IfMatch,
): Promise<Change<Tagged<Hook>>> {
  if (input.url !== undefined) await requireDestination(context, input.url)
  return record.change(context, actor, id, ifMatch, (_, row) => {
    const { actions, ...columns } = settled(input, hookDefaults)
    const changes = record.differing(actor, row, {
      ...columns,
      ...(actions ? { actions: actions.join(' ') } : {}),
    })
    return { ...changes, ...(changes.url !== undefined || changes.status !== undefined ? unseen : {}) }
  })
}

export function deleteHook(context: Context, actor: Actor, id: number, ifMatch?: IfMatch): Change<void> {
  return changing(context, actor, async (doing) => {
    const before = await record.requireForChange(doing, id)
    record.requireSeen(doing, before, ifMatch)
    doing.trx.afterCommit(() => context.hooks.forget())
    await store.deleteHook(doing.trx, id)
    await record.tell(doing, 'delete', { before })
  })
}

/** The new secret signs at once; the old one keeps signing beside it for the overlap. */
export function rotateSecret(
  context: Context,
  actor: Actor,
  id: number,
  input: HookSecretRotate,
): Change<Tagged<HookWithSecret>> {
  const secret = checkedSecret(input.secret)
  const overlapHours = input.overlap_hours ?? overlapHoursDefault
  const change = changing(context, actor, async (doing) => {
    const row = await record.requireForChange(doing, id)
    const sealed = { secret: context.vault.seal(secret, secretContext(id)) }
    const former =
      overlapHours === 0
        ? { previous_secret: null, previous_secret_expires_at: null }
        : {
            previous_secret: row.secret,
            previous_secret_expires_at: toTimestamp(doing.nowMs + overlapHours * hourMs),
          }
    return record.tagged(context, await record.write(doing, 'rotate_secret', row, { ...sealed, ...former }))
  })
  return withSecret(change, secret)
}

/** Ends the overlap of a rotation at once. Where none is running, nothing changes. */
export function endPreviousSecret(
  context: Context,
  actor: Actor,
  id: number,
  ifMatch?: IfMatch,
): Change<void> {
  return changing(context, actor, async (doing) => {
    const before = await record.requireForChange(doing, id)
    if (toHook(before, context).previous_secret_expires_at === null) return
    record.requireSeen(doing, before, ifMatch)
    const former = { previous_secret: null, previous_secret_expires_at: null }
    await record.write(doing, 'end_previous_secret', before, former)
  })
}

function withSecret(change: Change<Tagged<Hook>>, secret: string): Change<Tagged<HookWithSecret>> {
  return async (trx) => {
    const { etag, resource } = await change(trx)
    return { etag, resource: { ...resource, secret } }
  }
}

/** @throws AppError invalid_request */
function checkedSecret(secret: string | null | undefined): string {
  if (secret === undefined || secret === null) return generateSecret()
  const problem = secretProblem(secret)
  if (problem !== undefined) throw invalidRequest(`The 'secret' field is refused: ${problem}`)
  return secret
}

async function requireDestination({ guard }: Context, url: string): Promise<void> {
  const problem = await guard.check(url)
  if (problem !== undefined) throw invalidRequest(`The 'url' field is refused: ${problem}`)
}

export function toHook(row: store.HookRow, { clock }: Pick<Context, 'clock'>): Hook {
  const { consecutive_failures, previous_secret_expires_at: endsAt } = row
  const nowMs = clock.now()
  return {
    id: row.id,
    url: row.url,
    description: row.description,
    actions: row.actions.split(' ') as Hook['actions'],
    timeout_ms: row.timeout_ms,
    on_failure: row.on_failure,
    status: row.status,
    previous_secret_expires_at: endsAt !== null && endsAt > toTimestamp(nowMs) ? endsAt : null,
    health: {
      state: consecutive_failures > 0 ? 'failing' : row.last_success_at === null ? 'untested' : 'healthy',
      consecutive_failures,
      failing_since: toWholeSeconds(row.failing_since),
      last_success_at: toWholeSeconds(row.last_success_at),
      last_failure_at: toWholeSeconds(row.last_failure_at),
      circuit: circuitOf({ ...row, test_failed_at: null }, nowMs),
      circuit_open_until: toWholeSeconds(row.circuit_open_until),
    },
    created_at: row.created_at,
    updated_at: row.updated_at,
  }
}
