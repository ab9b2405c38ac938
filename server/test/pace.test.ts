import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Crowded } from '../src/lib/bounded-queue.ts'
import { Pace, processorMsSince } from '../src/lib/pace.ts'

function work(ms: number): void {
  const before = process.threadCpuUsage()
  while (processorMsSince(before) < ms);
}

/** Blocks the thread as a commit does that waits for the disk. */
function blockFor(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}

test('each tick of the event loop does one piece of heavy work, in turns of the callers', async () => {
  const pace = new Pace()
  const order: string[] = []
  const works = ['a', 'a', 'a', 'b'].map(async (caller) => {
    await pace.turn({ key: caller })
    // What follows without a wait belongs to the piece.
    await Promise.resolve()
    order.push(caller)
    work(6)
  })
  // Each looks in between two turns, as a request that has come in meanwhile would.
  for (let i = 0; i < 4; i++) await new Promise((resolve) => setImmediate(() => resolve(order.push('other'))))
  await Promise.all(works)
  assert.deepEqual(order, ['a', 'other', 'b', 'other', 'a', 'other', 'a', 'other'])
})

test('short pieces share a tick of the event loop', async () => {
  const pace = new Pace()
  let turns = 0
  const count = () => {
    turns++
    if (pace.waiting > 0) setImmediate(count)
  }
  const pieces = Array.from({ length: 100 }, () => pace.turn({ key: 'a' }))
  setImmediate(count)
  await Promise.all(pieces)
  assert.ok(turns < 10, `${turns} turns`)
})

test('a tick of the event loop is tired after a while, and the next one is fresh', async () => {
  const pace = new Pace()
  assert.equal(pace.isTired, false)
  assert.equal(pace.isFree, true)
  work(6)
  assert.equal(pace.isTired, true)
  assert.equal(pace.isFree, false)
  await new Promise(setImmediate)
  assert.equal(pace.isTired, false)
})

test('a tick that waits for the disk is tired later than one that works', async () => {
  const pace = new Pace()
  const began = performance.now()
  assert.equal(pace.isTired, false)
  blockFor(8)
  // A busy machine may block it for longer.
  assert.equal(pace.isTired, performance.now() - began > 20)
  blockFor(20)
  assert.equal(pace.isTired, true)
})

test('new work does not overtake work that waits', async () => {
  const pace = new Pace()
  const turn = pace.turn({ key: 'a' })
  assert.equal(pace.isTired, false)
  assert.equal(pace.isFree, false)
  await turn
})

test('work of a caller who disconnects leaves the queue and does not run', async () => {
  const pace = new Pace()
  const leaving = new AbortController()
  const turn = pace.turn({ key: 'a', gone: leaving.signal })
  const refused = assert.rejects(turn, /the caller has left/)
  assert.equal(pace.waiting, 1)
  leaving.abort(new Error('the caller has left'))
  assert.equal(pace.waiting, 0)
  await refused
  await assert.rejects(pace.turn({ key: 'a', gone: leaving.signal }), /the caller has left/)
})

test('a caller can fill their own part of the queue, but not that of others', async () => {
  const pace = new Pace()
  const turns = Array.from({ length: 2_000 }, () => pace.turn({ key: 'a' }))
  await assert.rejects(pace.turn({ key: 'a' }), (error) => error instanceof Crowded && error.byCaller)
  await Promise.all([...turns, pace.turn({ key: 'b' })])
  assert.equal(pace.waiting, 0)
})
