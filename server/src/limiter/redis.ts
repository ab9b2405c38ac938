import { createClient, defineScript } from '@redis/client'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import { type Limiter, toleranceMs, windowEnd, windowMs } from './limiter.ts'
import { memoryLimiter } from './memory.ts'

/** Redis replies within a millisecond; a reply that takes longer than this will not come. */
const replyMsMax = 250
/** A timer that fires so much too late was held up by this process itself, as the reply was. */
const lateMs = 25
const stallsMax = 8
/** How long requests wait for the first connection: those of a process that starts are counted together, too. */
const firstMsMax = 1_000
/** After a missing reply, how long no other request waits for one. */
const pauseMs = 1_000
const reconnectMsMax = 2_000
/** A connection without a reply for this long, not even to a ping, is replaced. */
const silenceMsMax = 5_000

/**
 * One request against one window, counted as in memory.ts, in one atomic step. The time is the caller's: all processes
 * follow the clock of the database, so the clock of Redis need not be right; it only expires old windows. A window that
 * would last too long was opened before the database clock was set back, and has ended.
 */
const takeScript = defineScript({
  NUMBER_OF_KEYS: 1,
  SCRIPT: `
    local limit, now, windowEnd = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
    local keepMs, longestMs = ARGV[4], tonumber(ARGV[5])
    local window = redis.call('HMGET', KEYS[1], 'used', 'reset')
    local used, reset = tonumber(window[1]) or 0, tonumber(window[2]) or 0
    if reset <= now or reset - now > longestMs then
      used, reset = 0, windowEnd
      redis.call('HSET', KEYS[1], 'used', 0, 'reset', windowEnd)
      redis.call('PEXPIRE', KEYS[1], keepMs)
    end
    if used >= limit then return {0, used, reset} end
    redis.call('HINCRBY', KEYS[1], 'used', 1)
    return {1, used + 1, reset}`,
  parseCommand(parser, key: string, limit: number, nowMs: number) {
    parser.pushKey(key)
    const longestMs = windowMs + toleranceMs
    parser.push(...[limit, nowMs, windowEnd(nowMs), 2 * windowMs, longestMs].map(String))
  },
  transformReply: (reply: unknown) => {
    const [allowed, used, resetAtMs] = reply as [number, number, number]
    return { isAllowed: allowed === 1, used, resetAtMs }
  },
})

const socket = {
  connectTimeout: silenceMsMax,
  socketTimeout: silenceMsMax,
  reconnectStrategy: (retries: number) => Math.min(50 * 2 ** retries, reconnectMsMax),
}

/**
 * Windows that all processes share. While Redis cannot be reached, each process counts on its own, so that requests are
 * served and limits still hold, only not together.
 */
export function redisLimiter(url: string, clock: Clock, log: Log): Limiter {
  const alone = memoryLimiter(clock)
  let counts: 'unknown' | 'together' | 'alone' = 'unknown'
  let isClosed = false
  let pause: NodeJS.Timeout | undefined
  const first = Promise.withResolvers<void>()
  const begun = Promise.race([first.promise, after(firstMsMax)])

  const client = createClient({
    url,
    keyPrefix: 'comserv:window:',
    disableOfflineQueue: true,
    pingInterval: pauseMs,
    maintNotifications: 'disabled',
    scripts: { take: takeScript },
    socket,
  })
  client.on('error', goAlone)
  client.on('ready', goTogether)
  // The client reconnects on its own; errors arrive as events.
  client.connect().catch(goAlone)

  function goAlone(error: unknown): void {
    if (isClosed || counts === 'alone') return
    counts = 'alone'
    first.resolve()
    const reason = error instanceof Error ? error.message || error.name : String(error)
    log.warn({ reason }, 'Redis does not respond; until it does, this process counts rate limits on its own')
  }

  function goTogether(): void {
    if (isClosed || counts === 'together') return
    counts = 'together'
    first.resolve()
    log.info('rate limits are counted together with the other processes, through Redis')
  }

  /** The connection is open, but nothing comes back. No event reports its recovery, so it is polled. */
  function pauseAfter(error: unknown): void {
    goAlone(error)
    clearTimeout(pause)
    pause = setTimeout(() => {
      if (client.isReady) soonEnough(client.ping()).then(goTogether, pauseAfter)
    }, pauseMs).unref()
  }

  return {
    get isShared() {
      return counts === 'together'
    },
    async take(key, limit) {
      if (counts === 'unknown') await begun
      if (counts !== 'together') return alone.take(key, limit)
      try {
        const { isAllowed, used, resetAtMs } = await soonEnough(client.take(key, limit, clock.now()))
        return { allowed: isAllowed, limit, remaining: Math.max(0, limit - used), resetAtMs }
      } catch (error) {
        pauseAfter(error)
        return alone.take(key, limit)
      }
    },
    async close() {
      isClosed = true
      clearTimeout(pause)
      client.destroy()
      await alone.close()
    },
  }
}

function after(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref()
  })
}

/**
 * While this process computes, neither replies nor timers get a turn, and the timers are first to get one. So a late timer
 * says nothing about Redis: the request may not even have been sent. Then the time begins again; otherwise what has already
 * arrived is read once more.
 */
function soonEnough<T>(reply: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout
    let lastLook: NodeJS.Immediate
    const wait = (stallsLeft: number) => {
      const dueMs = performance.now() + replyMsMax
      timer = setTimeout(() => {
        if (stallsLeft > 0 && performance.now() - dueMs > lateMs) wait(stallsLeft - 1)
        else lastLook = setImmediate(() => reject(new Error(`no reply within ${replyMsMax} ms`)))
      }, replyMsMax)
    }
    wait(stallsMax)
    reply.then(resolve, reject).finally(() => {
      clearTimeout(timer)
      clearImmediate(lastLook)
    })
  })
}
