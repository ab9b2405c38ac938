import { readFileSync } from 'node:fs'
import type { Transaction } from '../db/database.ts'
import { fromTimestamp, secondMs } from '../lib/timestamps.ts'
import type { Outcome } from '../sending/exchange.ts'
import { afterFailure, afterSuccess, circuitOf } from '../sending/health.ts'
import { isInterrupted, isProxyFault, isSuccess } from '../sending/outcome.ts'
import { retryDelay } from '../sending/retry.ts'
import { hidden, type Scrub, scrubbing } from '../sending/scrub.ts'
import { findCircuit, noteCircuit, type RunRow, untried } from './run-store.ts'
import type { Step } from './schema.ts'
import { openSecrets, stepsOf } from './service.ts'
import { type Doing, kept, rendered, type StepResult } from './step-kit.ts'

/** What a step sends. */
export interface Request {
  method: string
  url: string
  body: string
}

export async function requestOf(doing: Pick<Doing, 'context' | 'step' | 'input'>): Promise<Request> {
  const { step, input } = doing
  const { method = 'POST', url = '' } = step
  const value = typeof step.body === 'string' ? await rendered(doing, 'body', step.body) : input
  return { method, url, body: JSON.stringify(value ?? null) }
}

/** Sends at least once: after a crash nobody knows whether the receiver has it, so every attempt has the same key. */
export async function sendStep(doing: Doing): Promise<StepResult> {
  const { context, run, step, signal } = doing
  const { clock, database, exchange } = context
  const health = (await findCircuit(database.read, run.automation_id, step.name)) ?? untried
  const { circuit_open_until } = health
  if (circuit_open_until !== null && circuitOf(health, clock.now()) === 'open')
    return { kind: 'postponed', untilMs: fromTimestamp(circuit_open_until) }
  const request = await requestOf(doing)
  const own = openSecrets(context, run.automation_id, run.secrets)[step.name] ?? {}
  const outcome = await exchange.post(
    request.url,
    { ...own, 'user-agent': `Comserv/${productVersion}`, 'idempotency-key': keyOf(run, step) },
    request.body,
    { method: request.method, signal },
  )
  const headers = Object.fromEntries(Object.keys(own).map((name) => [name, hidden]))
  return resultOf(doing, outcome, {
    input: { ...request, body: kept(request.body), headers },
    scrub: scrubbing(Object.values(own)),
    health,
  })
}

interface Exchanged {
  input: object
  scrub: Scrub
  health: typeof untried
}

function resultOf(
  { context, run, step }: Doing,
  outcome: Outcome,
  { input, scrub, health }: Exchanged,
): StepResult {
  const { clock, config } = context
  const nowMs = clock.now()
  const noting = (after: typeof health) => async (trx: Transaction) => {
    if (after !== health) await noteCircuit(trx.db, run.automation_id, step.name, after)
  }
  const output = outcome.kind === 'responded' ? responseOf(outcome, scrub) : undefined
  if (isSuccess(outcome) && output) {
    const note = noting(afterSuccess(health, nowMs))
    // Sent and accepted: an attempt more would not make the response shorter.
    if (isCut(outcome) && isReadLater(run, step)) return { kind: 'failed', ...tooLong, input, output, note }
    return {
      kind: 'done',
      input,
      async apply(trx) {
        await note(trx)
        return output
      },
    }
  }
  // The server is stopping: the next process to lease the run attempts it at once.
  if (isInterrupted(outcome)) return { kind: 'postponed', untilMs: nowMs }
  const note = noting(isProxyFault(outcome) ? health : afterFailure(health, nowMs))
  return {
    kind: 'failed',
    ...failureOf(outcome),
    input,
    ...(output ? { output } : {}),
    retryMs: retryDelay(run.attempts + 1, outcome, nowMs, config.webhooks.retrySchedule, Math.random()),
    note,
  }
}

const isCut = (outcome: Outcome) => outcome.kind === 'responded' && outcome.bodyTruncated

const tooLong = {
  reason: 'response_too_long',
  error:
    'The receiver accepted it, but its response has more than 16 KiB, so that later steps, which use it, would get a part of it. Have the receiver respond with less.',
}

/** Whether a later step names the output of this one. */
function isReadLater({ steps }: RunRow, { name }: Step): boolean {
  const all = stepsOf({ steps })
  const later = all.slice(all.findIndex((one) => one.name === name) + 1)
  return JSON.stringify(later).includes(`steps.${name}`)
}

function failureOf(outcome: Outcome): { reason: string; error: string } {
  if (outcome.kind === 'responded')
    return { reason: 'response', error: `The receiver responded with ${outcome.status}.` }
  return { reason: outcome.reason, error: `There was no response (${outcome.reason}).` }
}

/** A response in JSON is a value for the next steps; any other one is a text. */
function responseOf(outcome: Extract<Outcome, { kind: 'responded' }>, scrub: Scrub) {
  const text = scrub(outcome.body, outcome.bodyTruncated)
  return { status: outcome.status, body: readBody(text) }
}

function readBody(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** The instant is part of it because ids continue from where a restored backup ends. */
function keyOf({ id, created_at }: RunRow, { name }: Step): string {
  return `run_${id}_${fromTimestamp(created_at) / secondMs}_${name}`
}

const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
const productVersion: string = manifest.version
