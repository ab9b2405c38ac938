import type { Known } from './known.ts'
import type { Random } from './random.ts'

/** Headers that a request carries beside those it needs; most carry none. */
export function oddHeaders(random: Random, known: Known, path: string): Record<string, string> {
  const headers: Record<string, string> = {}
  const sometimes = (name: string, probability: number, value: () => string | undefined) => {
    if (!random.chance(probability)) return
    const made = value()
    if (made !== undefined) headers[name] = made
  }
  sometimes('if-match', 0.15, () => conditionOf(random, known, path))
  sometimes('if-none-match', 0.12, () => conditionOf(random, known, path))
  sometimes('idempotency-key', 0.25, () => keyOf(random))
  sometimes('accept', 0.15, () => random.pick(accepted))
  sometimes('range', 0.03, () => random.pick(['bytes=0-10', 'bytes=-1', 'items=0-1', 'x']))
  sometimes('x-request-id', 0.05, () =>
    random.pick(['from-a-test', 'x'.repeat(300), 'with space', '', '{"a":1}']),
  )
  sometimes('accept-encoding', 0.03, () => random.pick(['gzip', 'br', 'identity;q=0']))
  sometimes('content-encoding', 0.01, () => 'gzip')
  sometimes('origin', 0.02, () => random.pick(['null', 'https://evil.example', 'x', '']))
  sometimes('sec-fetch-site', 0.01, () => random.pick(['cross-site', 'none', 'x']))
  sometimes('x-http-method-override', 0.01, () => 'DELETE')
  sometimes('x-forwarded-for', 0.01, () => random.pick(['127.0.0.1', '::1, x', '']))
  sometimes('x-forwarded-host', 0.01, () => 'evil.example')
  sometimes('authorization', 0.02, () =>
    random.pick(['', 'Bearer', 'Bearer x', 'Basic dXNlcjpwYXNz', 'Basic !', 'Negotiate \xe9']),
  )
  sometimes('x-api-key', 0.01, () => random.pick(['', 'cs_live_', 'x'.repeat(2_000)]))
  sometimes('cookie', 0.01, () => random.pick(['', ';;;=', 'comserv_session=x', '__Host-comserv_session=']))
  sometimes('if-modified-since', 0.01, () => 'Thu, 01 Jan 1970 00:00:00 GMT')
  return headers
}

const accepted = [
  '*/*',
  'application/json',
  'application/json;q=0',
  'text/html',
  'text/csv',
  'application/x-ndjson',
  'application/xml, */*;q=0.1',
  '',
  ';',
  'x'.repeat(500),
]

function conditionOf(random: Random, known: Known, path: string): string | undefined {
  return random.chance(0.6)
    ? known.etag(path)
    : random.pick(['*', '"stale"', 'W/"weak"', '', 'x', '"', '"a", "b"', '"\xe9"'])
}

function keyOf(random: Random): string {
  if (random.chance(0.05)) return random.pick(['', 'has space', 'x'.repeat(256), '\xe9'])
  return `key-${random.chance(0.1) ? random.between(1, 3) : random.between(0, 1e9)}`
}
