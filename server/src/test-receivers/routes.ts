import { etagOf, sendTagged } from '../api/conditional.ts'
import { AppError } from '../api/errors.ts'
import { listRequest, sendList } from '../api/paging.ts'
import { closed, IdParams, Nothing } from '../api/schemas.ts'
import { Type } from '../api/type.ts'
import type { Context } from '../context.ts'
import { eventBytesMax } from '../events/types.ts'
import { respondOnce } from '../http/idempotency.ts'
import type { App } from '../http/pipeline.ts'
import { countRequest } from '../http/rate-limit.ts'
import { addressBlock } from '../lib/ip-addresses.ts'
import { deletedReceiverHeader, testReceiverPath } from '../sending/own-receiver.ts'
import { findByToken, receive } from './receiving.ts'
import * as schema from './schema.ts'
import * as receivers from './service.ts'

const tags = ['Webhooks']
const path = '/api/v1/test-receivers'
/** A receiver shows what arrives; nobody measures with it. */
const requestsPerMinute = 60

export function testReceiverRoutes(app: App, context: Context): void {
  reading(app, context)
  changing(app, context)
}

function reading(app: App, context: Context): void {
  app.route({
    method: 'GET',
    url: path,
    config: { access: 'webhooks:read', sdk: 'testReceivers.list' },
    schema: {
      operationId: 'listTestReceivers',
      summary: 'List your test receivers, newest first',
      description: 'Every user, administrators included, sees only their own.',
      tags,
      querystring: schema.TestReceiverQuery,
      response: { 200: schema.TestReceiverPage },
    },
    handler: async (request, reply) => {
      const list = listRequest(request.query, schema.receiverSorts)
      return sendList(request, reply, list, await receivers.listReceivers(context, request.actor(), list))
    },
  })

  app.route({
    method: 'GET',
    url: `${path}/:id`,
    config: { access: 'webhooks:read', sdk: 'testReceivers.get', tagged: true },
    schema: {
      operationId: 'getTestReceiver',
      summary: 'Get a test receiver with the last requests that it received',
      tags,
      params: IdParams,
      response: { 200: schema.TestReceiverWithRequests },
    },
    async handler(request, reply) {
      const resource = await receivers.getReceiver(context, request.actor(), request.params.id)
      return sendTagged(reply, { etag: etagOfReceiver(resource), resource })
    },
  })
}

/** It changes with each request that it receives, and with nothing else. */
function etagOfReceiver({ id, received }: { id: number; received: number }): string {
  return etagOf('test_receiver', id, received)
}

function changing(app: App, context: Context): void {
  app.route({
    method: 'POST',
    url: path,
    config: {
      access: 'webhooks:write',
      sdk: 'testReceivers.create',
      idempotencyKey: true,
      tagged: true,
      shows: { reads: 'webhooks:read' },
      errors: ['conflict'],
    },
    schema: {
      operationId: 'createTestReceiver',
      summary: 'Create a test receiver',
      description: [
        'A receiver on this server, to try webhooks without a program: create a webhook with its `url`. It verifies the',
        'signature, shows the last 20 requests, accepts 60 requests a minute, and is removed after 24 hours. A user can',
        'have 5.',
      ].join(' '),
      tags,
      body: schema.TestReceiverCreate,
      response: { 201: schema.TestReceiver },
    },
    handler: (request, reply) =>
      respondOnce(
        context,
        request,
        reply,
        () => receivers.createReceiver(context, request.actor(), request.body),
        (receiver) => ({
          status: 201,
          headers: { location: `${path}/${receiver.id}`, etag: etagOfReceiver(receiver) },
          body: receiver,
        }),
      ),
  })

  app.route({
    method: 'DELETE',
    url: `${path}/:id`,
    config: { access: 'webhooks:write', sdk: 'testReceivers.delete' },
    schema: {
      operationId: 'deleteTestReceiver',
      summary: 'Delete a test receiver and what it received',
      description: 'Webhooks with its URL stay; delete them, or give them another URL.',
      tags,
      params: IdParams,
      response: { 204: Nothing },
    },
    handler: async (request, reply) => {
      await context.database.write(
        await receivers.deleteReceiver(context, request.actor(), request.params.id),
      )
      return reply.code(204).send()
    },
  })
}

/**
 * The receivers themselves, in every process that sends. A Fastify scope of its own: the body is signed as the text that
 * it is, whatever its type.
 */
export function testReceiverEndpoint(app: App, context: Context): void {
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', { parseAs: 'string' }, async (_: unknown, body: string) => body)
    endpoint(scope as App, context)
  })
}

function endpoint(app: App, context: Context): void {
  const { clock, limiter, config } = context
  app.route({
    method: 'POST',
    url: `${testReceiverPath}:token`,
    bodyLimit: eventBytesMax,
    config: { access: 'public', anyHost: true, bodyTypes: ['application/json'] },
    schema: { params: closed({ token: Type.String() }), hide: true },
    handler: async (request, reply) => {
      const { token } = request.params
      const receiver = await findByToken(context, token)
      const key = receiver ? String(receiver.id) : addressBlock(request.ip)
      const limit = receiver ? requestsPerMinute : config.rateLimits.anonymous
      await countRequest(
        limiter,
        clock,
        { policy: 'test-receiver', key: `test-receiver:${key}`, limit },
        reply,
      )
      if (!receiver) {
        reply.header(deletedReceiverHeader, 'true')
        throw new AppError(
          'resource_not_found',
          'This test receiver was deleted; they are removed after 24 hours. Create another, and give the webhook its URL.',
        )
      }
      const body = typeof request.body === 'string' ? request.body : ''
      const { problem, webhookId } = await receive(context, receiver, request.raw, body)
      const status = problem === null ? receiver.response_status : 401
      reply.code(status).header('cache-control', 'no-store')
      if (status === 204 || status === 304) return reply.send()
      return reply.send({ verified: problem === null, problem, webhook_id: webhookId })
    },
  })
}
