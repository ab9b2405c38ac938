import { randomUUID } from 'node:crypto'
import type { Actor } from '../access/caller.ts'
import type { Context } from '../context.ts'
import { Crowded } from '../lib/bounded-queue.ts'
import { currentCaller } from '../lib/caller.ts'
import { secondMs, toInstant, toTimestamp } from '../lib/timestamps.ts'
import type { Outcome } from '../sending/exchange.ts'
import type { FailureReason } from '../sending/failure.ts'
import { scrubbing } from '../sending/scrub.ts'
import { signatureHeaders } from '../sending/signature.ts'
import type { callErrors, HookAction } from './actions.ts'
import type { NewCall } from './call-store.ts'
import type { KnownHook } from './directory.ts'
import { type Reply, replyOf } from './reply.ts'

/** Responses may hold a whole input, though not the longest document. */
const responseBytesMax = 1024 * 1024
export const keptCharactersMax = 16_384

/** A change that hooks are called about. */
export interface Question {
  action: HookAction
  actor: Actor
  /** As the API shows it; null for a create. */
  record: { id: number } | null
  /** Without secrets. */
  input: object
  isTest?: boolean
}

export type CallError = FailureReason | (typeof callErrors)[number]

/** What came of a call, for whoever decides, and for the log. */
export interface Called {
  reply: Exclude<Reply, { kind: 'failed' }> | { kind: 'failed'; error: CallError }
  outcome: Outcome | undefined
  startedMs: number
  durationMs: number
}

/**
 * Calls one hook and never fails, unless the caller has disconnected. The call waits for its turn for as long at most as
 * the hook may take to respond.
 * @param leftMs what other hooks have left of the time
 * @param judge what the reply comes to: a hook may change what it must not
 */
export async function callHook(
  { clock, exchange, log }: Pick<Context, 'clock' | 'exchange' | 'log'>,
  hook: KnownHook,
  question: Question,
  leftMs: number,
  judge: (reply: Called['reply']) => Called['reply'],
): Promise<Called> {
  const startedMs = clock.now()
  const began = performance.now()
  const failed = (error: CallError, outcome?: Outcome): Called => ({
    reply: { kind: 'failed', error },
    outcome,
    startedMs,
    durationMs: Math.round(performance.now() - began),
  })
  if (leftMs <= 0) return failed('too_late')
  if (!hook.mayTry(startedMs)) return failed('circuit_open')
  let isWell: boolean | undefined
  try {
    const caller = currentCaller()
    const end = await hook.turns.take(caller)
    try {
      const { body, headers } = signed(hook, question, startedMs)
      const outcome = await exchange.post(hook.row.url, headers, body, {
        timeoutMs: Math.max(1, Math.min(hook.row.timeout_ms, leftMs)),
        responseBytesMax,
        signal: caller.gone,
      })
      caller.gone?.throwIfAborted()
      const reply = judge(replyOf(outcome))
      // When the server stops, or other hooks have left less time than it needs, the hook is not to blame.
      const isCutShort =
        reply.kind === 'failed' && (reply.error === 'interrupted' || leftMs < hook.row.timeout_ms)
      isWell = isCutShort ? undefined : reply.kind !== 'failed'
      return { reply, outcome, startedMs, durationMs: Math.round(performance.now() - began) }
    } finally {
      end()
    }
  } catch (error) {
    if (error instanceof Crowded) return failed('busy')
    if (currentCaller().gone?.aborted) throw error
    log.error({ err: error, hook: hook.row.id }, 'a hook could not be called')
    return failed('protocol')
  } finally {
    hook.tried(isWell, clock.now())
  }
}

function signed(hook: KnownHook, { action, actor, record, input, isTest }: Question, nowMs: number) {
  const { type, id, name, requestId } = actor
  const body = JSON.stringify({
    action,
    timestamp: toTimestamp(nowMs),
    ...(isTest ? { test: true } : {}),
    request_id: requestId,
    actor: { type, id, name },
    record,
    input,
  })
  const message = { id: `hook_${randomUUID()}`, timestamp: Math.floor(nowMs / secondMs), body }
  return {
    body,
    headers: { 'user-agent': 'Comserv-Hook', ...signatureHeaders(message, hook.secrets(nowMs)) },
  }
}

/** A call as the log keeps it. @param proceeded whether the change goes on */
export function loggedCall(
  hook: KnownHook,
  { action, actor, record, input, isTest = false }: Question,
  { reply, outcome, startedMs, durationMs }: Called,
  proceeded: boolean,
): NewCall {
  const sent = JSON.stringify(input)
  const response = outcome?.kind === 'responded' ? outcome : undefined
  const said = response && scrubbing(hook.secrets(startedMs))(response.body.slice(0, keptCharactersMax))
  return {
    hook_id: hook.row.id,
    action,
    target_id: record?.id ?? null,
    user_id: action.startsWith('user.') ? (record?.id ?? null) : null,
    actor_type: actor.type,
    actor_id: actor.id,
    request_id: actor.requestId,
    is_test: isTest ? 1 : 0,
    created_at: toInstant(startedMs),
    duration_ms: durationMs,
    outcome: reply.kind === 'allowed' && reply.input ? 'changed' : reply.kind,
    error: reply.kind === 'failed' ? reply.error : null,
    proceeded: proceeded ? 1 : 0,
    input: sent.slice(0, keptCharactersMax).toWellFormed(),
    input_truncated: sent.length > keptCharactersMax ? 1 : 0,
    response_status: response?.status ?? null,
    response_body: said?.toWellFormed() ?? null,
    response_truncated:
      response && (response.bodyTruncated || response.body.length > keptCharactersMax) ? 1 : 0,
  }
}
