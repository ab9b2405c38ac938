/** The caller's rate limit after a request, from the headers `X-RateLimit-*`. */
export interface RateLimit {
  /** Requests allowed in a window of 60 s. */
  limit: number
  /** Requests left in this window. */
  remaining: number
  /** When the next window begins. */
  resetAt: Date
}

/** @returns undefined if the response has no such headers, as under /health */
export function rateLimitOf(headers: Headers): RateLimit | undefined {
  const limit = count(headers.get('x-ratelimit-limit'))
  const remaining = count(headers.get('x-ratelimit-remaining'))
  const resetSeconds = count(headers.get('x-ratelimit-reset'))
  if (limit === undefined || remaining === undefined || resetSeconds === undefined) return undefined
  return { limit, remaining, resetAt: new Date(resetSeconds * 1_000) }
}

function count(text: string | null): number | undefined {
  return text !== null && /^\d{1,12}$/.test(text) ? Number(text) : undefined
}
