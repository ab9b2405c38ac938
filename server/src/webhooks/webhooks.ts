import type { TSchema } from 'typebox'
import { IdParams } from '../api/schemas.ts'
import type { Context } from '../context.ts'
import type { EventType } from '../events/types.ts'
import { respondOnce } from '../http/idempotency.ts'
import type { App } from '../http/pipeline.ts'
import { resource } from '../resource/resource.ts'
import { previewRoute } from './preview.ts'
import { previewSchemas } from './preview-schema.ts'
import { previousSecretRoute } from './previous-secret.ts'
import { SecretRotate, webhookSchemas, webhookSorts } from './schema.ts'
import { createWebhook, deleteWebhook, listWebhooks, record, rotateSecret, updateWebhook } from './service.ts'

/** @param subscribable the event types that a webhook can subscribe to */
export function webhooks(subscribable: readonly EventType[]) {
  const names = subscribable.map(({ name }) => name)
  const schema = webhookSchemas(names)
  const scopes = [...new Set(subscribable.flatMap(({ reads }) => reads ?? []))]
  return resource({
    name: 'webhook',
    plural: 'webhooks',
    tag: 'Webhooks',
    reads: 'webhooks:read',
    writes: 'webhooks:write',
    isOwned: true,
    schema: { ...schema, listed: schema.full },
    sorts: webhookSorts,
    words: {
      list: {
        summary: 'List webhooks, newest first',
        description:
          'Callers who are not administrators see only their own. With `sort=-failing_since`, webhooks whose deliveries are failing come first, the latest to fail on top, then all others, newest first.',
      },
      create: {
        summary: 'Create a webhook',
        description: [
          'From this response on, every event that it subscribes to is sent to it at least once. The secret is shown in this',
          `response only. Subscribing requires the scope that reads the data of the events: ${scopes.join(', ')}.`,
        ].join(' '),
        errors: ['conflict'],
      },
      get: { summary: 'Get a webhook with its health' },
      update: { summary: 'Update, pause or resume a webhook', errors: ['conflict'] },
      delete: { summary: 'Delete a webhook and its deliveries' },
    },
    confirm: { create: true, update: true },
    auditActions: [
      'webhook.rotate_secret',
      'webhook.end_previous_secret',
      'webhook.test',
      'webhook.recover',
      'webhook.disable',
      'delivery.resend',
      'delivery.cancel',
    ],
    showsSecret: true,
    list: listWebhooks,
    get: record.get,
    create: createWebhook,
    update: updateWebhook,
    delete: deleteWebhook,
    routes(app, context) {
      rotateRoute(app, context, schema)
      previousSecretRoute(app, context)
      previewRoute(app, context, previewSchemas(names))
    },
  })
}

function rotateRoute(
  app: App,
  context: Context,
  { created, rotated }: Record<'created' | 'rotated', TSchema>,
): void {
  app.route({
    method: 'POST',
    url: '/api/v1/webhooks/:id/rotate-secret',
    config: {
      access: 'webhooks:write',
      sdk: 'webhooks.rotateSecret',
      confirm: true,
      idempotencyKey: true,
      tagged: true,
      shows: { reads: 'webhooks:read', made: ['id', 'secret'] },
      showsSecret: 'webhook',
    },
    schema: {
      operationId: 'rotateWebhookSecret',
      summary: 'Replace the secret of a webhook',
      description: [
        'The new secret is shown in this response only. For `overlap_hours`, `webhook-signature` carries a signature by each',
        'of the two secrets; `X-Webhook-Signature` uses the new one at once. With `ed25519`, the key pair is replaced, too.',
      ].join(' '),
      tags: ['Webhooks'],
      params: IdParams,
      body: SecretRotate,
      response: { 200: created, 201: rotated },
    },
    handler: (request, reply) =>
      respondOnce(
        context,
        request,
        reply,
        () => rotateSecret(context, request.actor(), request.params.id, request.body),
        ({ etag, resource }) => ({ status: 200, headers: { etag }, body: resource }),
      ),
  })
}
