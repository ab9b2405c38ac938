import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Clock } from '../../src/lib/clock.ts'
import type { Limiter } from '../../src/limiter/limiter.ts'
import { TestClock } from '../harness.ts'

/** What every implementation of the limiter keeps. @param make a limiter without windows that tells the time by the clock */
export function limiterContract(name: string, make: (clock: Clock) => Promise<Limiter>): void {
  const using = (title: string, run: (limiter: Limiter, clock: TestClock) => Promise<void>) =>
    test(`${name}: ${title}`, async () => {
      const clock = new TestClock('2026-01-15T08:30:00.250Z')
      const limiter = await make(clock)
      try {
        await run(limiter, clock)
      } finally {
        await limiter.close()
      }
    })

  using('counts down to the limit, then refuses without going below zero', async (limiter) => {
    const taken = []
    for (let i = 0; i < 5; i++) taken.push(await limiter.take('a', 3))
    assert.deepEqual(
      taken.map(({ allowed, limit, remaining }) => [allowed, limit, remaining]),
      [
        [true, 3, 2],
        [true, 3, 1],
        [true, 3, 0],
        [false, 3, 0],
        [false, 3, 0],
      ],
    )
  })

  using(
    'ends a window at a whole second, within a minute, the same for all of it',
    async (limiter, clock) => {
      const resets = new Set<number>()
      for (let i = 0; i < 6; i++) {
        resets.add((await limiter.take('a', 3)).resetAtMs)
        clock.advance(9_990)
      }
      assert.deepEqual([...resets], [Date.parse('2026-01-15T08:31:00Z')])
    },
  )

  using('refuses until the last millisecond of a window, and allows at its end', async (limiter, clock) => {
    const { resetAtMs } = await limiter.take('a', 1)
    clock.advance(resetAtMs - 1 - clock.now())
    assert.equal((await limiter.take('a', 1)).allowed, false)
    clock.advance(1)
    const next = await limiter.take('a', 1)
    assert.equal(next.allowed, true)
    assert.equal(next.resetAtMs, resetAtMs + 60_000)
  })

  using(
    'never shuts a caller out for longer than a window, whatever the time is set to',
    async (limiter, clock) => {
      for (const step of [-2 * 3_600_000, 2 * 3_600_000, -30_000, 30_000, -86_400_000]) {
        while ((await limiter.take('a', 3)).allowed);
        clock.step(step)
        const { resetAtMs } = await limiter.take('a', 3)
        const leftMs = resetAtMs - clock.now()
        assert.ok(leftMs > 0 && leftMs <= 62_000, `${step}: ${leftMs} ms are left`)
        clock.advance(leftMs)
        assert.equal((await limiter.take('a', 3)).allowed, true, String(step))
      }
    },
  )

  using('opens a window at the first request after a pause, not at a multiple', async (limiter, clock) => {
    await limiter.take('a', 1)
    clock.advance(100_000)
    const { resetAtMs } = await limiter.take('a', 1)
    assert.equal(resetAtMs, Math.floor(clock.now() / 1_000) * 1_000 + 60_000)
  })

  using('keeps keys apart', async (limiter) => {
    assert.equal((await limiter.take('a', 1)).allowed, true)
    assert.equal((await limiter.take('a', 1)).allowed, false)
    assert.equal((await limiter.take('b', 1)).allowed, true)
    assert.equal((await limiter.take('a:b', 1)).allowed, true)
  })

  using('allows exactly the limit to requests at the same time', async (limiter) => {
    const taken = await Promise.all(Array.from({ length: 500 }, () => limiter.take('a', 123)))
    assert.equal(taken.filter(({ allowed }) => allowed).length, 123)
    assert.equal(new Set(taken.map(({ resetAtMs }) => resetAtMs)).size, 1)
  })

  using('holds a limit that changes within a window against what was used', async (limiter) => {
    for (let i = 0; i < 3; i++) await limiter.take('a', 10)
    const lower = await limiter.take('a', 2)
    assert.deepEqual([lower.allowed, lower.limit, lower.remaining], [false, 2, 0])
    const higher = await limiter.take('a', 5)
    assert.deepEqual([higher.allowed, higher.limit, higher.remaining], [true, 5, 1])
  })
}
