import { clearSessionCookie, passkeyTokenOf, sessionTokenOf } from '../access/session-cookie.ts'
import { listRequest, sendList } from '../api/paging.ts'
import { IdParams, Nothing } from '../api/schemas.ts'
import type { Context } from '../context.ts'
import type { App } from '../http/pipeline.ts'
import { countPassword } from '../http/rate-limit.ts'
import { requireSameOrigin } from '../http/same-origin.ts'
import { recordRefusedSignIn } from './refused-sign-in.ts'
import * as schema from './schema.ts'
import * as sessions from './service.ts'
import { arrivalOf, sendSignedIn } from './sign-in.ts'
import { countSignIn } from './sign-in-limits.ts'

const tags = ['Sessions']

export function sessionRoutes(app: App, context: Context): void {
  const { config } = context

  app.route({
    method: 'POST',
    url: '/api/v1/session',
    config: {
      access: 'public',
      sdk: 'session.signIn',
      ownBucket: 'sign-in',
      limitsFailures: true,
      errors: ['authentication_failed', 'permission_denied', 'service_unavailable'],
    },
    schema: {
      operationId: 'signIn',
      summary: 'Sign in',
      description:
        'Opens a session for the user. Where a second factor is needed, the response is a 401 whose `WWW-Authenticate` header says `second_factor_required`, with the cookie of a sign-in that waits for its second step: see `GET /session/step`. Sent once: a failed attempt is not retried automatically.\n\nSets the cookie of the session. With the cookie, changes also need the `csrf_token` of this response in the X-CSRF-Token header. Each request opens another session; an `Idempotency-Key` has no effect, because responses that hold a session are not stored.',
      tags,
      body: schema.SignIn,
      response: { 201: schema.Session },
    },
    handler: async (request, reply) => {
      requireSameOrigin(config.publicUrl, request)
      await countSignIn(context, request, reply, request.body.username)
      const from = arrivalOf(context, request)
      const signedIn = await sessions
        .signIn(context, request.body, from)
        .catch((error: unknown) => recordRefusedSignIn(context, request.body.username, from, error))
      return sendSignedIn(context, request, reply, signedIn)
    },
  })

  app.route({
    method: 'GET',
    url: '/api/v1/session',
    config: { access: 'person', sdk: 'session.current', confidential: true },
    schema: {
      operationId: 'getSession',
      summary: 'Get the current session',
      tags,
      response: { 200: schema.Session },
    },
    handler: async (request, reply) => {
      reply.header('cache-control', 'no-store')
      return sessions.currentSession(context, request.person(), sessionTokenOf(config, request) ?? '')
    },
  })

  app.route({
    method: 'DELETE',
    url: '/api/v1/session',
    config: { access: 'person', sdk: 'session.signOut' },
    schema: {
      operationId: 'signOut',
      summary: 'Sign out',
      description: 'Ends the current session.',
      tags,
      response: { 204: Nothing },
    },
    handler: async (request, reply) => {
      await sessions.endOwnSession(context, request.actor(), request.person().sessionId)
      clearSessionCookie(config, reply)
      return reply.code(204).send()
    },
  })

  confirmRoute(app, context)
  ownSessions(app, context)
}

function confirmRoute(app: App, context: Context): void {
  app.route({
    method: 'POST',
    url: '/api/v1/session/confirm',
    config: { access: 'person', sdk: 'session.confirm', errors: ['service_unavailable', 'conflict'] },
    schema: {
      operationId: 'confirmSession',
      summary: 'Confirm the session with the password, a code or a passkey',
      description:
        'With the password, with a code of the authenticator app or a recovery code, or with what a browser made of `POST /session/passkey/options`.\n\nRequired before changes that grant or restore access (credentials, webhooks, roles, passwords of others, usernames and email addresses, active users), and before reading the personal data of others, unless the person signed in or confirmed within the last 10 minutes.\n\nSuch a change is refused with a 403 whose `WWW-Authenticate` header says `insufficient_user_authentication` (RFC 9470); confirm, then repeat it.',
      tags,
      body: schema.SessionConfirm,
      response: { 204: Nothing },
    },
    handler: async (request, reply) => {
      const { sessionId } = request.person()
      await countPassword(context, sessionId, reply)
      await sessions.confirmSession(
        context,
        request.actor(),
        sessionId,
        request.body,
        passkeyTokenOf(context.config, request),
      )
      return reply.code(204).send()
    },
  })
}

function ownSessions(app: App, context: Context): void {
  app.route({
    method: 'GET',
    url: '/api/v1/me/sessions',
    config: { access: 'person', sdk: 'me.sessions' },
    schema: {
      operationId: 'listMySessions',
      summary: 'List the sessions of the signed-in user, newest first',
      tags: ['Me'],
      querystring: schema.SessionListQuery,
      response: { 200: schema.SessionPage },
    },
    handler: async (request, reply) => {
      const list = listRequest(request.query, schema.sessionSorts)
      const { id, sessionId } = request.person()
      const listed = await sessions.listSessionsOf(context, id, sessionId, list)
      return sendList(request, reply, list, listed)
    },
  })

  app.route({
    method: 'DELETE',
    url: '/api/v1/me/sessions/:id',
    config: { access: 'person', sdk: 'me.endSession' },
    schema: {
      operationId: 'endMySession',
      summary: 'End a session of the signed-in user',
      tags: ['Me'],
      params: IdParams,
      response: { 204: Nothing },
    },
    handler: async (request, reply) => {
      await sessions.endOwnSession(context, request.actor(), request.params.id)
      if (request.params.id === request.person().sessionId) clearSessionCookie(context.config, reply)
      return reply.code(204).send()
    },
  })
}
