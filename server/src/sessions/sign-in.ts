import type { FastifyReply, FastifyRequest } from 'fastify'
import { rememberDevice } from '../access/known-devices.ts'
import {
  clearStepCookie,
  sessionTokenOf,
  setSessionCookie,
  setStepCookie,
  stepTokenOf,
} from '../access/session-cookie.ts'
import { AppError } from '../api/errors.ts'
import type { Context } from '../context.ts'
import { plainAddress } from '../lib/ip-addresses.ts'
import type { Session, signInSteps } from './schema.ts'

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

/** Somebody who gave the password, and has to give or to set up a second factor. */
export interface Waiting {
  /** Only for the cookie. */
  waitingToken: string
  step: (typeof signInSteps)[number]
}

export type Arrived = SignedIn | Waiting

/** How steps of sign-ins ended, for the metrics of this process. */
export class SignInCounts {
  readonly all = { signed_in: 0, refused: 0, second_step: 0, wrong_code: 0, refused_passkey: 0 }

  count(outcome: keyof SignInCounts['all']): void {
    this.all[outcome]++
  }
}

export function arrivalOf({ config }: Context, request: FastifyRequest): Arrival {
  return {
    ip: plainAddress(request.ip),
    userAgent: request.headers['user-agent'],
    requestId: request.id,
    formerToken: sessionTokenOf(config, request),
  }
}

/** @throws AppError authentication_failed where another step is needed, with the cookie for it */
export function sendSignedIn(
  { config, vault, clock, signIns }: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  arrived: Arrived,
): FastifyReply {
  if ('waitingToken' in arrived) {
    setStepCookie(config, reply, arrived.waitingToken)
    signIns.count('second_step')
    throw secondStepNeeded(arrived.step)
  }
  const { token, session } = arrived
  signIns.count('signed_in')
  setSessionCookie(config, reply, token)
  rememberDevice(config, vault, request, reply, session.user.id, clock.now())
  if (stepTokenOf(config, request) !== undefined) clearStepCookie(config, reply)
  return reply.code(201).headers({ location: '/api/v1/session', 'cache-control': 'no-store' }).send(session)
}

/** Not the error of asking again (RFC 9470): clients would ask for the password of a session, which there is not. */
function secondStepNeeded(step: Waiting['step']): AppError {
  return new AppError(
    'authentication_failed',
    step === 'verify'
      ? 'The password is right. Send a code of the authenticator app or a recovery code to POST /api/v1/session/step/verify, or a passkey to POST /api/v1/session/passkey.'
      : 'The password is right. The role needs an authenticator app: set one up with POST /api/v1/session/step/totp.',
    {
      message: 'A second step is needed',
      headers: {
        'www-authenticate': 'Bearer realm="comserv", error="second_factor_required"',
        'cache-control': 'no-store',
      },
    },
  )
}
