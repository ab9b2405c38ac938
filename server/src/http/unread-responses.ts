import type { FastifyReply } from 'fastify'
import { AppError } from '../api/errors.ts'
import { responseStallMs, unreadBytesMax, unreadBytesPerCallerMax } from '../api/limits.ts'
import { callerKey, whenClosed } from './caller.ts'
import type { App } from './pipeline.ts'

/** A smaller response fits in the buffers of the system, and costs nothing to keep. */
const largeCharactersMin = 32 * 1024

/**
 * A large response takes memory until its caller has read it: the amount is bounded per caller and for the process, and
 * callers who stop reading are disconnected. A connection has one response at a time. Completed changes always get
 * their response; reads are refused, even after the work.
 */
export function boundUnreadResponses(app: App): void {
  const unread = new UnreadBytes()
  app.addHook('preHandler', (request, _, done) => {
    done(unread.refusalOf(callerKey(request)))
  })
  app.addHook('onSend', (request, reply, payload, done) => {
    if (!isLarge(payload)) return done(null, payload)
    const caller = callerKey(request)
    const refusal = request.method === 'GET' ? unread.refusalOf(caller) : undefined
    if (refusal) return done(refusal)
    // Bytes have the length that counts, and are written without keeping the text.
    const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload
    keep(caller, bytes.length, reply)
    done(null, bytes)
  })

  function keep(caller: string, bytes: number, reply: FastifyReply): void {
    unread.add(caller, bytes)
    whenClosed(reply, () => unread.add(caller, -bytes))
    // Node first checks whether anything was read meanwhile, and calls this only if not.
    reply.raw.setTimeout(responseStallMs, () => reply.raw.destroy())
  }
}

class UnreadBytes {
  readonly #ofCallers = new Map<string, number>()
  #all = 0

  add(caller: string, bytes: number): void {
    this.#all += bytes
    const now = (this.#ofCallers.get(caller) ?? 0) + bytes
    if (now > 0) this.#ofCallers.set(caller, now)
    else this.#ofCallers.delete(caller)
  }

  /** When the total is too high, only callers with more than their share are refused. */
  refusalOf(caller: string): AppError | undefined {
    if (this.#all === 0) return undefined
    const own = this.#ofCallers.get(caller) ?? 0
    if (own > unreadBytesPerCallerMax) return tooMuch()
    return this.#all > unreadBytesMax && own >= this.#all / this.#ofCallers.size ? tooMuch() : undefined
  }
}

function isLarge(payload: unknown): payload is string | Uint8Array {
  return (
    (typeof payload === 'string' || payload instanceof Uint8Array) && payload.length >= largeCharactersMin
  )
}

function tooMuch(): AppError {
  return new AppError(
    'rate_limit_exceeded',
    'Too many response bytes are unread; read your open responses before you send more requests.',
    { headers: { 'retry-after': '5' } },
  )
}
