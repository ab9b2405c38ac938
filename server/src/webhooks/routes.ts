import type { Context } from '../context.ts'
import { answerTagged } from '../http/conditional.ts'
import { answerOnce } from '../http/idempotency.ts'
import { answerList, listRequest } from '../http/paging.ts'
import type { App } from '../http/pipeline.ts'
import { IdParams, Nothing } from '../http/schemas.ts'
import * as schema from './schema.ts'
import * as webhooks from './service.ts'

const tags = ['Webhooks']

export function webhookRoutes(app: App, context: Context): void {
  app.route({
    method: 'GET',
    url: '/api/v1/webhooks',
    config: { access: 'webhooks:read' },
    schema: {
      operationId: 'listWebhooks',
      summary: 'List webhooks, newest first',
      description: 'Who is not an administrator sees only their own.',
      tags,
      querystring: schema.WebhookListQuery,
      response: { 200: schema.WebhookPage },
    },
    handler: async (request, reply) => {
      const list = listRequest(request.query, schema.webhookSorts)
      return answerList(request, reply, list, await webhooks.listWebhooks(context, request.actor(), list))
    },
  })

  app.route({
    method: 'POST',
    url: '/api/v1/webhooks',
    config: { access: 'webhooks:write', idempotencyKey: true, tagged: true },
    schema: {
      operationId: 'createWebhook',
      summary: 'Add a webhook',
      description: [
        'Every event that it subscribes to, from the moment of this answer on, is sent to it at least once. To subscribe',
        'takes the scope that reads what the events tell: users:read, documents:read.',
      ].join(' '),
      tags,
      body: schema.WebhookCreate,
      response: { 201: schema.WebhookWithSecret },
    },
    handler: (request, reply) =>
      answerOnce(
        context,
        request,
        reply,
        (inside) => webhooks.createWebhook(inside, request.actor(), request.body),
        ({ etag, resource }) => ({
          status: 201,
          headers: { location: `/api/v1/webhooks/${resource.id}`, etag },
          body: resource,
        }),
      ),
  })

  app.route({
    method: 'GET',
    url: '/api/v1/webhooks/:id',
    config: { access: 'webhooks:read', tagged: true },
    schema: {
      operationId: 'getWebhook',
      summary: 'Read a webhook, with its health',
      tags,
      params: IdParams,
      response: { 200: schema.Webhook },
    },
    handler: async (request, reply) =>
      answerTagged(reply, await webhooks.getWebhook(context, request.actor(), request.params.id)),
  })

  app.route({
    method: 'PATCH',
    url: '/api/v1/webhooks/:id',
    config: { access: 'webhooks:write', tagged: true, errors: ['conflict'] },
    schema: {
      operationId: 'updateWebhook',
      summary: 'Change, pause or resume a webhook',
      tags,
      params: IdParams,
      body: schema.WebhookUpdate,
      response: { 200: schema.Webhook },
    },
    handler: async (request, reply) => {
      const ifMatch = request.headers['if-match']
      const { id } = request.params
      return answerTagged(
        reply,
        await webhooks.updateWebhook(context, request.actor(), id, request.body, ifMatch),
      )
    },
  })

  app.route({
    method: 'DELETE',
    url: '/api/v1/webhooks/:id',
    config: { access: 'webhooks:write', tagged: true },
    schema: {
      operationId: 'deleteWebhook',
      summary: 'Delete a webhook, with its deliveries',
      tags,
      params: IdParams,
      response: { 204: Nothing },
    },
    handler: async (request, reply) => {
      const ifMatch = request.headers['if-match']
      await webhooks.deleteWebhook(context, request.actor(), request.params.id, ifMatch)
      return reply.code(204).send()
    },
  })

  app.route({
    method: 'POST',
    url: '/api/v1/webhooks/:id/rotate-secret',
    config: { access: 'webhooks:write', idempotencyKey: true, tagged: true },
    schema: {
      operationId: 'rotateWebhookSecret',
      summary: 'Replace the secret of a webhook',
      description: [
        'webhook-signature carries a signature by each secret for the overlap; X-Webhook-Signature is by the new one at',
        'once.',
      ].join(' '),
      tags,
      params: IdParams,
      body: schema.SecretRotate,
      response: { 200: schema.WebhookWithSecret },
    },
    handler: (request, reply) =>
      answerOnce(
        context,
        request,
        reply,
        (inside) => webhooks.rotateSecret(inside, request.actor(), request.params.id, request.body),
        ({ etag, resource }) => ({ status: 200, headers: { etag }, body: resource }),
      ),
  })
}
