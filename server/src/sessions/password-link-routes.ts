import type { Context } from '../context.ts'
import type { App } from '../http/pipeline.ts'
import { requireSameOrigin } from '../http/same-origin.ts'
import { resetPassword } from './password-link-service.ts'
import { PasswordReset, Session } from './schema.ts'
import { arrivalOf, sendSignedIn } from './sign-in.ts'

export function passwordLinkRoutes(app: App, context: Context): void {
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
        'Works once, with the token of a link that `comserv admin reset-password` printed, within an hour. Ends all other sessions of the user.\n\nAn `Idempotency-Key` has no effect, because responses that hold a session are not stored.',
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
