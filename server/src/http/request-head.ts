import type { FastifyRequest } from 'fastify'
import { AppError, invalidRequest } from './errors.ts'

/**
 * Refuses what cannot be taken as it was meant. Node would answer a missing `Host` and an unknown `Expect` by itself,
 * without a body and without our headers, so it is told to leave both to us.
 * @throws AppError
 */
export function requireUnderstood({ raw, headers, url }: FastifyRequest): void {
  if (headers.host === undefined && raw.httpVersion === '1.1')
    throw invalidRequest('The Host header is missing (RFC 9112 §3.2).')
  if (headers.expect !== undefined && raw.httpVersion === '1.1') requireKnownExpectation(headers.expect)
  if (url.includes('%')) requireDecodable(url)
}

function requireKnownExpectation(expect: string): void {
  if (expect.toLowerCase() === '100-continue') return
  throw new AppError(
    'invalid_request',
    'The only expectation that this server can meet is 100-continue; leave the Expect header out.',
    { status: 417 },
  )
}

function requireDecodable(url: string): void {
  try {
    decodeURIComponent(url.replaceAll('+', ' '))
  } catch {
    throw invalidRequest('The address contains a broken percent-encoding.')
  }
}
