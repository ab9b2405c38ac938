import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FairQueue } from '../src/lib/fair-queue.ts'

function filled(...items: string[]): FairQueue<string> {
  const queue = new FairQueue<string>()
  for (const item of items) queue.add(item.charAt(0), item)
  return queue
}

function takeAll(queue: FairQueue<string>): string[] {
  return Array.from({ length: queue.size }, () => queue.take() ?? '')
}

test('callers take turns, each in its own order', () => {
  assert.deepEqual(takeAll(filled('a1', 'a2', 'a3', 'b1', 'b2')), ['a1', 'b1', 'a2', 'b2', 'a3'])
})

test('a costly turn is paid for, also by a caller who has nothing waiting when it ends', () => {
  const queue = filled('a1', 'b1', 'b2', 'b3')
  assert.equal(queue.take(), 'a1')
  queue.charge('a', 2.5)
  queue.add('a', 'a2')
  assert.deepEqual(takeAll(queue), ['b1', 'b2', 'b3', 'a2'])
})

test('leaving and coming back gains nothing', () => {
  const queue = filled('a1', 'a2', 'b1', 'b2')
  assert.equal(queue.take(), 'a1')
  assert.equal(queue.remove('a', 'a2'), true)
  assert.equal(queue.remove('a', 'a2'), false)
  queue.add('a', 'a3')
  assert.deepEqual(takeAll(queue), ['b1', 'a3', 'b2'])
})

test('a newcomer begins where the others are, neither before nor behind them', () => {
  const queue = filled('a1', 'a2', 'a3', 'b1', 'b2', 'b3')
  for (const item of ['a1', 'b1', 'a2']) assert.equal(queue.take(), item)
  queue.add('c', 'c1')
  queue.add('c', 'c2')
  assert.deepEqual(takeAll(queue), ['b2', 'c1', 'a3', 'b3', 'c2'])
})

test('an empty queue forgets who had how much', () => {
  const queue = filled('a1', 'b1')
  queue.charge('a', 1_000)
  takeAll(queue)
  queue.charge('a', 1_000)
  queue.add('a', 'a2')
  queue.add('b', 'b2')
  assert.deepEqual(takeAll(queue), ['a2', 'b2'])
})

test('a caller whose turn may not come is passed over, and does not set back the others', () => {
  const queue = filled('a1', 'b1', 'b2', 'b3')
  const notA = (caller: string) => caller !== 'a'
  assert.equal(queue.take(notA), 'b1')
  assert.equal(queue.take(notA), 'b2')
  assert.equal(queue.take(), 'a1')
  queue.add('c', 'c1')
  queue.add('c', 'c2')
  assert.deepEqual(takeAll(queue), ['c1', 'b3', 'c2'])
})
