import { randomUUID } from 'node:crypto'
import type { Socket } from 'node:net'
import { AppError, errorBody, invalidRequest } from '../api/errors.ts'
import type { Context } from '../context.ts'
import { type Soon, whenKnown } from '../lib/soon.ts'
import { transportHeaders } from './own-host.ts'
import { bucketForAddress, countRequest } from './rate-limit.ts'
import { unknownVersion } from './request-head.ts'

type ClientError = Error & { code?: string }

const reasons: Record<number, string> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  505: 'HTTP Version Not Supported',
}

/**
 * Responds to bytes that are not HTTP or came too slowly: there is no request to reply to, so the response is written to
 * the socket. Who sent them through which proxies is unknown, so they count against the peer address of the connection.
 * @param ending connections whose last response is on its way
 */
export function createClientErrorHandler(
  context: Pick<Context, 'limiter' | 'clock' | 'config'>,
  ending: WeakSet<Socket>,
) {
  // Whatever arrives after the error is another error, while the first is being responded to.
  const responded = new WeakSet<Socket>()
  return (error: ClientError, socket: Socket): void => {
    // Bytes behind a request that asked for the connection to be closed: its response closes it.
    if (responded.has(socket) || ending.has(socket) || error.code === 'HPE_CLOSED_CONNECTION') return
    responded.add(socket)
    if (error.code === 'ECONNRESET' || !socket.writable) socket.destroy()
    else respond(context, socket, refusalOf(error), ending)
  }
}

/** At once, where the limiter knows at once: before anything is sent for the head that was understood. */
function respond(
  { limiter, clock, config }: Pick<Context, 'limiter' | 'clock' | 'config'>,
  socket: Socket,
  refusal: AppError,
  ending: WeakSet<Socket>,
): void {
  const headers: [name: string, value: string | number][] = []
  const sink = { header: (name: string, value: string | number) => headers.push([name, value]) }
  const bucket = bucketForAddress(config.rateLimits, socket.remoteAddress ?? '')
  const counted = refusalOfWindow(() => countRequest(limiter, clock, bucket, sink))
  void whenKnown(counted, (limited) => {
    if (socket.writable && !ending.has(socket)) end(socket, limited ?? refusal, headers, config)
  })
}

function end(
  socket: Socket,
  sent: AppError,
  headers: readonly [name: string, value: string | number][],
  config: Context['config'],
): void {
  const body = JSON.stringify(errorBody(sent))
  // Whatever the error says about the connection, this one is closed.
  const { connection: _, ...own } = sent.headers
  const lines = [
    `HTTP/1.1 ${sent.status} ${reasons[sent.status]}`,
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    `x-request-id: ${randomUUID()}`,
    ...[...headers, ...Object.entries({ ...transportHeaders(config), ...own })].map(
      ([name, value]) => `${name}: ${value}`,
    ),
    'connection: close',
  ]
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`)
}

function refusalOf({ code }: ClientError): AppError {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new AppError('invalid_request', 'The request did not arrive in time.', { status: 408 })
    case 'HPE_HEADER_OVERFLOW':
      return new AppError('invalid_request', 'The request headers are too large.', { status: 431 })
    case 'HPE_INVALID_VERSION':
      return unknownVersion()
    default:
      return invalidRequest('The bytes received are not a valid HTTP request.')
  }
}

/** The refusal by the limit, if there is one. */
function refusalOfWindow(count: () => Soon<void>): Soon<AppError | undefined> {
  const asRefusal = (error: unknown) => (error instanceof AppError ? error : undefined)
  try {
    const counted = count()
    return counted instanceof Promise ? counted.then(() => undefined, asRefusal) : undefined
  } catch (error) {
    return asRefusal(error)
  }
}
