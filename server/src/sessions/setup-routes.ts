import type { Context } from '../context.ts'
import type { App } from '../http/pipeline.ts'

import { requireSameOrigin } from '../http/same-origin.ts'
import { sendsMail } from '../mail/outbox.ts'
import { Session } from './schema.ts'
import * as schema from './setup-schema.ts'
import * as setup from './setup-service.ts'
import { arrivalOf, sendSignedIn } from './sign-in.ts'

const tags = ['Setup']

export function setupRoutes(app: App, context: Context): void {
  app.route({
    method: 'GET',
    url: '/api/v1/setup',
    config: { access: 'public', anyHost: true, sdk: 'setup.get' },
    schema: {
      operationId: 'getSetup',
      summary: 'Find out whether the first administrator has yet to be created',
      tags,
      response: { 200: schema.SetupState },
    },
    handler: async () => ({
      needed: await setup.isSetupNeeded(context),
      password_length_min: context.config.passwordLengthMin,
      sends_mail: sendsMail(context.config),
    }),
  })

  app.route({
    method: 'POST',
    url: '/api/v1/setup',
    config: {
      access: 'public',
      sdk: 'setup.create',
      ownBucket: 'sign-in',
      errors: ['authentication_failed', 'permission_denied', 'conflict', 'service_unavailable'],
    },
    schema: {
      operationId: 'setUp',
      summary: 'Create the first administrator and sign in',
      description:
        'Works once, with the token of the link that the server prints when it starts. After that it fails with a conflict; sign in instead.\n\nAn `Idempotency-Key` has no effect, because responses that hold a session are not stored.',
      tags,
      body: schema.Setup,
      response: { 201: Session },
    },
    handler: async (request, reply) => {
      requireSameOrigin(context.config.publicUrl, request)
      const signedIn = await setup.setUp(context, request.body, arrivalOf(context, request))
      return sendSignedIn(context, request, reply, signedIn)
    },
  })
}
