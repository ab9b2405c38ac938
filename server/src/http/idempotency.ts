import type { FastifyReply, FastifyRequest } from 'fastify'
import { type Needs, requireNeeds } from '../access/grant-use.ts'
import { isScope } from '../access/scopes.ts'
import { AppError, invalidRequest } from '../api/errors.ts'
import type { Context } from '../context.ts'
import type { Change, Prepared, Transaction } from '../db/database.ts'
import { dueTask } from '../db/due-task.ts'
import { personalIds } from '../db/subjects.ts'
import type { Task } from '../lib/background.ts'
import { dayMs, hourMs, toTimestamp } from '../lib/timestamps.ts'
import { actorNameOf, callerKey } from './caller.ts'
import { claimKey, findResponse, forgetResponses, type KeyRow, keepResponse } from './idempotency-store.ts'
import { sendWritten, type WriteResponse } from './written.ts'

const responsesKeptMs = dayMs

interface Stored extends WriteResponse {
  needs?: Needs
}

/**
 * A POST that can be retried (`Idempotency-Key`). The key and the response are written in the transaction of the
 * change: after a crash either both exist or neither, so a retry finds the response or does the work, never twice. Only
 * success is stored: a refused request wrote nothing, and can be retried under the same key.
 * @param prepare makes the change, after any slow preparation; not called for a replay
 * @param toResponse makes the response from the result of the change, and nothing else
 * @returns the reply itself, which tells Fastify that it was sent; typed as `never` because it is not a body
 */
export async function respondOnce<V>(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  prepare: () => Prepared<V>,
  toResponse: (value: V) => WriteResponse,
): Promise<never> {
  const { database } = context
  const key = readKey(request)
  if (key === undefined) return sendWritten(request, reply, toResponse(await database.write(await prepare())))

  const caller = callerKey(request)
  const row: KeyRow = {
    caller,
    key,
    request_hash: hashOf(context, request),
    created_at: toTimestamp(context.clock.now()),
  }
  const flight = `${caller} ${key}`
  const stored = await findResponse(database.read, row, expiryOf(context))
  if (stored) return replay(context, request, row, stored, reply)
  if (context.writesInFlight.has(flight)) throw inFlight()
  context.writesInFlight.add(flight)
  try {
    const change = keeping(context, request, row, await prepare(), toResponse)
    return sendWritten(request, reply, await database.write(change))
  } catch (error) {
    if (error !== alreadyDone) throw error
    const done = await findResponse(database.read, row, expiryOf(context))
    if (!done) throw inFlight()
    return replay(context, request, row, done, reply)
  } finally {
    context.writesInFlight.delete(flight)
  }
}

/** Thrown to roll back when another request, here or in another process, has taken the key meanwhile. */
const alreadyDone = new Error('The idempotency key was taken by another request.')

/** The change, with its key stored before it and its response after it. */
function keeping<V>(
  context: Context,
  request: FastifyRequest,
  row: KeyRow,
  change: Change<V>,
  toResponse: (value: V) => WriteResponse,
): Change<WriteResponse> {
  return async (trx) => {
    if (!(await claimKey(trx.db, row, expiryOf(context)))) throw alreadyDone
    const made = toResponse(await change(trx))
    const needs = needsOf(request)
    // Sealed, because the response to a new credential holds its secret.
    const answer = context.vault.seal(JSON.stringify({ ...made, needs }), sealContext(row))
    await keepResponse(trx.db, row, { answer, subjects: subjectsOf(trx, request, made) })
    return made
  }
}

/** What the checks asked for, and the scope of the route. */
function needsOf(request: FastifyRequest): Needs | undefined {
  if (request.identity.kind !== 'principal') return undefined
  const actor = request.actor()
  const { access } = request.routeOptions.config
  if (access !== undefined && isScope(access)) actor.scopes.has(access)
  return actor.use?.needs(actor)
}

/**
 * The people whom a response is about; it is deleted when one of them is erased. Whatever writes about a person seals it
 * for them, so that the change knows; a change that turned out to be none still shows the record.
 */
function subjectsOf(
  { people }: Transaction,
  { routeOptions: { url = '' } }: FastifyRequest,
  { body }: WriteResponse,
): string {
  const ids = new Set(people)
  const isUsers = /^\/api\/v1\/users(\/|$)/.test(url)
  JSON.stringify(body ?? null, (name, value) => {
    if (typeof value === 'number' && (personalIds.includes(name) || (isUsers && name === 'id')))
      ids.add(value)
    return value
  })
  return ids.size === 0 ? '' : ` ${[...ids].join(' ')} `
}

/** Only to a caller who could make the request now: a token may be narrower than the one before, or a role have changed. */
async function replay(
  context: Context,
  request: FastifyRequest,
  row: KeyRow,
  stored: { request_hash: string; answer: string },
  reply: FastifyReply,
) {
  if (stored.request_hash !== row.request_hash) {
    throw new AppError(
      'idempotency_mismatch',
      'This Idempotency-Key was used for another request; use a new key for a new request.',
    )
  }
  const { needs, ...response }: Stored = JSON.parse(context.vault.open(stored.answer, sealContext(row)))
  const { shows } = request.routeOptions.config
  if (needs) await requireNeeds(context.database.read, request.actor(), needs, shows?.reads)
  reply.header('idempotency-replayed', 'true')
  recordSecretShown(context, request, response)
  return sendWritten(request, reply, response)
}

/** The row of the change says who saw the secret first. */
function recordSecretShown({ audit }: Context, request: FastifyRequest, { body }: WriteResponse): void {
  const { showsSecret } = request.routeOptions.config
  if (showsSecret === undefined) return
  const { id } = body as { id: number }
  audit.recordOutside(actorNameOf(request), { action: `${showsSecret}.show_secret`, targetId: id, per: '' })
}

function readKey(request: FastifyRequest): string | undefined {
  const key = request.headers['idempotency-key']
  if (key === undefined) return undefined
  if (typeof key === 'string' && /^[\x21-\x7e]{1,255}$/.test(key)) return key
  throw invalidRequest(
    'The Idempotency-Key header must be 1 to 255 printable characters without spaces, such as a UUID.',
  )
}

/** Keyed, because the body may hold a password that could be guessed from a plain hash. */
function hashOf({ vault }: Context, request: FastifyRequest): string {
  return vault.fingerprint(JSON.stringify([request.method, request.url, request.body ?? null]))
}

export function sealContext({ caller, key }: Pick<KeyRow, 'caller' | 'key'>): string {
  return `idempotency ${caller} ${key}`
}

function expiryOf({ clock }: Context): string {
  return toTimestamp(clock.now() - responsesKeptMs)
}

function inFlight(): AppError {
  return new AppError(
    'conflict',
    'A request with this Idempotency-Key is still in flight; try again in a moment.',
    {
      headers: { 'retry-after': '1' },
    },
  )
}

/** Deletes stored responses that are too old to be replayed. */
export function responseForgetting(context: Context): Task {
  return dueTask(context, 'forget responses', hourMs, {
    keptMs: responsesKeptMs,
    atOnce: 200,
    run: ({ db }, dueMs, limit) => forgetResponses(db, toTimestamp(dueMs), limit),
  })
}
