import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { FastifyRequest } from 'fastify'
import { AppError, invalidRequest } from '../api/errors.ts'

/**
 * Refuses requests that would be misunderstood. Node would respond to a missing `Host` and an unknown `Expect` itself,
 * without a body and without our headers, so it is told to leave both to us.
 * @throws AppError
 */
export function requireUnderstood({ raw, headers, url }: FastifyRequest): void {
  if (raw.httpVersion !== '1.1' && raw.httpVersion !== '1.0') throw unknownVersion()
  if (url === '*' && raw.method !== 'OPTIONS') throw malformed('The address * is for OPTIONS alone.')
  requireSingle(raw.rawHeaders)
  requireHost(raw.httpVersion, headers.host)
  requireKnownFraming(raw.httpVersion, headers['transfer-encoding'])
  if (headers.expect !== undefined && raw.httpVersion === '1.1') requireKnownExpectation(headers.expect)
  if (url.includes('%')) requireDecodable(url)
}

/** Node keeps the first of these, or joins what cannot be joined: two readers on the way could see two requests. */
const singletons: ReadonlySet<string> = new Set([
  'authorization',
  'content-encoding',
  'content-length',
  'content-type',
  'expect',
  'host',
  'idempotency-key',
  'origin',
  'transfer-encoding',
  'x-api-key',
  'x-csrf-token',
])

/** @param rawHeaders names and values in turn, as they arrived */
function requireSingle(rawHeaders: readonly string[]): void {
  const seen = new Set<string>()
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] ?? '').toLowerCase()
    if (!singletons.has(name)) continue
    if (seen.has(name)) throw malformed(`The ${rawHeaders[i]} header is given more than once; send it once.`)
    seen.add(name)
  }
}

/** RFC 3986 §3.2.2 and §3.2.3, without a user: a name, an IPv4 address or an IPv6 address in brackets, and a port. */
const hostPattern = /^(?:\[[0-9a-f:.]+\]|[a-z0-9._~!$&'()*+,;=%-]+)(?::\d{0,5})?$/i

function requireHost(httpVersion: string, host: string | undefined): void {
  if (host === undefined) {
    if (httpVersion === '1.1') throw malformed('The Host header is missing (RFC 9112 §3.2).')
    return
  }
  if (!hostPattern.test(host)) throw malformed('The Host header is not a host name (RFC 9112 §3.2).')
}

/** Node decodes `chunked` only; with any other coding the encoded bytes would be taken for the body. */
function requireKnownFraming(httpVersion: string, transferEncoding: string | undefined): void {
  if (transferEncoding === undefined) return
  if (httpVersion !== '1.1') throw malformed('Transfer-Encoding needs HTTP/1.1 (RFC 9112 §6.1).')
  if (transferEncoding.trim().toLowerCase() === 'chunked') return
  throw new AppError(
    'invalid_request',
    'The only transfer coding that this server knows is chunked; send the body without any other.',
    { status: 501, headers: { connection: 'close' } },
  )
}

export function unknownVersion(): AppError {
  return new AppError('invalid_request', 'The server speaks HTTP/1.1 and HTTP/1.0.', {
    status: 505,
    headers: { connection: 'close' },
  })
}

/** What follows on the connection may be ambiguous as well, so it is closed. */
function malformed(details: string): AppError {
  return new AppError('invalid_request', details, { headers: { connection: 'close' } })
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

const wellFormed = /^[A-Za-z0-9._:-]{1,128}$/

/** The caller's `X-Request-Id` if it is well formed, otherwise a new one. */
export function requestIdOf(request: Pick<IncomingMessage, 'headers'>): string {
  const given = request.headers['x-request-id']
  return typeof given === 'string' && wellFormed.test(given) ? given : newRequestId()
}

/** A UUID of version 7 (RFC 9562 §5.7): it begins with the time, so that rows enter an index of request ids at its end. */
export function newRequestId(nowMs = Date.now()): string {
  const time = nowMs.toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`
}
