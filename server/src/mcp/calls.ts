import { randomBytes } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { missingScope } from '../access/caller.ts'
import { toolCallMs } from '../api/limits.ts'
import type { Context } from '../context.ts'
import { callerKey } from '../http/caller.ts'
import type { App } from '../http/pipeline.ts'
import { wordOf } from '../resource/naming.ts'
import { isObject } from './protocol.ts'
import { data, refused, said, type ToolResult } from './results.ts'
import { limitMax, repeatableKey, type Tool } from './tools.ts'
import { canAsk } from './versions.ts'

type Arguments = Readonly<Record<string, unknown>>

/** What a tool refuses, in a sentence for the assistant. */
class Refused extends Error {}

interface Reply {
  body: unknown
  etag: string | undefined
  /** It is the response to an earlier request with the same key. */
  isRepeated: boolean
}

interface Sent {
  query?: Record<string, string>
  payload?: object
  ifMatch?: string | undefined
  idempotencyKey?: string | undefined
}

/** A call under way. */
interface Calling {
  send: Send
  tool: Tool
  given: Arguments
  /** Where the protocol lets a call ask the person. */
  params: Record<string, unknown> | undefined
  vault: Context['vault']
  caller: string
}

type Send = (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, sent?: Sent) => Promise<Reply>

/**
 * Calls a tool, by requests to the API that take the way of every other: with the key or token of the caller, under its
 * limits, and from its address.
 * @param params where the protocol lets a call ask the person
 */
export async function callTool(
  app: App,
  { vault }: Pick<Context, 'vault'>,
  request: FastifyRequest,
  tool: Tool,
  given: Arguments,
  params: Record<string, unknown> | undefined,
): Promise<object> {
  const principal = request.principal()
  const missing = tool.scopes.find((scope) => !principal.scopes.has(scope))
  if (missing !== undefined) return refused(missingScope(missing, 'This tool', principal).details)
  const signal = AbortSignal.timeout(toolCallMs)
  try {
    const send = sending(app, request, signal)
    return await run({ send, tool, given, params, vault, caller: callerKey(request) })
  } catch (error) {
    if (error instanceof Refused) return refused(error.message)
    if (!signal.aborted) throw error
    return refused(
      `The call took longer than ${toolCallMs / 1_000} s. A change may have been carried out: read the record before you call again.`,
    )
  }
}

function sending(app: App, { headers, ip, id }: FastifyRequest, signal: AbortSignal): Send {
  const { authorization, 'x-api-key': key } = headers
  return async (method, url, { query, payload, ifMatch, idempotencyKey } = {}) => {
    const response = await app.inject({
      method,
      url,
      remoteAddress: ip,
      signal,
      ...(query ? { query } : {}),
      ...(payload ? { payload } : {}),
      headers: {
        'x-request-id': id,
        ...(authorization === undefined ? {} : { authorization }),
        ...(key === undefined ? {} : { 'x-api-key': key }),
        ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }),
        ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
      },
    })
    const body: unknown = response.body === '' ? undefined : response.json()
    if (response.statusCode >= 400) throw new Refused(sentenceOf(body, response.statusCode))
    const { etag, 'idempotency-replayed': replayed } = response.headers
    return { body, etag: typeof etag === 'string' ? etag : undefined, isRepeated: replayed === 'true' }
  }
}

function sentenceOf(body: unknown, status: number): string {
  const error = isObject(body) && isObject(body.error) ? body.error : {}
  return `${error.message ?? 'The request failed'}: ${error.details ?? status} (${error.code ?? status})`
}

async function run(calling: Calling) {
  const { send, tool, given } = calling
  const { kind, path, noun, resource, fields } = tool
  switch (kind) {
    case 'list': {
      requireKnown(tool, given, Object.keys(fields))
      const query = queryOf(given)
      if (Number(query.limit) > limitMax)
        throw new Refused(`The argument 'limit' may be at most ${limitMax}; read page by page.`)
      const { body } = await send('GET', path, { query })
      return data(`A page of ${wordOf(resource)}.`, body, { isList: true })
    }
    case 'create':
      return create(calling)
    case 'get': {
      requireKnown(tool, given, ['id', 'from'])
      const from = given.from ?? 0
      if (!Number.isSafeInteger(from) || (from as number) < 0)
        throw new Refused("The argument 'from' is the number of a character, from 0.")
      const { body, etag } = await send('GET', addressOf(tool, given))
      return data(`The ${noun}; its etag is ${etag}.`, body, { from: from as number })
    }
    case 'update': {
      requireKnown(tool, given, ['id', 'changes', 'if_match'])
      const { changes } = given
      if (!isObject(changes)) throw new Refused("The argument 'changes' is an object with the new values.")
      requireKnown(tool, changes, Object.keys(fields))
      return change(send, tool, given, changes, `The ${noun} was changed.`)
    }
    case 'publish':
      requireKnown(tool, given, ['id', 'if_match'])
      return change(send, tool, given, { status: 'published' }, `The ${noun} was published.`)
    case 'delete':
      requireKnown(tool, given, ['id', 'confirm', 'if_match'])
      return remove(calling)
  }
}

/** With a key, the same call makes a record once, however often it is repeated. */
async function create({ send, tool, given, vault, caller }: Calling) {
  const { path, noun, resource, fields } = tool
  const key = repeatableKey in fields ? undefined : given[repeatableKey]
  if (key !== undefined && (typeof key !== 'string' || !/^[\x21-\x7e]{1,200}$/.test(key)))
    throw new Refused(
      `The argument '${repeatableKey}' is 1 to 200 letters and digits without spaces, such as a UUID.`,
    )
  requireKnown(tool, given, [...Object.keys(fields), repeatableKey])
  const { [repeatableKey]: _, ...sent } = given
  const secret =
    key === undefined ? randomBytes(24).toString('base64url') : vault.fingerprint(`mcp ${caller} ${key}`)
  const payload = { ...(key === undefined ? given : sent), ...resource.assisted?.filled?.(secret) }
  const { body, etag, isRepeated } = await send('POST', path, { payload, idempotencyKey: key })
  if (!isRepeated) return changed(`The ${noun} was created.`, body, etag)
  return changed(
    `An earlier call with this ${repeatableKey} created the ${noun}, and this one changed nothing.`,
    body,
    etag,
  )
}

async function change(send: Send, tool: Tool, given: Arguments, payload: object, done: string) {
  const sent = { payload, ifMatch: ifMatchOf(given) }
  const { body, etag } = await send('PATCH', addressOf(tool, given), sent)
  return changed(done, body, etag)
}

/** A caller who may not read the record is shown nothing of it. */
function changed(done: string, body: unknown, etag: string | undefined): ToolResult {
  if (body === undefined) return said(done)
  return data(`${done} Its etag is ${etag}.`, body, { isList: true })
}

/** Deletes the record that was named, as it was when its name was read, and no other. */
async function remove({ send, tool, given, params, vault }: Calling) {
  const path = addressOf(tool, given)
  const { body, etag } = await send('GET', path)
  const namedBy = tool.resource.assisted?.namedBy ?? 'id'
  const name = String(isObject(body) ? body[namedBy] : given.id)
  const asked = params && canAsk(params) ? params : undefined
  const answer = asked ? answerIn(asked) : given.confirm
  const shown = asked && answer !== undefined ? shownIn(asked, path, vault) : etag
  // Also where the answer is to a question about something else, or about the record as it was.
  if (asked && (answer === undefined || shown === undefined || (shown !== etag && answer !== '')))
    return { ...question(tool, namedBy, name), requestState: stateOf(path, etag, vault) }
  if (answer !== name) {
    if (asked) throw new Refused(`The person did not confirm it; the ${tool.noun} is still there.`)
    // The name is a text of the record, too.
    const intro = `Nothing was deleted. Ask the person whether to delete the ${tool.noun} ${given.id}, whose ${namedBy} is below; if so, call again with it as 'confirm', and with ${etag} as 'if_match'.`
    return { ...data(intro, { [namedBy]: name }), isError: true as const }
  }
  await send('DELETE', path, { ifMatch: ifMatchOf(given) ?? etag })
  return said(`The ${tool.noun} ${given.id} was deleted.`)
}

const stateContext = 'mcp deletion'

/** What the person is asked about. The client gives it back with the answer; nothing is kept here. */
function stateOf(path: string, etag: string | undefined, vault: Context['vault']): string {
  return vault.seal(JSON.stringify({ path, etag }), stateContext)
}

/** The etag of the record that the person was shown; undefined where the question was another one. */
function shownIn({ requestState }: Record<string, unknown>, path: string, vault: Context['vault']) {
  try {
    const state: Record<string, unknown> = JSON.parse(vault.open(String(requestState), stateContext))
    return state.path === path && typeof state.etag === 'string' ? state.etag : undefined
  } catch {
    return undefined
  }
}

/** The client asks its person, and calls again with the answer. */
function question(tool: Tool, namedBy: string, name: string): object {
  const message = `Delete the ${tool.noun} ${JSON.stringify(name)}? Type its ${namedBy} to confirm.`
  const requestedSchema = {
    type: 'object',
    properties: { confirm: { type: 'string', title: `The ${namedBy} of the ${tool.noun}` } },
    required: ['confirm'],
  }
  return {
    resultType: 'input_required',
    inputRequests: {
      confirm: { method: 'elicitation/create', params: { mode: 'form', message, requestedSchema } },
    },
  }
}

/** Undefined: not asked yet. Empty: the person declined. */
function answerIn({ inputResponses }: Record<string, unknown>): string | undefined {
  if (!isObject(inputResponses) || !isObject(inputResponses.confirm)) return undefined
  const { action, content } = inputResponses.confirm
  return action === 'accept' && isObject(content) && typeof content.confirm === 'string'
    ? content.confirm
    : ''
}

/** @throws Refused */
function addressOf({ path, noun }: Tool, { id }: Arguments): string {
  if (Number.isSafeInteger(id) && (id as number) > 0) return `${path}/${id}`
  throw new Refused(`The argument 'id' is the number of the ${noun}.`)
}

function ifMatchOf({ if_match: given }: Arguments): string | undefined {
  if (given === undefined || typeof given === 'string') return given
  throw new Refused("The argument 'if_match' is the etag of the record, a text.")
}

/** @throws Refused */
function requireKnown({ name }: Tool, given: Arguments, known: readonly string[]): void {
  const other = Object.keys(given).find((key) => !known.includes(key))
  if (other === undefined) return
  throw new Refused(`The tool '${name}' has no field '${other.slice(0, 100)}'; it has: ${known.join(', ')}.`)
}

/** @throws Refused */
function queryOf(given: Arguments): Record<string, string> {
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => {
      if (typeof value === 'object') throw new Refused(`The argument '${name}' is one value, not an object.`)
      return [name, String(value)]
    }),
  )
}
