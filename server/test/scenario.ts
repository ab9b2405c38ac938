import assert from 'node:assert/strict'
import type { Answer, CallOptions, Json, TestServer } from './harness.ts'
import { type AuditRow, type Event, leftBehind } from './left-behind.ts'

/**
 * In place of a value that a test cannot know, a pattern may stand, or a function that says whether the value is a right
 * one.
 */
type Expected<T> = { [Name in keyof T]?: T[Name] | RegExp | ((value: never) => boolean) }

export const anId = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) > 0

export interface Scenario {
  /** Sent with the key of the scenarios, unless it says otherwise. */
  request: CallOptions & {
    method: string
    path: string
    /** A person who is signed in, or nobody. */
    by?: Pick<TestServer, 'call'> | 'nobody'
  }
  status: number
  /** The whole body; undefined where there is none. */
  body: unknown
  /** All events, in order, each with some or all of its fields. */
  events: readonly (Expected<Event> & { type: string })[]
  /** The same of the rows of the audit log. */
  audit: readonly (Expected<AuditRow> & { action: string })[]
}

export type Play = (scenario: Scenario) => Promise<Answer>

/**
 * @param succeeded is told of each request that was answered 2xx
 * @returns a function that makes a request and compares the response, and all that the request left behind
 */
export function scenariosOn(
  server: TestServer,
  key: string,
  succeeded: (method: string, path: string) => void = () => {},
): Play {
  const newOnes = leftBehind(server)
  return async ({ request, status, body, events, audit }) => {
    const { method, path, by, ...options } = request
    const caller = by === 'nobody' || by === undefined ? server : by
    await newOnes()
    const response = await caller.call(method, path, by === undefined ? { key, ...options } : options)
    const left = await newOnes()
    assert.equal(response.status, status, response.text)
    assertMatches(response.body, body)
    assert.deepEqual(
      left.events.map(({ type }) => type),
      events.map(({ type }) => type),
    )
    assert.deepEqual(
      left.audit.map(({ action }) => action),
      audit.map(({ action }) => action),
    )
    for (const [i, expected] of events.entries()) assertContains(left.events[i], expected)
    for (const [i, expected] of audit.entries()) {
      const whose = { ip: '127.0.0.1', requestId: response.headers.get('x-request-id') }
      assertContains(left.audit[i], { ...whose, ...expected })
    }
    if (status < 300) succeeded(method, path)
    return response
  }
}

/** Holds a value against what is expected, in which matchers may stand anywhere. */
function assertMatches(actual: unknown, expected: unknown): void {
  assert.deepEqual(actual, filledIn(expected, actual))
}

/** The same for some of the fields of an object, in any depth. */
function assertContains(actual: unknown, expected: object): void {
  assert.partialDeepStrictEqual(actual, filledIn(expected, actual))
}

/** What is expected, with each matcher that the actual value satisfies replaced by that value. */
function filledIn(expected: unknown, actual: unknown): unknown {
  if (expected instanceof RegExp)
    return typeof actual === 'string' && expected.test(actual) ? actual : expected
  if (typeof expected === 'function') return expected(actual) ? actual : expected
  if (expected === null || typeof expected !== 'object') return expected
  if (Array.isArray(expected)) return expected.map((one, i) => filledIn(one, (actual as Json)?.[i]))
  return Object.fromEntries(
    Object.entries(expected).map(([name, one]) => [name, filledIn(one, (actual as Json)?.[name])]),
  )
}
