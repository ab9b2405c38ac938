import { passkeyTokenOf, setPasskeyCookie, stepTokenOf } from '../access/session-cookie.ts'
import { generateToken } from '../access/session-token.ts'
import type { Context } from '../context.ts'
import type { App } from '../http/pipeline.ts'
import { requireSameOrigin } from '../http/same-origin.ts'
import { PasskeyOptions, PasskeySignIn } from '../second-factors/passkey-schema.ts'
import { passkeyOptions } from '../second-factors/passkey-service.ts'
import { signInWithPasskey } from './passkey-service.ts'
import { Session } from './schema.ts'
import { arrivalOf, sendSignedIn } from './sign-in.ts'

const tags = ['Sessions']

export function passkeySignInRoutes(app: App, context: Context): void {
  const { config } = context
  app.route({
    method: 'POST',
    url: '/api/v1/session/passkey/options',
    config: {
      access: 'public',
      sdk: 'session.passkeyOptions',
      ownBucket: 'sign-in-step',
      errors: ['permission_denied', 'conflict'],
    },
    schema: {
      operationId: 'getPasskeyOptions',
      summary: 'Ask for a passkey',
      description:
        'What a page of this server gives to `navigator.credentials.get()`, to sign in or to confirm a session. Sets a cookie: the response is accepted from this browser, once, within 5 minutes.',
      tags,
      response: { 200: PasskeyOptions },
    },
    handler: async (request, reply) => {
      requireSameOrigin(config.publicUrl, request)
      const token = generateToken()
      const options = await passkeyOptions(context, token)
      setPasskeyCookie(config, reply, token)
      reply.header('cache-control', 'no-store')
      return options
    },
  })

  app.route({
    method: 'POST',
    url: '/api/v1/session/passkey',
    config: {
      access: 'public',
      sdk: 'session.signInWithPasskey',
      ownBucket: 'sign-in-step',
      errors: ['authentication_failed', 'permission_denied', 'conflict'],
    },
    schema: {
      operationId: 'signInWithPasskey',
      summary: 'Sign in with a passkey',
      description:
        'In place of the password and the second step, or as the second step of a sign-in that waits in this browser.\n\nAn `Idempotency-Key` has no effect, because responses that hold a session are not stored.',
      tags,
      body: PasskeySignIn,
      response: { 201: Session },
    },
    handler: async (request, reply) => {
      requireSameOrigin(config.publicUrl, request)
      const tokens = { passkey: passkeyTokenOf(config, request), step: stepTokenOf(config, request) }
      const { response } = request.body
      const signedIn = await signInWithPasskey(context, tokens, response, arrivalOf(context, request))
      return sendSignedIn(context, request, reply, signedIn)
    },
  })
}
