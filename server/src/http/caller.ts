import type { FastifyReply, FastifyRequest } from 'fastify'
import { invalidRequest } from '../api/errors.ts'
import { type Caller, onBehalfOf } from '../lib/caller.ts'
import { addressBlock } from '../lib/ip-addresses.ts'
import type { Pace } from '../lib/pace.ts'
import type { App } from './pipeline.ts'

/**
 * From here on everything is done as asked for by the caller: a hook before the body would lose that while it is read.
 * The work begins in this turn of the event loop where nobody waits and the turn is young, or else by turns of the callers:
 * otherwise whoever sends 50 costly requests at once stands 50 times before everybody else. What the work has made waits
 * once more before it is written out, where the turn has become long meanwhile.
 */
export function rememberCaller(app: App, pace: Pace): void {
  app.addHook('preHandler', (request, reply, done) => {
    const key = callerKey(request)
    const goOn = () => onBehalfOf(new RequestCaller(key, reply), done)
    if (pace.isFree) goOn()
    else inTurn(pace, key, reply, goOn, done)
  })
  app.addHook('preSerialization', (request, reply, payload, done) => {
    const goOn = () => done(null, payload)
    if (pace.isTired) inTurn(pace, callerKey(request), reply, goOn, done)
    else goOn()
  })
}

/** Goes on when the caller's turn has come, and not at all for one who has left. */
function inTurn(
  pace: Pace,
  key: string,
  reply: FastifyReply,
  goOn: () => void,
  giveUp: (error: Error) => void,
): void {
  const { raw } = reply
  const leave = () => {
    withdraw()
    giveUp(connectionClosed())
  }
  const settled = (then: () => void) => {
    raw.off('close', leave)
    then()
  }
  let withdraw = () => {}
  raw.once('close', leave)
  try {
    withdraw = pace.add(key, {
      begin: () => settled(goOn),
      turnAway: (error) => settled(() => giveUp(error)),
    })
  } catch (error) {
    settled(() => giveUp(error as Error))
  }
}

/** One credential, one person, or without either one address. */
export function callerKey({ identity, ip }: FastifyRequest): string {
  if (identity?.kind !== 'principal') return `address:${addressBlock(ip)}`
  const { kind, id } = identity.principal
  return `${kind}:${id}`
}

class RequestCaller implements Caller {
  readonly key: string
  readonly #reply: FastifyReply
  #gone: AbortSignal | undefined

  constructor(key: string, reply: FastifyReply) {
    this.key = key
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
    gone.abort(connectionClosed())
  }
  whenClosed(reply, leave)
  return gone.signal
}

/** Once the answer is out, or the caller gone; also when that was before. */
export function whenClosed({ raw }: FastifyReply, then: () => void): void {
  if (raw.closed || raw.destroyed) then()
  else raw.once('close', then)
}

export function connectionClosed(): Error {
  return invalidRequest('The connection was closed before the request was answered.')
}
