import type { FastifyReply, FastifyRequest } from 'fastify'
import { type Asker, askedBy } from '../lib/asker.ts'
import { addressBlock } from '../lib/ip-addresses.ts'
import { invalidRequest } from './errors.ts'
import type { App } from './pipeline.ts'

/** From here on everything is done as asked for by the caller: a hook before the body would lose that while it is read. */
export function rememberAsker(app: App): void {
  app.addHook('preHandler', (request, reply, done) => {
    askedBy(new RequestAsker(callerOf(request), reply), done)
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
function callerGone({ raw }: FastifyReply): AbortSignal {
  const gone = new AbortController()
  const leave = () => {
    if (raw.writableFinished) return
    gone.abort(invalidRequest('The connection was closed before the request was answered.'))
  }
  if (raw.destroyed || raw.closed) leave()
  else raw.once('close', leave)
  return gone.signal
}
