import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Crowded } from '../src/lib/bounded-queue.ts'
import type { Caller } from '../src/lib/caller.ts'
import { Turns } from '../src/lib/turns.ts'

const bounds = {
  atOnceMax: 1,
  atOncePerCallerMax: 1,
  waitingMax: 6,
  waitingPerCallerMax: 4,
  waitMsMax: 60_000,
}

/** Things that end when the test says so, in the order in which they began. */
function begun() {
  const names: string[] = []
  const ends: (() => void)[] = []
  return {
    names,
    work: (name: string) => () => {
      names.push(name)
      return new Promise<string>((resolve) => ends.push(() => resolve(name)))
    },
    async endNext() {
      // What may begin has begun by then.
      await new Promise(setImmediate)
      const end = ends.shift()
      assert.ok(end, 'nothing runs')
      end()
      await new Promise(setImmediate)
    },
  }
}

test('callers take turns, however many one of them has waiting', async () => {
  const turns = new Turns('things', bounds)
  const { names, work, endNext } = begun()
  const all = [
    ...['a1', 'a2', 'a3', 'a4'].map((name) => turns.run({ key: 'a' }, work(name))),
    ...['b1', 'b2'].map((name) => turns.run({ key: 'b' }, work(name))),
    turns.run({ key: 'c' }, work('c1')),
  ]
  for (let i = 0; i < all.length; i++) await endNext()
  assert.deepEqual(await Promise.all(all), ['a1', 'a2', 'a3', 'a4', 'b1', 'b2', 'c1'])
  assert.deepEqual(names.slice(0, 3), ['a1', 'b1', 'c1'])
  for (const caller of ['a', 'b']) {
    const own = names.filter((name) => name.startsWith(caller))
    assert.deepEqual(own, own.toSorted(), 'each in its order')
  }
  assert.deepEqual([turns.running, turns.waiting], [0, 0])
})

test('a caller who has used little goes before one who has used much', async () => {
  const turns = new Turns('things', { ...bounds, waitingPerCallerMax: 6 })
  const order: string[] = []
  const costly = () =>
    turns.run({ key: 'costly' }, async () => {
      order.push('costly')
      const before = performance.now()
      while (performance.now() - before < 20);
    })
  const cheap = () => turns.run({ key: 'cheap' }, async () => void order.push('cheap'))
  await Promise.all([costly(), costly(), costly(), cheap(), cheap(), cheap()])
  assert.deepEqual(order, ['costly', 'cheap', 'cheap', 'cheap', 'costly', 'costly'])
})

test('no caller holds all places, and a free one goes to the caller with less usage', async () => {
  const turns = new Turns('things', { ...bounds, atOnceMax: 3, atOncePerCallerMax: 2 })
  const { names, work, endNext } = begun()
  const all = [
    ...['a1', 'a2', 'a3'].map((name) => turns.run({ key: 'a' }, work(name))),
    ...['b1', 'b2'].map((name) => turns.run({ key: 'b' }, work(name))),
  ]
  await new Promise(setImmediate)
  assert.deepEqual(names, ['a1', 'a2', 'b1'])
  await endNext()
  assert.deepEqual(names, ['a1', 'a2', 'b1', 'b2'])
  for (let i = 0; i < 4; i++) await endNext()
  assert.equal((await Promise.all(all)).length, 5)
})

test('waits are short while nothing ends, and longer but bounded while something does', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  // Whole milliseconds, or a timer that is due now would be due a fraction later.
  let nowMs = Math.round(performance.now())
  t.mock.method(performance, 'now', () => nowMs)
  const pass = (ms: number) => {
    nowMs += ms
    t.mock.timers.tick(ms)
  }
  const bounded = { ...bounds, waitingMax: 40, waitingPerCallerMax: 40, waitMsMax: 8_000, stallMsMax: 3_000 }
  const turns = new Turns('things', bounded)
  const { work, endNext } = begun()
  const outcomes = Array.from({ length: 12 }, (_, i) =>
    turns.run({ key: 'a' }, work(String(i))).then(
      () => 'done',
      (error) => (error instanceof Crowded ? 'turned away' : error),
    ),
  )
  // One ends each second: the queue moves, and after 8 s whoever is left is turned away.
  for (let i = 0; i < 8; i++) {
    pass(1_000)
    await endNext()
  }
  assert.equal(turns.waiting, 0)
  assert.deepEqual(await Promise.all(outcomes), [...Array(8).fill('done'), ...Array(4).fill('turned away')])

  const running = turns.run({ key: 'a' }, work('stands'))
  const waiting = turns.run({ key: 'a' }, work('waits')).catch((error) => error)
  pass(2_999)
  assert.equal(turns.waiting, 1)
  pass(1)
  assert.ok((await waiting) instanceof Crowded)
  await endNext()
  await running
})

test('what fails gives its place to the next one', async () => {
  const turns = new Turns('things', bounds)
  const failing = turns.run({ key: 'a' }, async () => {
    throw new Error('it failed')
  })
  const next = turns.run({ key: 'a' }, async () => 'done')
  await assert.rejects(failing, /it failed/)
  assert.equal(await next, 'done')
})

test('who has left before the turn came is passed over, and costs nothing', async () => {
  const turns = new Turns('things', bounds)
  const { names, work, endNext } = begun()
  const gone = new AbortController()
  const caller: Caller = { key: 'a', gone: gone.signal }
  const running = turns.run(caller, work('running'))
  const waiting = turns.run(caller, work('waiting'))
  const other = turns.run({ key: 'b' }, work('other'))
  gone.abort(new Error('the caller has left'))
  await assert.rejects(waiting, /the caller has left/)
  await assert.rejects(turns.run(caller, work('later')), /the caller has left/)
  await endNext()
  await endNext()
  assert.deepEqual([await running, await other], ['running', 'other'])
  assert.deepEqual(names, ['running', 'other'])
})

test('a full queue rejects the callers who filled it, and nobody else', async () => {
  const turns = new Turns('things', bounds)
  const { work, endNext } = begun()
  const as = (caller: string) => turns.run({ key: caller }, work(caller))
  const outcomes = Promise.allSettled(['a', 'a', 'a', 'a', 'a', 'b', 'b'].map(as))
  await assert.rejects(as('a'), (error) => error instanceof Crowded && error.byCaller)
  const late = as('c')
  assert.equal(turns.waiting, bounds.waitingMax)
  for (let i = 0; i < 7; i++) await endNext()
  const statuses = (await outcomes).map(({ status }) => status)
  assert.deepEqual(statuses, [...Array(4).fill('fulfilled'), 'rejected', 'fulfilled', 'fulfilled'])
  assert.equal(await late, 'c')

  const equal = Promise.allSettled(['r', '1', '2', '3', '4', '5', '6'].map(as))
  await assert.rejects(as('7'), (error) => error instanceof Crowded && !error.byCaller)
  for (let i = 0; i < 7; i++) await endNext()
  await equal
})

test('no wait exceeds the bound', async () => {
  const turns = new Turns('things', { ...bounds, waitMsMax: 20 })
  const { work, endNext } = begun()
  const running = turns.run({ key: 'a' }, work('a'))
  await assert.rejects(
    turns.run({ key: 'b' }, work('b')),
    (error) => error instanceof Crowded && !error.byCaller,
  )
  await endNext()
  assert.equal(await running, 'a')
})
