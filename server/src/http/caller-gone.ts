import type { FastifyReply } from 'fastify'
import { invalidRequest } from './errors.ts'

/**
 * Aborted when the caller goes away before the whole answer is out, so that what still waits for its turn need not run.
 * Fastify's `request.signal` listens to the request, which is over once it has been read.
 */
export function callerGone({ raw }: FastifyReply): AbortSignal {
  const gone = new AbortController()
  raw.once('close', () => {
    if (raw.writableFinished) return
    gone.abort(invalidRequest('The connection was closed before the request was answered.'))
  })
  return gone.signal
}
