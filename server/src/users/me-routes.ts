import { sendTagged } from '../api/conditional.ts'
import { Nothing } from '../api/schemas.ts'
import type { Context } from '../context.ts'
import { hookErrors } from '../hooks/consult.ts'
import { respondOnce } from '../http/idempotency.ts'
import type { App } from '../http/pipeline.ts'
import { countPassword } from '../http/rate-limit.ts'
import { writePrepared } from '../resource/record.ts'
import { changePassword } from './change-password.ts'
import { ofOneself, updateUser } from './hooked.ts'
import * as schema from './schema.ts'
import * as users from './service.ts'

const tags = ['Me']

/** What every signed-in person may read and change about themselves, in any role. */
export function meRoutes(app: App, context: Context): void {
  app.route({
    method: 'GET',
    url: '/api/v1/me',
    config: { access: 'person', sdk: 'me.get', tagged: true },
    schema: {
      operationId: 'getMe',
      summary: 'Get the profile of the signed-in user',
      tags,
      response: { 200: schema.User },
    },
    handler: async (request, reply) =>
      sendTagged(reply, await users.record.get(context, request.actor(), request.person().id)),
  })

  app.route({
    method: 'PATCH',
    url: '/api/v1/me',
    config: {
      access: 'person',
      sdk: 'me.update',
      // A sign-in name, and where programs write to.
      confirm: (body) => 'email' in body,
      tagged: true,
      errors: hookErrors.update,
    },
    schema: {
      operationId: 'updateMe',
      summary: 'Update the profile of the signed-in user',
      description:
        'Fields that are left out keep their value; `null` clears an optional field. Username, role and status can only be changed by administrators.\n\nJSON merge patch (RFC 7396).',
      tags,
      body: schema.MeUpdate,
      response: { 200: schema.User },
    },
    handler: async (request, reply) => {
      const { id } = request.person()
      const ifMatch = request.headers['if-match']
      return sendTagged(
        reply,
        await writePrepared(context, () =>
          updateUser(context, request.actor(), id, request.body, ifMatch, ofOneself),
        ),
      )
    },
  })

  passwordRoute(app, context)
}

function passwordRoute(app: App, context: Context): void {
  app.route({
    method: 'POST',
    url: '/api/v1/me/password',
    config: {
      access: 'person',
      sdk: 'me.changePassword',
      idempotencyKey: true,
      errors: ['service_unavailable'],
    },
    schema: {
      operationId: 'changeMyPassword',
      summary: 'Change the password of the signed-in user',
      description: 'Ends all other sessions of the user.',
      tags,
      body: schema.PasswordChange,
      response: { 204: Nothing },
    },
    handler: async (request, reply) => {
      const { sessionId } = request.person()
      await countPassword(context, sessionId, reply)
      return respondOnce(
        context,
        request,
        reply,
        () => changePassword(context, request.actor(), sessionId, request.body),
        () => ({ status: 204 }),
      )
    },
  })
}
