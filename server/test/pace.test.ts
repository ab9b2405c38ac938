import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Pace } from '../src/lib/pace.ts'

test('one piece of heavy work is done in each turn of the event loop, and callers take turns', async () => {
  const pace = new Pace()
  const order: string[] = []
  const works = ['a', 'a', 'a', 'b'].map((caller) => pace.turn(caller).then(() => order.push(caller)))
  // Each looks in between two turns, as a request that has come in meanwhile would.
  for (let i = 0; i < 4; i++) await new Promise((resolve) => setImmediate(() => resolve(order.push('other'))))
  await Promise.all(works)
  assert.deepEqual(order, ['a', 'other', 'b', 'other', 'a', 'other', 'a', 'other'])
})

test('a turn of the event loop is tired after a while, and the next one is fresh', async () => {
  const pace = new Pace()
  assert.equal(pace.isTired, false)
  const began = performance.now()
  while (performance.now() - began < 10);
  assert.equal(pace.isTired, true)
  await new Promise(setImmediate)
  assert.equal(pace.isTired, false)
})
