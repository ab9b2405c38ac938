import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { documentBodyBytesMax, lingerMs } from '../api/limits.ts'
import type { Pace } from '../lib/pace.ts'
import { callerKey } from './caller.ts'
import type { App } from './pipeline.ts'

/** Bodies that arrive with the head, or soon after it, are read as they come. */
const smallBytesMax = 64 * 1024

/**
 * Large bodies are read in turns of their callers, a few parts of 64 KiB per tick of the event loop: otherwise each of
 * 20 connections that send a megabyte could have all of it read in one tick. A response sent before its request has
 * arrived ends the connection; bytes still on their way are read and dropped, within bounds, because closing a
 * connection with unread bytes resets it, and the client might lose the response (RFC 9112 §9.6).
 */
export function receiveInTurns(app: App, pace: Pace, ending: WeakSet<Socket>): void {
  app.addHook('preParsing', (request, _, payload, done) => {
    if (mayBeLarge(request.headers)) readInTurns(request.raw, callerKey(request), pace)
    done(null, payload)
  })
  app.addHook('onSend', (request, reply, payload, done) => {
    endAfterUnread(request, reply, pace, ending)
    done(null, payload)
  })
}

/**
 * Ends the connection with the response if the request has not arrived completely.
 * @param ending remembers the connection: errors in the rest of the request get no response
 */
export function endAfterUnread(
  request: FastifyRequest,
  reply: FastifyReply,
  pace: Pace,
  ending: WeakSet<Socket>,
): void {
  const { raw, headers } = request
  if (raw.complete || !mayBeLarge(headers)) return
  ending.add(raw.socket)
  reply.header('connection', 'close')
  lingerAfter(raw)
  if (raw.listenerCount('data') === 0) readInTurns(raw, callerKey(request), pace)
}

function mayBeLarge(headers: IncomingHttpHeaders): boolean {
  const length = headers['content-length']
  if (length !== undefined) return Number(length) > smallBytesMax
  return headers['transfer-encoding'] !== undefined
}

function readInTurns(raw: IncomingMessage, caller: string, pace: Pace): void {
  let withdraw = () => {}
  raw.once('close', () => withdraw())
  raw.on('data', () => {
    if (pace.isFree) return
    raw.pause()
    const turnAway = (error: unknown) => void raw.destroy(error as Error)
    try {
      withdraw = pace.add(caller, { begin: () => raw.resume(), turnAway })
    } catch (error) {
      turnAway(error)
    }
  })
}

/** Replaces the close that Node does once the last response is out. */
function lingerAfter(raw: IncomingMessage): void {
  const { socket } = raw
  const readBefore = socket.bytesRead
  socket.destroySoon = () => {
    socket.end()
    const close = () => socket.destroy()
    const timer = setTimeout(close, lingerMs)
    socket.once('close', () => clearTimeout(timer))
    raw.once('end', close)
    raw.on('data', () => {
      if (socket.bytesRead - readBefore > documentBodyBytesMax) close()
    })
    if (raw.readableEnded) close()
  }
}
