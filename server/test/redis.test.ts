import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, test } from 'node:test'
import type { Clock } from '../src/lib/clock.ts'
import { createLog } from '../src/lib/log.ts'
import type { Limiter } from '../src/limiter/limiter.ts'
import { redisLimiter } from '../src/limiter/redis.ts'
import { limiterContract } from './contracts/limiter.ts'
import { postgresUrl } from './fresh-database.ts'
import { type Json, startServer, TestClock } from './harness.ts'
import { lacksRedis, type RedisServer, startRedis } from './redis-server.ts'
import { until } from './until.ts'

if (lacksRedis) test('rate limits through Redis', { skip: lacksRedis }, () => {})
else {
  limiterContract('redis', async (clock) => {
    const redis = await startRedis()
    return connected(redis, clock)
  })

  test('redis: two processes count in one window, which ends for both at the same instant', async () => {
    const redis = await startRedis()
    const clock = new TestClock()
    const [one, two] = [await connected(redis, clock), await connected(redis, clock)]
    const taken = await Promise.all(
      Array.from({ length: 300 }, (_, i) => (i % 2 === 0 ? one : two).take('credential:1', 100)),
    )
    assert.equal(taken.filter(({ allowed }) => allowed).length, 100)
    assert.deepEqual(
      taken
        .filter(({ allowed }) => allowed)
        .map(({ remaining }) => remaining)
        .sort((a, b) => a - b),
      Array.from({ length: 100 }, (_, i) => i),
      'each figure of what remains is told once',
    )
    assert.equal(new Set(taken.map(({ resetAtMs }) => resetAtMs)).size, 1)
  })

  test('redis: its clock need not be right, and unused windows expire', async () => {
    const redis = await startRedis()
    const limiter = await connected(redis, new TestClock('2031-01-15T08:30:00Z'))
    const { resetAtMs } = await limiter.take('a', 1)
    assert.equal(resetAtMs, Date.parse('2031-01-15T08:31:00Z'))
    const { createClient } = await import('@redis/client')
    const client = await createClient({ url: redis.url }).connect()
    const [key = ''] = await client.keys('*')
    assert.equal(key, 'comserv:window:a')
    const keptMs = await client.pTTL(key)
    assert.ok(keptMs > 60_000 && keptMs <= 120_000, String(keptMs))
    client.destroy()
  })

  test('redis: while it is down each process counts on its own and says so once, and shares windows again afterwards', async () => {
    const redis = await startRedis()
    const { limiter, logged } = withLog(redis.url)
    await until('Redis', () => limiter.isShared || undefined)
    assert.equal((await limiter.take('a', 2)).remaining, 1)
    await redis.kill()
    for (let i = 0; i < 20; i++) await limiter.take('a', 2)
    await until('the loss to be noticed', () => !limiter.isShared || undefined)
    assert.equal((await limiter.take('a', 2)).allowed, false, 'the limit holds')
    await redis.start()
    await until('Redis to be found again', () => limiter.isShared || undefined)
    assert.equal((await limiter.take('a', 2)).remaining, 1, 'what Redis counted is gone with it')
    assert.deepEqual(
      logged.map(({ level }) => level),
      ['info', 'warn', 'info'],
    )
  })

  test('redis: a process that is busy with itself for a while goes on counting together with the others', async () => {
    const redis = await startRedis()
    const clock = new TestClock()
    const [one, two] = [await connected(redis, clock), await connected(redis, clock)]
    const compute = () => {
      const untilMs = performance.now() + 400
      while (performance.now() < untilMs);
    }
    const taken: ReturnType<Limiter['take']>[] = []
    // Before the requests are sent, while they are on their way, and while the replies lie there.
    for (const stall of [compute, () => process.nextTick(compute), () => setImmediate(compute)]) {
      for (let i = 0; i < 10; i++) taken.push(one.take('a', 25), two.take('a', 25))
      stall()
      await Promise.all(taken)
    }
    const allowed = (await Promise.all(taken)).filter((one) => one.allowed)
    assert.equal(allowed.length, 25)
    assert.ok(one.isShared && two.isShared)
  })

  test('redis: the first requests of a process are counted together with those of the others', async () => {
    const redis = await startRedis()
    const clock = new TestClock()
    const starting = Array.from({ length: 3 }, () => open(redis.url, clock, createLog('silent')))
    const taken = await Promise.all(
      starting.flatMap((limiter) => Array.from({ length: 5 }, () => limiter.take('a', 5))),
    )
    assert.equal(taken.filter(({ allowed }) => allowed).length, 5)
  })

  test('redis: frozen, it makes no more than the first requests wait, and not for long', async () => {
    const redis = await startRedis()
    const { limiter } = withLog(redis.url)
    await until('Redis', () => limiter.isShared || undefined)
    redis.freeze()
    const startedMs = performance.now()
    await Promise.all(Array.from({ length: 50 }, () => limiter.take('a', 1_000)))
    assert.equal(limiter.isShared, false)
    for (let i = 0; i < 1_000; i++) await limiter.take('a', 1_000_000)
    const tookMs = performance.now() - startedMs
    assert.ok(tookMs < 2_000, `250 ms for the first, none for the others; it took ${tookMs} ms`)
    redis.thaw()
    await until('Redis to answer again', () => limiter.isShared || undefined)
  })

  test('redis: one that wants another password stops no start, and the log shows none', async () => {
    const redis = await startRedis('the-right-password')
    const { limiter, logged } = withLog(redis.url.replace('redis://', 'redis://:a-wrong-password@'))
    await until('the refusal', () => logged.length > 0 || undefined)
    assert.match(logged[0].reason, /WRONGPASS/)
    assert.equal((await limiter.take('a', 1)).allowed, true)
    assert.equal(limiter.isShared, false)
    assert.doesNotMatch(JSON.stringify(logged), /password-|a-wrong|the-right/)
  })

  test('redis: one that is not there yet is found when it comes', async () => {
    const redis = await startRedis()
    await redis.kill()
    const { limiter, logged } = withLog(redis.url)
    await until('the refusal', () => logged.length > 0 || undefined)
    assert.equal((await limiter.take('a', 1)).allowed, true)
    await redis.start()
    await until('Redis', () => limiter.isShared || undefined)
  })

  if (postgresUrl !== undefined) {
    test('two processes on one database and one Redis: a credential has one window, and the metrics say so', async () => {
      const redis = await startRedis()
      const token = randomUUID()
      const env = { REDIS_URL: redis.url, COMSERV_RATE_LIMIT_STANDARD: '10', COMSERV_METRICS_TOKEN: token }
      const one = await startServer({ env })
      const two = await startServer({ beside: one })
      for (const { context } of [one, two]) await until('Redis', () => context.limiter.isShared || undefined)
      const { secret: key } = await one.credential('read')
      const answers = []
      for (let i = 0; i < 12; i++)
        answers.push(await (i % 2 ? one : two).call('GET', '/api/v1/users', { key }))
      assert.deepEqual(
        answers.map(({ status, headers }) => [status, headers.get('x-ratelimit-remaining')]),
        [...[9, 8, 7, 6, 5, 4, 3, 2, 1, 0].map((left) => [200, String(left)]), [429, '0'], [429, '0']],
      )
      assert.equal(new Set(answers.map(({ headers }) => headers.get('x-ratelimit-reset'))).size, 1)
      assert.match((await two.call('GET', '/metrics', { token })).text, /^comserv_rate_limits_shared 1$/m)
      await redis.kill()
      const { status } = await one.call('GET', '/api/v1/users', { key })
      assert.equal(status, 200, 'alone, the process begins a window of its own')
      assert.equal((await one.call('GET', '/health/ready')).status, 200)
    })
  }
}

function withLog(url: string): { limiter: Limiter; logged: Json[] } {
  const logged: Json[] = []
  const log = createLog('info', { write: (line) => void logged.push(JSON.parse(line)) })
  return { limiter: open(url, new TestClock(), log), logged }
}

async function connected(redis: RedisServer, clock: Clock): Promise<Limiter> {
  const limiter = open(redis.url, clock, createLog('silent'))
  await until('Redis', () => limiter.isShared || undefined)
  return limiter
}

function open(...args: Parameters<typeof redisLimiter>): Limiter {
  const limiter = redisLimiter(...args)
  after(() => limiter.close())
  return limiter
}
