import { IdParams } from '../api/schemas.ts'
import type { Context } from '../context.ts'
import { respondOnce } from '../http/idempotency.ts'
import type { App } from '../http/pipeline.ts'
import { recoverSchemas } from './recover-schema.ts'
import { recoverDeliveries } from './recover-service.ts'

export function recoverRoutes(app: App, context: Context): void {
  const types = [...context.catalog.eventTypes.values()].filter(({ reads }) => reads !== null)
  const { Recover, Recovered } = recoverSchemas(types.map(({ name }) => name))
  app.route({
    method: 'POST',
    url: '/api/v1/webhooks/:id/recover',
    config: { access: 'webhooks:write', sdk: 'webhooks.recover', idempotencyKey: true, errors: ['conflict'] },
    schema: {
      operationId: 'recoverWebhook',
      summary: 'Send failed or past events to a webhook',
      description: [
        'Resends the deliveries that have failed in a span of time; with `include`, also events that were never sent to the',
        'webhook, and those that were delivered.\n\n',
        'At most 1,000 deliveries per request: repeat it until `remaining` is 0, with `next_cursor` as `cursor` where the',
        'response has one. An interrupted request can be repeated: what is on its way, or was sent by it, is skipped.\n\n',
        'Events are kept for 30 days, unless the server is configured otherwise; one whose delivery is no longer kept',
        'counts as `missed`.',
      ].join(' '),
      tags: ['Webhooks'],
      params: IdParams,
      body: Recover,
      response: { 200: Recovered },
    },
    handler: (request, reply) =>
      respondOnce(
        context,
        request,
        reply,
        () => recoverDeliveries(context, request.actor(), request.params.id, request.body),
        (recovered) => ({ status: 200, body: recovered }),
      ),
  })
}
