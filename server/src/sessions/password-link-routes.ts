import { hashToken } from '../access/session-token.ts'
import { Nothing } from '../api/schemas.ts'
import type { Context } from '../context.ts'
import type { App } from '../http/pipeline.ts'
import { countFurther } from '../http/rate-limit.ts'
import { requireSameOrigin } from '../http/same-origin.ts'
import { signInKeyOf } from '../lib/names/usernames.ts'
import { resetPassword } from './password-link-service.ts'
import { requestPassword } from './password-request-service.ts'
import { PasswordRequest, PasswordReset, Session } from './schema.ts'
import { arrivalOf, sendSignedIn } from './sign-in.ts'

export function passwordLinkRoutes(app: App, context: Context): void {
  requestRoute(app, context)
  resetRoute(app, context)
}

function requestRoute(app: App, context: Context): void {
  const { config } = context
  app.route({
    method: 'POST',
    url: '/api/v1/password-reset/request',
    config: {
      access: 'public',
      sdk: 'session.requestPassword',
      ownBucket: 'password-request',
      errors: ['permission_denied', 'conflict'],
    },
    schema: {
      operationId: 'requestPassword',
      summary: 'Request a link to set a new password',
      description:
        'The user with this username or email address is mailed a link that works once, within an hour; at most five an hour. The response is the same whether or not there is such a user. Where the server sends no mail, it is 409 and says whom to contact.\n\nAn `Idempotency-Key` has no effect.',
      tags: ['Sessions'],
      body: PasswordRequest,
      response: { 204: Nothing },
    },
    handler: async (request, reply) => {
      requireSameOrigin(config.publicUrl, request)
      const key = `password-request-name:${hashToken(signInKeyOf(request.body.username).key)}`
      const limit = config.rateLimits.signIn
      await countFurther(context, { policy: 'password-request-name', key, limit }, reply)
      await requestPassword(context, request.body, arrivalOf(context, request))
      return reply.code(204).send()
    },
  })
}

function resetRoute(app: App, context: Context): void {
  app.route({
    method: 'POST',
    url: '/api/v1/password-reset',
    config: {
      access: 'public',
      sdk: 'session.resetPassword',
      ownBucket: 'password-link',
      errors: ['authentication_failed', 'permission_denied', 'conflict', 'service_unavailable'],
    },
    schema: {
      operationId: 'resetPassword',
      summary: 'Set a new password with a link, and sign in',
      description:
        'Works once, with the token of a link: from a mail, from an administrator, or from `comserv admin reset-password`. Ends all other sessions of the user.\n\nAn `Idempotency-Key` has no effect, because responses that hold a session are not stored.',
      tags: ['Sessions'],
      body: PasswordReset,
      response: { 201: Session },
    },
    handler: async (request, reply) => {
      requireSameOrigin(context.config.publicUrl, request)
      const signedIn = await resetPassword(context, request.body, arrivalOf(context, request))
      return sendSignedIn(context, request, reply, signedIn)
    },
  })
}
