import { IdParams, Nothing } from '../api/schemas.ts'
import type { Context } from '../context.ts'
import { respondOnce } from '../http/idempotency.ts'
import type { App } from '../http/pipeline.ts'
import * as schema from './passkey-schema.ts'
import * as passkeys from './passkey-service.ts'
import { removeOwnPasskey } from './service.ts'

const tags = ['Me']

/** The passkeys of the signed-in person; they are listed with the other second factors. */
export function passkeyRoutes(app: App, context: Context): void {
  app.route({
    method: 'POST',
    url: '/api/v1/me/passkeys/options',
    config: { access: 'person', sdk: 'me.passkeyOptions', confirm: true, errors: ['conflict'] },
    schema: {
      operationId: 'getMyPasskeyOptions',
      summary: 'Begin to add a passkey',
      description:
        'What a page of this server gives to `navigator.credentials.create()`. A conflict where `COMSERV_PUBLIC_URL` is not an address under which browsers offer passkeys.',
      tags,
      response: { 200: schema.PasskeyOptions },
    },
    handler: async (request, reply) => {
      reply.header('cache-control', 'no-store')
      return passkeys.newPasskeyOptions(context, request.person())
    },
  })

  app.route({
    method: 'POST',
    url: '/api/v1/me/passkeys',
    config: {
      access: 'person',
      sdk: 'me.addPasskey',
      confirm: true,
      idempotencyKey: true,
      errors: ['conflict'],
    },
    schema: {
      operationId: 'addMyPasskey',
      summary: 'Add a passkey',
      description:
        'With what the browser made. From then on the passkey signs in by itself, and a sign-in by the password needs a second step.',
      tags,
      body: schema.PasskeyInput,
      response: { 201: schema.Passkey },
    },
    handler: async (request, reply) =>
      respondOnce(
        context,
        request,
        reply,
        () => passkeys.addPasskey(context, request.actor(), request.person(), request.body),
        (body) => ({ status: 201, headers: { location: '/api/v1/me/second-factors' }, body }),
      ),
  })

  changeRoutes(app, context)
}

function changeRoutes(app: App, context: Context): void {
  app.route({
    method: 'PATCH',
    url: '/api/v1/me/passkeys/:id',
    config: { access: 'person', sdk: 'me.renamePasskey' },
    schema: {
      operationId: 'renameMyPasskey',
      summary: 'Rename a passkey',
      tags,
      params: IdParams,
      body: schema.PasskeyUpdate,
      response: { 200: schema.Passkey },
    },
    handler: async (request) =>
      passkeys.renamePasskey(context, request.actor(), request.params.id, request.body.name),
  })

  app.route({
    method: 'DELETE',
    url: '/api/v1/me/passkeys/:id',
    config: { access: 'person', sdk: 'me.removePasskey', confirm: true, errors: ['conflict'] },
    schema: {
      operationId: 'removeMyPasskey',
      summary: 'Remove a passkey',
      description:
        'With the last second factor the recovery codes are removed as well. A conflict where the role needs a second factor and nothing else is left.',
      tags,
      params: IdParams,
      response: { 204: Nothing },
    },
    handler: async (request, reply) => {
      await removeOwnPasskey(context, request.actor(), request.params.id)
      return reply.code(204).send()
    },
  })
}
