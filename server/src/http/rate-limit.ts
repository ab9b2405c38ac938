import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Principal } from '../access/caller.ts'
import { AppError } from '../api/errors.ts'
import type { Config } from '../config/decide.ts'
import type { Context } from '../context.ts'
import type { Clock } from '../lib/clock.ts'
import { addressBlock } from '../lib/ip-addresses.ts'
import { type Soon, whenKnown } from '../lib/soon.ts'
import { type Limiter, type RateWindow, windowMs } from '../limiter/limiter.ts'

export interface Bucket {
  /** The policy's name in the `RateLimit` fields. */
  policy: string
  key: string
  limit: number
}

/** Where the headers go: a reply, or the lines of a response without one. */
interface Headers {
  header(name: string, value: string | number): unknown
}

/** Windows of their own that are as narrow as that of sign-ins. */
const ownPerSignIn: ReadonlySet<string> = new Set(['sign-in', 'key-request', 'password-request'])

/** The window a request counts against: that of its credential or session, or without a valid one, of its address. */
export function bucketFor(
  limits: Config['rateLimits'],
  principal: Principal | undefined,
  request: FastifyRequest,
): Bucket {
  const own = request.routeOptions.config.ownBucket
  if (own) {
    const limit = ownPerSignIn.has(own) ? limits.signIn : limits.anonymous
    return { policy: own, key: `${own}:${addressBlock(request.ip)}`, limit }
  }
  if (principal?.kind === 'person') {
    return { policy: 'session', key: `session:${principal.sessionId}`, limit: limits.session }
  }
  if (principal?.kind === 'delegate') {
    const { application, id } = principal
    return { policy: 'session', key: `application:${application.id}:${id}`, limit: limits.session }
  }
  if (principal) {
    return { policy: principal.tier, key: `credential:${principal.id}`, limit: limits[principal.tier] }
  }
  return bucketForAddress(limits, request.ip)
}

export function bucketForAddress(limits: Config['rateLimits'], ip: string): Bucket {
  return { policy: 'anonymous', key: `address:${addressBlock(ip)}`, limit: limits.anonymous }
}

/**
 * Counts the request and writes the headers of its window, whatever the outcome.
 * @throws AppError rate_limit_exceeded
 */
export function countRequest(limiter: Limiter, clock: Clock, bucket: Bucket, headers: Headers): Soon<void> {
  return whenKnown(limiter.take(bucket.key, bucket.limit), (window) => {
    const secondsLeft = secondsUntil(window, clock)
    writeHeaders(headers, bucket, window, secondsLeft)
    refuseBeyond(window, secondsLeft)
  })
}

/**
 * Counts a request that was counted already against one more window. The headers describe the one that will be used up
 * first.
 * @throws AppError rate_limit_exceeded
 */
export async function countFurther(
  { limiter, clock }: Pick<Context, 'limiter' | 'clock'>,
  bucket: Bucket,
  reply: FastifyReply,
): Promise<void> {
  const window = await limiter.take(bucket.key, bucket.limit)
  const secondsLeft = secondsUntil(window, clock)
  const isTighter = window.remaining < Number(reply.getHeader('x-ratelimit-remaining'))
  if (isTighter || !window.allowed) writeHeaders(reply, bucket, window, secondsLeft)
  refuseBeyond(window, secondsLeft)
}

/**
 * One window for all places where a signed-in person gives the password: a session in other hands must not guess it. Other
 * sessions of the person are not affected, so that their owner can still change the password.
 */
export function countPassword(context: Context, sessionId: number, reply: FastifyReply): Promise<void> {
  const limit = context.config.rateLimits.signIn
  return countFurther(context, { policy: 'password', key: `password:${sessionId}`, limit }, reply)
}

function secondsUntil({ resetAtMs }: RateWindow, clock: Clock): number {
  const seconds = Math.ceil((resetAtMs - clock.now()) / 1_000)
  return Math.min(Math.max(1, seconds), windowMs / 1_000)
}

function refuseBeyond(window: RateWindow, secondsLeft: number): void {
  if (window.allowed) return
  throw new AppError(
    'rate_limit_exceeded',
    `The limit of ${window.limit} requests a minute is used up; retry in ${secondsLeft} s.`,
    { headers: { 'retry-after': String(secondsLeft) } },
  )
}

function writeHeaders(headers: Headers, { policy }: Bucket, window: RateWindow, secondsLeft: number): void {
  headers.header('x-ratelimit-limit', window.limit)
  headers.header('x-ratelimit-remaining', window.remaining)
  headers.header('x-ratelimit-reset', window.resetAtMs / 1_000)
  // draft-ietf-httpapi-ratelimit-headers-10
  headers.header('ratelimit-policy', `"${policy}";q=${window.limit};w=60`)
  headers.header('ratelimit', `"${policy}";r=${window.remaining};t=${secondsLeft}`)
}
