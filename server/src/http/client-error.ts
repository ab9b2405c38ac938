import { randomUUID } from 'node:crypto'
import type { Socket } from 'node:net'
import { type AppError, errorBody, invalidRequest } from './errors.ts'

/** Answers what is not HTTP, or came too slowly: there is no request to hang an answer on, so it is written to the socket. */
export function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const { status, body } = answerTo(error.code)
  const text = JSON.stringify(errorBody(body))
  socket.end(
    `HTTP/1.1 ${status}\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(text)}\r\n` +
      `X-Request-Id: ${randomUUID()}\r\nConnection: close\r\n\r\n${text}`,
  )
}

function answerTo(code: string | undefined): { status: string; body: AppError } {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return { status: '408 Request Timeout', body: invalidRequest('The request did not arrive in time.') }
    case 'HPE_HEADER_OVERFLOW':
      return {
        status: '431 Request Header Fields Too Large',
        body: invalidRequest('The request headers are too large.'),
      }
    default:
      return {
        status: '400 Bad Request',
        body: invalidRequest('The bytes received are not a valid HTTP request.'),
      }
  }
}
