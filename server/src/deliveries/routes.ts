import { sendTagged } from '../api/conditional.ts'
import { listQuery, listRequest, sendList } from '../api/paging.ts'
import { closed, IdParams, Nothing } from '../api/schemas.ts'
import type { Context } from '../context.ts'
import { respondOnce } from '../http/idempotency.ts'
import type { App } from '../http/pipeline.ts'
import { countFurther } from '../http/rate-limit.ts'
import { record as webhooks } from '../webhooks/service.ts'
import { listDeliveriesOfEvent } from './of-event-service.ts'
import * as outcomesSchema from './outcomes-schema.ts'
import { deliveryOutcomes } from './outcomes-service.ts'
import { recoverRoutes } from './recover-routes.ts'
import { type DeliveryWithAttempts, deliverySchemas, deliverySorts } from './schema.ts'
import * as deliveries from './service.ts'
import { outcomeAlone, testWebhook } from './testing.ts'

const tags = ['Webhooks']
const testsPerMinute = 10

type Schemas = ReturnType<typeof deliverySchemas>

export function deliveryRoutes(app: App, context: Context): void {
  const schemas = deliverySchemas([...context.catalog.eventTypes.keys()])
  reading(app, context, schemas)
  ofEvents(app, context, schemas)
  sendingAgain(app, context, schemas)
  recoverRoutes(app, context)
  cancelling(app, context, schemas)
  testing(app, context, schemas)
}

function reading(app: App, context: Context, schemas: Schemas): void {
  app.route({
    method: 'GET',
    url: '/api/v1/webhooks/:id/deliveries',
    config: { access: 'webhooks:read', sdk: 'webhooks.deliveries' },
    schema: {
      operationId: 'listDeliveries',
      summary: 'List the deliveries of a webhook, newest first',
      tags,
      params: IdParams,
      querystring: schemas.DeliveryListQuery,
      response: { 200: schemas.DeliveryPage },
    },
    handler: async (request, reply) => {
      const list = listRequest(request.query, deliverySorts)
      const { id } = request.params
      const listed = await deliveries.listDeliveries(context, request.actor(), id, request.query, list)
      return sendList(request, reply, list, listed)
    },
  })

  app.route({
    method: 'GET',
    url: '/api/v1/delivery-outcomes',
    config: { access: 'webhooks:read', sdk: 'deliveries.outcomes', errors: ['resource_not_found'] },
    schema: {
      operationId: 'getDeliveryOutcomes',
      summary: 'Get the outcomes of delivery attempts, by hour or day',
      description: [
        'The outcomes of one webhook, or of all together; callers who are not administrators get those of their own webhooks. One row for',
        'each hour or day, including those without attempts. An attempt counts in the hour in which it ended, including',
        'tests and resends; an interrupted attempt does not count. Kept for 400 days; attempts to a webhook that has been',
        'deleted since still count in the total.',
      ].join(' '),
      tags,
      querystring: outcomesSchema.OutcomesQuery,
      response: { 200: outcomesSchema.DeliveryOutcomes },
    },
    handler: (request) => deliveryOutcomes(context, request.actor(), request.query),
  })

  app.route({
    method: 'GET',
    url: '/api/v1/deliveries/:id',
    config: { access: 'webhooks:read', sdk: 'deliveries.get', tagged: true },
    schema: {
      operationId: 'getDelivery',
      summary: 'Get a delivery with all its attempts',
      tags,
      params: IdParams,
      response: { 200: schemas.DeliveryWithAttempts },
    },
    handler: async (request, reply) =>
      sendTagged(reply, await deliveries.getDelivery(context, request.actor(), request.params.id)),
  })
}

function ofEvents(app: App, context: Context, schemas: Schemas): void {
  app.route({
    method: 'GET',
    url: '/api/v1/events/:id/deliveries',
    config: { access: 'webhooks:read', sdk: 'events.deliveries' },
    schema: {
      operationId: 'listEventDeliveries',
      summary: 'List the deliveries of an event, newest first',
      description:
        'To the webhooks that the caller may read; callers who are not administrators read their own.',
      tags: ['Events'],
      params: IdParams,
      querystring: closed(listQuery(deliverySorts)),
      response: { 200: schemas.DeliveryPage },
    },
    handler: async (request, reply) => {
      const list = listRequest(request.query, deliverySorts)
      const { id } = request.params
      return sendList(request, reply, list, await listDeliveriesOfEvent(context, request.actor(), id, list))
    },
  })
}

function sendingAgain(app: App, context: Context, schemas: Schemas): void {
  app.route({
    method: 'POST',
    url: '/api/v1/deliveries/:id/resend',
    config: {
      access: 'webhooks:write',
      sdk: 'deliveries.resend',
      idempotencyKey: true,
      tagged: true,
      shows: { reads: 'webhooks:read', made: ['id'] },
      errors: ['conflict'],
    },
    schema: {
      operationId: 'resendDelivery',
      summary: 'Resend a delivery',
      description: [
        'Sends the same event and body again, signed with the current secret. If the delivery is still waiting for its next',
        'attempt, no second delivery is made: that attempt is made now. A webhook that is paused, disabled or behind an',
        'open circuit receives it when sending resumes. A delivery that has ended is resent only while the webhook',
        'subscribes to its event type.',
      ].join(' '),
      tags,
      params: IdParams,
      response: { 202: schemas.Delivery, 201: schemas.ResentDelivery },
    },
    handler: (request, reply) =>
      respondOnce(
        context,
        request,
        reply,
        () => deliveries.resendDelivery(context, request.actor(), request.params.id),
        ({ etag, resource }) => ({
          status: 202,
          headers: { location: `/api/v1/deliveries/${resource.id}`, etag },
          body: resource,
        }),
      ),
  })
}

function cancelling(app: App, context: Context, schemas: Schemas): void {
  app.route({
    method: 'POST',
    url: '/api/v1/deliveries/:id/cancel',
    config: {
      access: 'webhooks:write',
      sdk: 'deliveries.cancel',
      idempotencyKey: true,
      shows: { reads: 'webhooks:read' },
      errors: ['conflict'],
    },
    schema: {
      operationId: 'cancelDelivery',
      summary: 'Cancel a delivery that is pending or held',
      description: [
        'It ends as `discarded`, with the reason `cancelled`, and can be resent. One that is being attempted cannot be',
        'cancelled: wait until the attempt has ended.',
      ].join(' '),
      tags,
      params: IdParams,
      response: { 200: schemas.Delivery, 204: Nothing },
    },
    handler: (request, reply) =>
      respondOnce(
        context,
        request,
        reply,
        () => deliveries.cancelDelivery(context, request.actor(), request.params.id),
        (delivery) => ({ status: 200, body: delivery }),
      ),
  })
}

function testing(app: App, context: Context, schemas: Schemas): void {
  app.route({
    method: 'POST',
    url: '/api/v1/webhooks/:id/test',
    config: {
      access: 'webhooks:write',
      sdk: 'webhooks.test',
      idempotencyKey: true,
      shows: {
        reads: 'webhooks:read',
        cut: (delivery) => outcomeAlone(delivery as DeliveryWithAttempts),
      },
    },
    schema: {
      operationId: 'testWebhook',
      summary: 'Send a test to a webhook now',
      description: [
        'A real delivery of the event `ping`, or of the documented sample of `event_type`, signed like any other, even to a',
        'webhook that is paused or disabled. It has the header `X-Webhook-Test: true`; a sample also has `"test": true` in',
        'its body, and is not in the event log. Returns when the receiver has responded, with its response. At most 10 per',
        'minute and webhook. A failure does not count against the webhook; a success closes its circuit. Callers without',
        '`webhooks:read` are shown the outcome, not the header fields and the text of the response.',
      ].join(' '),
      tags,
      params: IdParams,
      body: schemas.WebhookTest,
      response: { 200: schemas.DeliveryWithAttempts },
    },
    handler: (request, reply) =>
      respondOnce(
        context,
        request,
        reply,
        async () => {
          const { id } = request.params
          // A caller who may not see it does not use up its tests, and neither does a replay.
          await webhooks.get(context, request.actor(), id)
          await countFurther(
            context,
            { policy: 'webhook-test', key: `webhook-test:${id}`, limit: testsPerMinute },
            reply,
          )
          return testWebhook(context, request.actor(), id, request.body.event_type ?? 'ping')
        },
        (delivery) => ({ status: 200, body: delivery }),
      ),
  })
}
