import { clearStepCookie, stepTokenOf } from '../access/session-cookie.ts'
import { Nothing } from '../api/schemas.ts'
import type { Context } from '../context.ts'
import type { App } from '../http/pipeline.ts'
import { requireSameOrigin } from '../http/same-origin.ts'
import { CodeInput, TotpSecret } from '../second-factors/schema.ts'
import { Session, SignInStep } from './schema.ts'
import { arrivalOf, sendSignedIn } from './sign-in.ts'
import * as steps from './step-service.ts'

const tags = ['Sessions']
const errors = ['authentication_failed', 'permission_denied', 'conflict'] as const

/**
 * The second step of a sign-in. Its cookie opens these routes and nothing else. As at the first step the browser says that
 * a page of this server sends the request; there is no session yet whose CSRF token it could carry.
 */
export function signInStepRoutes(app: App, context: Context): void {
  const { config } = context
  app.route({
    method: 'GET',
    url: '/api/v1/session/step',
    config: { access: 'public', sdk: 'session.step', confidential: true },
    schema: {
      operationId: 'getSignInStep',
      summary: 'Find out which step a sign-in is waiting for',
      description:
        'After `POST /session` has said that a second step is needed. The sign-in waits for 10 minutes, in the browser that has its cookie.',
      tags,
      response: { 200: SignInStep },
    },
    handler: async (request, reply) => {
      reply.header('cache-control', 'no-store')
      return steps.currentStep(context, stepTokenOf(config, request))
    },
  })

  app.route({
    method: 'DELETE',
    url: '/api/v1/session/step',
    config: {
      access: 'public',
      sdk: 'session.cancelStep',
      ownBucket: 'sign-in-step',
      errors: ['permission_denied'],
    },
    schema: {
      operationId: 'cancelSignIn',
      summary: 'Give up a sign-in that is waiting for its second step',
      tags,
      response: { 204: Nothing },
    },
    handler: async (request, reply) => {
      requireSameOrigin(config.publicUrl, request)
      await steps.endStep(context, stepTokenOf(config, request))
      clearStepCookie(config, reply)
      return reply.code(204).send()
    },
  })

  verifyRoute(app, context)
  setUpRoutes(app, context)
}

function verifyRoute(app: App, context: Context): void {
  const { config } = context
  app.route({
    method: 'POST',
    url: '/api/v1/session/step/verify',
    config: { access: 'public', sdk: 'session.verify', ownBucket: 'sign-in-step', errors },
    schema: {
      operationId: 'verifySignIn',
      summary: 'Finish a sign-in with a code',
      description:
        'A code of the authenticator app, or a recovery code; each works once. After 5 wrong codes the sign-in has to begin again; after 10 in a row the app’s codes are accepted once in 15 minutes, while recovery codes keep working.\n\nAn `Idempotency-Key` has no effect, because responses that hold a session are not stored.',
      tags,
      body: CodeInput,
      response: { 201: Session },
    },
    handler: async (request, reply) => {
      requireSameOrigin(config.publicUrl, request)
      const { code } = request.body
      const token = stepTokenOf(config, request)
      const signedIn = await steps.verifyStep(context, token, code, arrivalOf(context, request))
      return sendSignedIn(context, request, reply, signedIn)
    },
  })
}

function setUpRoutes(app: App, context: Context): void {
  const { config } = context
  app.route({
    method: 'POST',
    url: '/api/v1/session/step/totp',
    config: {
      access: 'public',
      sdk: 'session.setUpTotp',
      ownBucket: 'sign-in-step',
      confidential: true,
      errors,
    },
    schema: {
      operationId: 'setUpTotpAtSignIn',
      summary: 'Begin to set up an authenticator app during a sign-in',
      description: 'For people whose role needs one and who have none yet.',
      tags,
      response: { 200: TotpSecret },
    },
    handler: async (request, reply) => {
      requireSameOrigin(config.publicUrl, request)
      reply.header('cache-control', 'no-store')
      return steps.setUpStep(context, stepTokenOf(config, request))
    },
  })

  app.route({
    method: 'POST',
    url: '/api/v1/session/step/totp/activate',
    config: { access: 'public', sdk: 'session.activateTotp', ownBucket: 'sign-in-step', errors },
    schema: {
      operationId: 'activateTotpAtSignIn',
      summary: 'Finish setting up an authenticator app, and sign in',
      description:
        'With the first code that the app shows. Then make recovery codes.\n\nAn `Idempotency-Key` has no effect, because responses that hold a session are not stored.',
      tags,
      body: CodeInput,
      response: { 201: Session },
    },
    handler: async (request, reply) => {
      requireSameOrigin(config.publicUrl, request)
      const { code } = request.body
      const token = stepTokenOf(config, request)
      const signedIn = await steps.activateStep(context, token, code, arrivalOf(context, request))
      return sendSignedIn(context, request, reply, signedIn)
    },
  })
}
