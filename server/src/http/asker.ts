import type { FastifyReply, FastifyRequest } from 'fastify'
import { type Asker, askedBy } from '../lib/asker.ts'
import { addressBlock } from '../lib/ip-addresses.ts'
import type { Pace } from '../lib/pace.ts'
import { invalidRequest } from './errors.ts'
import type { App } from './pipeline.ts'

/**
 * From here on everything is done as asked for by the caller: a hook before the body would lose that while it is read.
 * Where much has been done in this turn of the event loop, the rest of its requests go on in later ones, by turns of their
 * callers: otherwise whoever sends 50 costly requests at once stands 50 times before everybody else.
 */
export function rememberAsker(app: App, pace: Pace): void {
  app.addHook('preHandler', (request, reply, done) => {
    const caller = callerOf(request)
    const goOn = () => askedBy(new RequestAsker(caller, reply), done)
    if (pace.isTired) void pace.turn(caller).then(goOn)
    else goOn()
  })
}

/** One credential, one person, or without either one address. */
export function callerOf({ identity, ip }: FastifyRequest): string {
  if (identity?.kind !== 'principal') return `address:${addressBlock(ip)}`
  const { kind, id } = identity.principal
  return `${kind}:${id}`
}

class RequestAsker implements Asker {
  readonly caller: string
  readonly #reply: FastifyReply
  #gone: AbortSignal | undefined

  constructor(caller: string, reply: FastifyReply) {
    this.caller = caller
    this.#reply = reply
  }

  /** Most requests wait for nothing, and are never asked. */
  get gone(): AbortSignal {
    this.#gone ??= callerGone(this.#reply)
    return this.#gone
  }
}

/**
 * Aborted when the caller goes away before the whole answer is out. Fastify's `request.signal` listens to the request,
 * which is over once it has been read.
 */
function callerGone(reply: FastifyReply): AbortSignal {
  const { raw } = reply
  const gone = new AbortController()
  const leave = () => {
    if (raw.writableFinished) return
    gone.abort(invalidRequest('The connection was closed before the request was answered.'))
  }
  whenClosed(reply, leave)
  return gone.signal
}

/** Once the answer is out, or the caller gone; also when that was before. */
export function whenClosed({ raw, request }: FastifyReply, then: () => void): void {
  const { socket } = request.raw
  if (raw.closed || raw.destroyed || socket.destroyed) {
    then()
    return
  }
  let isClosed = false
  // Both events may be on their way at once, when removing a listener comes too late for it.
  const closed = () => {
    raw.removeListener('close', closed)
    socket.removeListener('close', closed)
    if (!isClosed) then()
    isClosed = true
  }
  raw.once('close', closed)
  // Of the responses to requests sent ahead on one connection, Node closes only the one that is being written.
  socket.setMaxListeners(0).once('close', closed)
}
