import type { FastifyReply, FastifyRequest } from 'fastify'
import { type ActorName, actorOf, anonymousActor } from '../access/caller.ts'
import { invalidRequest } from '../api/errors.ts'
import { type Caller, onBehalfOf } from '../lib/caller.ts'
import { addressBlock, plainAddress } from '../lib/ip-addresses.ts'
import type { Pace } from '../lib/pace.ts'
import type { App } from './pipeline.ts'

/**
 * From here on, all work is done on behalf of the caller: a hook before the body would lose that while it is read. The
 * work begins in this tick of the event loop if nobody waits and the tick is young, and otherwise in turns of the
 * callers: a caller who sends 50 costly requests at once must not have 50 turns before everybody else. The result waits
 * for another turn before it is serialised if the tick has become long.
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

/** Continues at the caller's turn, and not at all once the caller has disconnected. */
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

/** One credential, one person, one application for one person, or without either one address. */
export function callerKey({ identity, ip }: FastifyRequest): string {
  if (identity?.kind !== 'principal') return `address:${addressBlock(ip)}`
  const { principal } = identity
  if (principal.kind === 'delegate') return `application:${principal.application.id}:${principal.id}`
  const { kind, id } = principal
  return `${kind}:${id}`
}

/** The caller as the audit log names it. */
export function actorNameOf({ identity, ip, id }: FastifyRequest): ActorName {
  if (identity?.kind !== 'principal') return anonymousActor(plainAddress(ip), id)
  return actorOf(identity.principal, plainAddress(ip), id)
}

class RequestCaller implements Caller {
  readonly key: string
  readonly #reply: FastifyReply
  #gone: AbortSignal | undefined

  constructor(key: string, reply: FastifyReply) {
    this.key = key
    this.#reply = reply
  }

  /** Most requests wait for nothing and never read it. */
  get gone(): AbortSignal {
    this.#gone ??= callerGone(this.#reply)
    return this.#gone
  }
}

/**
 * Aborted when the caller disconnects before the whole response is out. Fastify's `request.signal` watches the request,
 * which has ended once it is read.
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

/** When the response is out, or the caller has disconnected; also if that has happened already. */
export function whenClosed({ raw }: FastifyReply, then: () => void): void {
  if (raw.closed || raw.destroyed) then()
  else raw.once('close', then)
}

export function connectionClosed(): Error {
  return invalidRequest('The connection was closed before the request was answered.')
}
