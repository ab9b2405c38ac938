import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Crowded } from '../src/lib/bounded-queue.ts'
import { Pace } from '../src/lib/pace.ts'

function work(ms: number): void {
  const began = performance.now()
  while (performance.now() - began < ms);
}

test('one piece of heavy work is done in each turn of the event loop, and callers take turns', async () => {
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

test('pieces that take little share a turn of the event loop', async () => {
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

test('a turn of the event loop is tired after a while, and the next one is fresh', async () => {
  const pace = new Pace()
  assert.equal(pace.isTired, false)
  assert.equal(pace.isFree, true)
  work(6)
  assert.equal(pace.isTired, true)
  assert.equal(pace.isFree, false)
  await new Promise(setImmediate)
  assert.equal(pace.isTired, false)
})

test('nobody goes before those who wait', async () => {
  const pace = new Pace()
  const turn = pace.turn({ key: 'a' })
  assert.equal(pace.isTired, false)
  assert.equal(pace.isFree, false)
  await turn
})

test('whoever leaves is taken out of the queue, and does nothing', async () => {
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

test('one caller fills their own part of the queue, and not that of others', async () => {
  const pace = new Pace()
  const turns = Array.from({ length: 2_000 }, () => pace.turn({ key: 'a' }))
  await assert.rejects(pace.turn({ key: 'a' }), (error) => error instanceof Crowded && error.byCaller)
  await Promise.all([...turns, pace.turn({ key: 'b' })])
  assert.equal(pace.waiting, 0)
})
