import assert from 'node:assert/strict'
import { Ajv } from 'ajv'
import type { Answer } from '../harness.ts'
import { assertOAuthRefused, assertRefused } from '../refusals.ts'
import type { Operation } from './operations.ts'
import type { Planned } from './requests.ts'

/** Instants are written in one way only; an address is whatever was taken before. */
const answerSchemas = new Ajv({
  strict: false,
  allErrors: true,
  formats: {
    password: true,
    int64: true,
    uri: true,
    email: /^[^@]+@[^@]+$/,
    'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/,
  },
})

/** What the contract promises of every answer. @returns what was broken, a sentence each */
export function brokenPromises(planned: Planned, answer: Answer): string[] {
  const checks = [notAFailure, known, wellFormed, inItsShape, refusedInItsWords, withItsHeaders, shapeDecides]
  return checks.flatMap((check) => {
    try {
      check(planned, answer)
      return []
    } catch (error) {
      return [`${check.name}: ${error instanceof Error ? error.message : String(error)}`]
    }
  })
}

function notAFailure(_: Planned, { status, text }: Answer): void {
  // The URLs of hooks are made up as well: nobody responds there.
  const isOfHook = status === 503 && /"details":"(items\.\d+: )?Hook \d+, which has to allow/.test(text)
  assert.ok(status < 500 || isOfHook, `${status} ${text}`)
}

/** Node refuses a request head of more than 16 KiB before there is a route. */
const addressMax = 14_000

function known({ operation, method, url }: Planned, { status, text }: Answer): void {
  if (status === 431 && url.length > addressMax) return
  if (operation === undefined) {
    // A body, a broken encoding and a foreign preflight are told before the address is looked for.
    const isAnswered = [404, 405, 400].includes(status) || (method === 'OPTIONS' && status === 204)
    assert.ok(isAnswered, `${status} where nothing is: ${text}`)
    return
  }
  assert.ok(operation.answers.has(status), `${status} is not documented: ${text.slice(0, 300)}`)
}

function wellFormed(_: Planned, { status, headers, text }: Answer): void {
  // Of what was compressed it is the length of other bytes, which Node's client has held against it.
  const length = headers.has('content-encoding') ? null : headers.get('content-length')
  if (length !== null && status !== 304) assert.equal(Number(length), Buffer.byteLength(text))
  if (status === 204 || status === 304) assert.equal(text, '')
  for (const [name, value] of headers) assert.doesNotMatch(value, /[^\t\x20-\x7e\x80-\xff]/, name)
}

function inItsShape({ operation }: Planned, { status, headers, text, body }: Answer): void {
  const types = operation?.answers.get(status)
  if (types === undefined) return
  const type = headers.get('content-type')?.split(';', 1)[0] ?? ''
  if (types.size === 0) {
    assert.equal(text, '')
    return
  }
  assert.ok(types.has(type), `the answer is ${type || 'of no type'}`)
  const schema = types.get(type)
  if (type !== 'application/json' || schema === undefined) return
  assert.ok(answerSchemas.validate(schema, body), `${answerSchemas.errorsText()}: ${text.slice(0, 300)}`)
}

function refusedInItsWords({ operation, path }: Planned, answer: Answer): void {
  const { status, headers } = answer
  if (status < 400) return
  if (operation?.isOauth ?? path.startsWith('/api/v1/oauth/')) {
    assertOAuthRefused(answer, status, answer.body?.error, /^.+\.$/)
    return
  }
  if (operation && !operation.isApi) return
  assertRefused(answer, status, /^.+[.)]$|^The '.+' (field|query parameter) is required$/s)
  if (status === 401) assert.ok(headers.get('www-authenticate'), 'WWW-Authenticate is missing')
  if (status === 405) assert.match(headers.get('allow') ?? '', /^[A-Z]+(, [A-Z]+)*$/)
}

function withItsHeaders(
  { operation, path, method, headers: sent }: Planned,
  { status, headers }: Answer,
): void {
  const sentId = sent['x-request-id'] ?? ''
  const id = headers.get('x-request-id') ?? ''
  assert.match(id, /^[\x21-\x7e]{1,200}$/, 'X-Request-Id')
  if (/^[A-Za-z0-9-]{1,64}$/.test(sentId)) assert.equal(id, sentId, 'X-Request-Id is another one')
  if (path.startsWith('/api/v1/')) {
    for (const name of ['limit', 'remaining', 'reset'])
      assert.match(headers.get(`x-ratelimit-${name}`) ?? '', /^\d+$/, `X-RateLimit-${name}`)
  }
  if (operation === undefined) return
  if (status === 304) assert.match(headers.get('etag') ?? '', /^(W\/)?"[^"]+"$/, 'ETag')
  if (isOneResource(operation, status) || status === 412)
    assert.match(headers.get('etag') ?? '', /^"[^"]+"$/, 'ETag')
  if (status === 201 && method === 'POST' && operation.path !== '/api/v1/session')
    assert.match(headers.get('location') ?? '', /^\/api\/v1\//, 'Location')
}

/** One thing at an address of its own, read, changed or made. A session shows when it ends: it is never the same twice. */
function isOneResource({ method, path }: Operation, status: number): boolean {
  const isItem = path.endsWith('}') || path === '/api/v1/me'
  return (isItem && status === 200) || (method === 'POST' && status === 201 && path !== '/api/v1/session')
}

/** The sentences with which a schema refuses, apart from the code that says them. */
const refusedByShape = /^The request (has an (invalid|unknown)|is missing a required) parameter$/

function shapeDecides({ operation, isWellShaped }: Planned, { status, body, text }: Answer): void {
  if (operation === undefined || operation.isOauth) return
  if (!isWellShaped) {
    // In a batch each item is refused by itself.
    const isRefused = status >= 400 || (operation.path.endsWith('/batch') && body.meta.failed > 0)
    assert.ok(isRefused, `${status} for what the schema refuses`)
    return
  }
  assert.doesNotMatch(body?.error?.message ?? '', refusedByShape, `refused, and the schema takes it: ${text}`)
}

const ofOneMoment = /^(date|connection|keep-alive|transfer-encoding|x-request-id|x-ratelimit-|ratelimit)/

/** HEAD is GET without the body; what a stream would be long it may leave open (RFC 9110 §9.3.2). */
export function headDiffers(get: Answer, head: Answer): string[] {
  const isOpen = !head.headers.has('content-length')
  const lasting = ({ headers }: Answer) =>
    [...headers].filter(([name]) => !ofOneMoment.test(name) && !(isOpen && name === 'content-length')).sort()
  try {
    assert.equal(head.text, '')
    assert.deepEqual(
      { status: head.status, headers: lasting(head) },
      { status: get.status, headers: lasting(get) },
    )
    return []
  } catch (error) {
    return [`HEAD differs from GET: ${String(error)}`]
  }
}
