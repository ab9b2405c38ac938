import type { Actor } from '../access/caller.ts'
import { type IfMatch, requireMatch } from '../api/conditional.ts'
import { IdParams, Nothing } from '../api/schemas.ts'
import type { Context } from '../context.ts'
import type { Change } from '../db/database.ts'
import type { App } from '../http/pipeline.ts'
import { changing } from '../resource/record.ts'
import { record, requireCovered } from './service.ts'
import * as store from './store.ts'

/** Ends the overlap of a rotation at once. Where none is running, nothing changes. */
function endPreviousSecret(context: Context, actor: Actor, id: number, ifMatch?: IfMatch): Change<void> {
  return changing(context, actor, async (doing) => {
    const { trx, now } = doing
    const before = await record.requireForChange(doing, id)
    // People may always end what they own.
    if (actor.type !== 'user' || before.owner_id !== actor.userId) requireCovered(context, actor, before)
    if (before.previous_secret_expires_at === null) return
    requireMatch(ifMatch, record.etag(before, context))
    await store.endFormerSecrets(trx.db, id, now)
    await record.write(doing, 'end_previous_secret', before, {})
  })
}

export function previousSecretRoute(app: App, context: Context): void {
  app.route({
    method: 'DELETE',
    url: '/api/v1/webhooks/:id/previous-secret',
    config: {
      access: 'webhooks:write',
      sdk: 'webhooks.endPreviousSecret',
      ownersToo: true,
      tagged: true,
    },
    schema: {
      operationId: 'endPreviousSecretOfWebhook',
      summary: 'End the overlap of the previous secret of a webhook',
      description:
        'The previous secret no longer signs, from the next attempt on. If there is none, nothing changes.',
      tags: ['Webhooks'],
      params: IdParams,
      response: { 204: Nothing },
    },
    handler: async (request, reply) => {
      const ifMatch = request.headers['if-match']
      await context.database.write(endPreviousSecret(context, request.actor(), request.params.id, ifMatch))
      return reply.code(204).send()
    },
  })
}
