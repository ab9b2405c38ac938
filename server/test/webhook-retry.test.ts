import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toInstant } from '../src/lib/timestamps.ts'
import { afterFailure, afterSuccess, circuitOf, freeOf, fresh, isGivenUp } from '../src/sending/health.ts'
import type { Outcome } from '../src/sending/outcome.ts'
import { pace } from '../src/sending/pace.ts'
import { retryDelay } from '../src/sending/retry.ts'

const schedule = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400]
const nowMs = Date.parse('2026-01-15T08:30:00Z')
const hourMs = 3_600_000

const answered = (status: number, headers: Record<string, string> = {}): Outcome => ({
  kind: 'responded',
  status,
  headers,
  body: '',
  bodyTruncated: false,
  durationMs: 1,
})
const failed = (reason: 'timeout' | 'refused'): Outcome => ({ kind: 'failed', reason, durationMs: 1 })
const delay = (attempts: number, outcome: Outcome, random = 0.5) =>
  retryDelay(attempts, outcome, nowMs, schedule, random)

test('the pauses are those of the schedule, up to a fifth shorter or longer, and the tenth attempt is the last', () => {
  for (const [i, seconds] of schedule.entries()) {
    assert.equal(delay(i + 1, answered(500)), seconds * 1_000)
    assert.equal(delay(i + 1, answered(500), 0), seconds * 800)
    assert.equal(delay(i + 1, answered(500), 1), seconds * 1_200)
  }
  assert.equal(delay(10, answered(500)), undefined)
})

test('a receiver that is overloaded is left alone for a minute at least', () => {
  for (const outcome of [answered(429), answered(502), answered(504), failed('timeout')])
    assert.equal(delay(1, outcome), 60_000)
  for (const outcome of [answered(500), answered(503), answered(301), failed('refused')])
    assert.equal(delay(1, outcome), 5_000)
  assert.equal(delay(2, answered(429)), 300_000, 'a longer pause stands')
  assert.equal(
    retryDelay(1, answered(429), nowMs, [0.1, 0.2], 0.5),
    200,
    'a schedule that is shorter means it',
  )
})

test('Retry-After is honoured from the scheduled pause on, up to twice that or 15 minutes', () => {
  const after = (attempts: number, value: string) => delay(attempts, answered(503, { 'retry-after': value }))
  assert.equal(after(1, '120'), 120_000)
  assert.equal(after(1, '1'), 5_000)
  assert.equal(after(1, '86400'), 900_000)
  assert.equal(after(4, '86400'), 14_400_000)
  assert.equal(after(1, 'Thu, 15 Jan 2026 08:32:00 GMT'), 120_000)
  assert.equal(after(1, 'Thu, 15 Jan 2026 08:00:00 GMT'), 5_000)
  assert.equal(after(1, 'soon'), 5_000)
})

const working = { ...fresh, last_success_at: null, last_failure_at: null, concurrency: 5 }
const failing = (times: number, at = nowMs) => {
  let health = working as Parameters<typeof freeOf>[0]
  for (let i = 0; i < times; i++) health = afterFailure(health, at)
  return health
}

test('the fifth failure in a row opens the circuit for 30 s, then 60 s, up to 15 minutes', () => {
  assert.equal(circuitOf(failing(4), nowMs), 'closed')
  let health = failing(5)
  let atMs = nowMs
  for (const openMs of [30_000, 60_000, 120_000, 240_000, 480_000, 900_000, 900_000]) {
    assert.equal(circuitOf(health, atMs), 'open')
    assert.equal(freeOf(health, 0, atMs), 0)
    assert.equal(circuitOf(health, atMs + openMs - 1), 'open')
    atMs += openMs
    assert.equal(circuitOf(health, atMs), 'half_open')
    assert.deepEqual([freeOf(health, 0, atMs), freeOf(health, 1, atMs)], [1, 0], 'one probe')
    health = afterFailure(health, atMs)
  }
  const closed = afterSuccess(health, atMs)
  assert.deepEqual([circuitOf(closed, atMs), freeOf(closed, 0, atMs), closed.circuit_trips], ['closed', 5, 0])
})

test('a function of an extension has one call at a time only from the first open circuit on', () => {
  const freeAfter = (failures: number, url: string, atMs = nowMs) =>
    freeOf({ ...failing(failures), url }, 1, atMs)
  const both = ['https://example.org/hook', 'extension:odd/user.created'] as const
  assert.deepEqual(
    both.map((url) => freeAfter(0, url)),
    [4, 4],
  )
  assert.deepEqual(
    both.map((url) => freeAfter(1, url)),
    [0, 4],
  )
  assert.deepEqual(
    both.map((url) => freeAfter(5, url)),
    [0, 0],
  )
  assert.deepEqual(
    both.map((url) => freeAfter(5, url, nowMs + 30_000)),
    [0, 0],
    'the probe is under way',
  )
})

test('failures that come in while the circuit is open do not prolong it', () => {
  const opened = failing(5)
  assert.equal(afterFailure(opened, nowMs + 1_000).circuit_open_until, opened.circuit_open_until)
})

test('a receiver in trouble gets one delivery at a time', () => {
  assert.equal(freeOf(working, 3, nowMs), 2)
  assert.deepEqual([freeOf(failing(1), 0, nowMs), freeOf(failing(1), 1, nowMs)], [1, 0])
})

test('a receiver is given up after five days of failures alone, and ten of them', () => {
  const long = { ...failing(10), failing_since: toInstant(nowMs - 120 * hourMs) }
  assert.equal(isGivenUp(long, nowMs), true)
  assert.equal(isGivenUp(long, nowMs - 1), false)
  assert.equal(isGivenUp({ ...long, consecutive_failures: 9 }, nowMs), false)
  assert.equal(isGivenUp(afterSuccess(long, nowMs), nowMs), false)
})

test('a working receiver is noted once a second, not for each delivery', () => {
  const noted = afterSuccess(working, nowMs)
  assert.equal(afterSuccess(noted, nowMs + 999), noted)
  assert.notEqual(afterSuccess(noted, nowMs + 1_000), noted)
})

test('a rate limit lets through what it promises over any span, and a burst of one second', () => {
  assert.deepEqual(pace(null, null, 7, nowMs), { allowed: 7, throttledUntil: null })
  for (const [perMinute, burst] of [
    [1, 1],
    [60, 1],
    [600, 10],
    [6_000, 100],
  ] as const) {
    let until: string | null = null
    let sent = 0
    for (let atMs = nowMs; atMs <= nowMs + 60_000; atMs += 50) {
      const paced = pace(perMinute, until, 1_000, atMs)
      until = paced.throttledUntil
      sent += paced.allowed
      if (atMs === nowMs) assert.equal(sent, burst, `${perMinute} a minute: at once`)
    }
    assert.ok(sent >= perMinute * 0.9 && sent <= perMinute + burst, `${perMinute} a minute: ${sent}`)
  }
})
