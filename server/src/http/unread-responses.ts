import type { FastifyReply } from 'fastify'
import { AppError } from '../api/errors.ts'
import { responseStallMs } from '../api/limits.ts'
import { callerKey, whenClosed } from './caller.ts'
import type { App } from './pipeline.ts'

/** Below this an answer lies in the buffers of the system, and costs nothing to keep. */
const largeBytesMin = 64 * 1024
const unreadBytesMax = 64 * 1024 * 1024

/**
 * A large answer takes memory until its caller has read it: each caller has a bounded amount of that, and whoever stops
 * reading is disconnected.
 */
export function boundUnreadResponses(app: App): void {
  const unread = new Map<string, number>()
  app.addHook('preHandler', (request, _, done) => {
    const bytes = unread.get(callerKey(request)) ?? 0
    done(bytes > unreadBytesMax ? tooMuch() : undefined)
  })
  app.addHook('onSend', (request, reply, payload, done) => {
    const bytes = sizeOf(payload)
    if (bytes >= largeBytesMin) keep(callerKey(request), bytes, reply)
    done(null, payload)
  })

  function keep(caller: string, bytes: number, reply: FastifyReply): void {
    const add = (more: number) => {
      const now = (unread.get(caller) ?? 0) + more
      if (now > 0) unread.set(caller, now)
      else unread.delete(caller)
    }
    add(bytes)
    whenClosed(reply, () => add(-bytes))
    // Node asks the system whether anything was taken meanwhile, and calls this only if not.
    reply.raw.setTimeout(responseStallMs, () => reply.raw.destroy())
  }
}

function sizeOf(payload: unknown): number {
  return typeof payload === 'string' || payload instanceof Uint8Array ? payload.length : 0
}

function tooMuch(): AppError {
  return new AppError(
    'rate_limit_exceeded',
    'Too much that you asked for has not been read yet; read the responses, then go on.',
    { headers: { 'retry-after': '5' } },
  )
}
