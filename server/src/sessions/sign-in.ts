import type { FastifyReply, FastifyRequest } from 'fastify'
import { rememberDevice } from '../access/known-devices.ts'
import { sessionTokenOf, setSessionCookie } from '../access/session-cookie.ts'
import type { Context } from '../context.ts'
import { plainAddress } from '../lib/ip-addresses.ts'
import type { Session } from './schema.ts'

/** The origin of a sign-in. */
export interface Arrival {
  ip: string
  userAgent: string | undefined
  requestId: string
  /** The token of the browser's previous session, which ends. */
  formerToken: string | undefined
}

export interface SignedIn {
  /** Only for the cookie. */
  token: string
  session: Session
}

export function arrivalOf({ config }: Context, request: FastifyRequest): Arrival {
  return {
    ip: plainAddress(request.ip),
    userAgent: request.headers['user-agent'],
    requestId: request.id,
    formerToken: sessionTokenOf(config, request),
  }
}

export function sendSignedIn(
  { config, vault, clock }: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  { token, session }: SignedIn,
): FastifyReply {
  setSessionCookie(config, reply, token)
  rememberDevice(config, vault, request, reply, session.user.id, clock.now())
  return reply.code(201).headers({ location: '/api/v1/session', 'cache-control': 'no-store' }).send(session)
}
