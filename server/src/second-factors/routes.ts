import { IdParams, Nothing } from '../api/schemas.ts'
import type { Context } from '../context.ts'
import { respondOnce } from '../http/idempotency.ts'
import type { App } from '../http/pipeline.ts'
import { countPassword } from '../http/rate-limit.ts'
import { findAccount } from '../users/accounts.ts'
import * as schema from './schema.ts'
import * as factors from './service.ts'

export function secondFactorRoutes(app: App, context: Context): void {
  ownFactors(app, context)
  activation(app, context)
  ownRecoveryCodes(app, context)
  factorsOfUsers(app, context)
}

function ownFactors(app: App, context: Context): void {
  const tags = ['Me']
  app.route({
    method: 'GET',
    url: '/api/v1/me/second-factors',
    config: { access: 'person', sdk: 'me.secondFactors' },
    schema: {
      operationId: 'getMySecondFactors',
      summary: 'Get the second factors of the signed-in user',
      tags,
      response: { 200: schema.SecondFactors },
    },
    handler: async (request) => factors.secondFactorsOf(context, request.person().id),
  })

  app.route({
    method: 'POST',
    url: '/api/v1/me/totp',
    config: { access: 'person', sdk: 'me.setUpTotp', confirm: true, confidential: true },
    schema: {
      operationId: 'setUpMyTotp',
      summary: 'Begin to set up an authenticator app',
      description:
        'The key is not in use until a first code confirms it, within 15 minutes; until then the former one works.',
      tags,
      response: { 200: schema.TotpSecret },
    },
    handler: async (request, reply) => {
      reply.header('cache-control', 'no-store')
      const account = await findAccount(context.database.read, request.person().id)
      if (!account) throw new Error('A signed-in person has an account.')
      return factors.setUpTotp(context, account)
    },
  })
}

function activation(app: App, context: Context): void {
  const tags = ['Me']
  app.route({
    method: 'POST',
    url: '/api/v1/me/totp/activate',
    config: {
      access: 'person',
      sdk: 'me.activateTotp',
      confirm: true,
      idempotencyKey: true,
      errors: ['conflict'],
    },
    schema: {
      operationId: 'activateMyTotp',
      summary: 'Finish setting up an authenticator app',
      description: 'With the first code that the app shows. From then on each sign-in asks for a code.',
      tags,
      body: schema.CodeInput,
      response: { 204: Nothing },
    },
    handler: async (request, reply) => {
      const { id, sessionId } = request.person()
      await countPassword(context, sessionId, reply)
      const { code } = request.body
      return respondOnce(
        context,
        request,
        reply,
        async () => (trx) => factors.activateTotp(context, trx, request.actor(), id, code),
        () => ({ status: 204 }),
      )
    },
  })

  app.route({
    method: 'DELETE',
    url: '/api/v1/me/totp',
    config: { access: 'person', sdk: 'me.removeTotp', confirm: true, errors: ['conflict'] },
    schema: {
      operationId: 'removeMyTotp',
      summary: 'Stop using an authenticator app',
      description:
        'Removes the recovery codes as well, unless a passkey is left. A conflict where the role needs a second factor and nothing else is left.',
      tags,
      response: { 204: Nothing },
    },
    handler: async (request, reply) => {
      await factors.removeOwnTotp(context, request.actor())
      return reply.code(204).send()
    },
  })
}

function ownRecoveryCodes(app: App, context: Context): void {
  app.route({
    method: 'POST',
    url: '/api/v1/me/recovery-codes',
    config: {
      access: 'person',
      sdk: 'me.createRecoveryCodes',
      confirm: true,
      confidential: true,
      errors: ['conflict'],
    },
    schema: {
      operationId: 'createMyRecoveryCodes',
      summary: 'Make ten recovery codes',
      description:
        'They replace all former ones. Each works once, in place of a code of the app. A repeated request makes another set.',
      tags: ['Me'],
      response: { 200: schema.RecoveryCodes },
    },
    handler: async (request, reply) => {
      reply.header('cache-control', 'no-store')
      return factors.makeRecoveryCodes(context, request.actor(), request.person().id)
    },
  })
}

function factorsOfUsers(app: App, context: Context): void {
  const tags = ['Users']
  app.route({
    method: 'GET',
    url: '/api/v1/users/:id/second-factors',
    config: { access: 'admin', sdk: 'users.secondFactors' },
    schema: {
      operationId: 'getSecondFactors',
      summary: 'Get the second factors of a user',
      tags,
      params: IdParams,
      response: { 200: schema.SecondFactors },
    },
    handler: async (request) => factors.secondFactorsOf(context, request.params.id),
  })

  app.route({
    method: 'DELETE',
    url: '/api/v1/users/:id/second-factors',
    config: { access: 'admin', sdk: 'users.removeSecondFactors', confirm: true },
    schema: {
      operationId: 'removeSecondFactors',
      summary: 'Remove the second factors of a user',
      description:
        'The authenticator app, all passkeys and the recovery codes, for somebody who has lost them: the password alone signs them in again. Where the role needs a second factor, the next sign-in sets one up.',
      tags,
      params: IdParams,
      response: { 204: Nothing },
    },
    handler: async (request, reply) => {
      await factors.removeFactorsOf(context, request.actor(), request.params.id)
      return reply.code(204).send()
    },
  })
}
