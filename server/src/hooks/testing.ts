import type { Actor } from '../access/caller.ts'
import type { Tagged } from '../api/conditional.ts'
import { invalidRequest } from '../api/errors.ts'
import { recordAudit } from '../audit/record.ts'
import type { Context } from '../context.ts'
import type { Change } from '../db/database.ts'
import { toTimestamp } from '../lib/timestamps.ts'
import type { HookAction } from './actions.ts'
import { callHook, keptCharactersMax, loggedCall } from './call.ts'
import { applied, type InputRules, refusalOf, without } from './consult.ts'
import { KnownHook } from './directory.ts'
import type { HookTest, HookTested } from './schema.ts'
import { record as hooks } from './service.ts'

/** What a test needs to know of the records that hooks are about. */
export interface Subject {
  get(context: Context, actor: Actor, id: number): Promise<Tagged<{ id: number }>>
  rules: Readonly<Record<'create' | 'update', InputRules>>
  /** For a create. */
  sample: object
}

export type Subjects = Readonly<Record<'user' | 'document', Subject>>

/** Calls a hook as a change would, whatever its status, and changes nothing. It does not count as its health. */
export async function testHook(
  context: Context,
  actor: Actor,
  id: number,
  asked: HookTest,
  subjects: Subjects,
): Promise<Change<HookTested>> {
  const { database, clock } = context
  const row = await hooks.read(context, database.read, actor, id)
  const { action, record, input, rules } = await intendedBy(context, actor, asked, subjects)
  const hook = new KnownHook({ ...row, circuit_open_until: null }, context.vault)
  const question = { action, actor, record, input: without(input, rules.secret), isTest: true }
  let next = input
  const called = await callHook(context, hook, question, row.timeout_ms, (said) => {
    const judged = applied(said, { input, rules })
    next = judged.input
    return judged.reply
  })
  const { reply } = called
  const call = loggedCall(hook, question, called, false)
  if (action === 'user.create') context.hookCalls.recordUnknown(call)
  else context.hookCalls.record(call)
  return async (trx) => {
    await recordAudit(trx, actor, toTimestamp(clock.now()), {
      action: 'hook.test',
      targetId: id,
      before: null,
      after: { action, record_id: record?.id ?? null, outcome: call.outcome },
    })
    return {
      outcome: call.outcome,
      error: reply.kind === 'failed' ? reply.error : null,
      refusal: reply.kind === 'refused' ? refusalOf(id, reply.sentence) : null,
      input: reply.kind === 'allowed' ? without(next, rules.secret) : null,
      duration_ms: call.duration_ms,
      response_status: call.response_status ?? null,
      response_body: call.response_body?.slice(0, keptCharactersMax) ?? null,
    } as HookTested
  }
}

async function intendedBy(context: Context, actor: Actor, asked: HookTest, subjects: Subjects) {
  const { action } = asked
  const [name = '', verb = ''] = action.split('.')
  const { get, rules, sample } = subjects[name as keyof Subjects]
  const rule = rules[verb === 'create' ? 'create' : 'update']
  const given = asked.input ?? undefined
  const problem = given && rule.check(given, 'input')
  // The schema of the request takes it; what is wrong with it depends on the action.
  if (problem) throw invalidRequest(problem.details)
  if (verb === 'create') {
    if (typeof asked.record_id === 'number')
      throw invalidRequest("The 'record_id' field is not for a create, which has no record yet.")
    return { action: action as HookAction, record: null, input: given ?? sample, rules: rule }
  }
  if (typeof asked.record_id !== 'number')
    throw invalidRequest(`The 'record_id' field is required: the id of the ${name} that the test is about.`)
  const { resource } = await get(context, actor, asked.record_id)
  const usual = verb === 'publish' ? { status: 'published' } : {}
  return { action: action as HookAction, record: resource, input: given ?? usual, rules: rule }
}
