import { type Actor, missingScope } from '../access/caller.ts'
import { invalidRequest, notFound } from '../api/errors.ts'
import type { Context } from '../context.ts'
import { getEvent, listEvents, previousFor } from '../events/service.ts'
import { type EventBody, exampleBody } from '../events/types.ts'
import { Resting } from '../expressions/expressions.ts'
import type { App } from '../http/pipeline.ts'
import { toTimestamp } from '../lib/timestamps.ts'
import { bodyFor } from '../sending/body.ts'
import { NotShaped, passes, transformed } from '../sending/shape.ts'
import { checkedExpressions } from './expressions.ts'
import type { previewSchemas, WebhookPreview, WebhookPreviewCreate } from './preview-schema.ts'
import { webhookDefaults } from './schema.ts'

interface Chosen {
  id: number | null
  type: string
  occurred_at: string
  resource_type: string
  resource_id: number
  told: EventBody
}

/** What a webhook with these settings would be sent of an event; nothing is sent. */
async function previewWebhook(
  context: Context,
  actor: Actor,
  input: WebhookPreviewCreate,
): Promise<WebhookPreview> {
  await checkedExpressions(context, input)
  const chosen = await chosenBy(context, actor, input)
  const { expressions, config } = context
  const { filter = null, transform = null } = input
  const shown = { event_id: chosen.id, event_type: chosen.type, event: { ...chosen.told } }
  const nothing = { ...shown, error: null, content_type: null, body: null }
  try {
    if (!(await passes(expressions, { filter }, chosen.told))) return { ...nothing, outcome: 'filtered' }
    const { contentType, text } = bodyFor({
      told: chosen.told,
      transformed: await transformed(expressions, { transform }, chosen.told),
      event: { ...chosen, id: chosen.id ?? 0 },
      format: input.format ?? webhookDefaults.format,
      source: config.publicUrl,
    })
    return { ...shown, outcome: 'sent', error: null, content_type: contentType, body: text }
  } catch (error) {
    if (error instanceof Resting)
      return { ...nothing, outcome: 'failed', error: `It was not tried. ${error.message}` }
    if (!(error instanceof NotShaped)) throw error
    return { ...nothing, outcome: 'failed', error: `The ${error.field} failed. ${error.message}` }
  }
}

async function chosenBy(context: Context, actor: Actor, input: WebhookPreviewCreate): Promise<Chosen> {
  const { event_id, event_type } = input
  if ((event_id === undefined) === (event_type === undefined))
    throw invalidRequest("Send either 'event_id' or 'event_type'.")
  const type = event_type === undefined ? undefined : context.catalog.eventTypes.get(event_type)
  if (type?.reads && !actor.scopes.has(type.reads))
    throw missingScope(type.reads, 'Reading these events', actor)
  const readsLog = actor.scopes.has('events:read')
  if (event_id !== undefined && !readsLog) throw missingScope('events:read', 'Reading past events', actor)
  const id = event_id ?? (readsLog ? await newestOf(context, actor, event_type) : undefined)
  if (id === undefined) {
    if (!type) throw notFound('event', 0)
    const { event, data } = exampleBody(type)
    const now = toTimestamp(context.clock.now())
    const told = { event, timestamp: now, data }
    return {
      id: null,
      type: type.name,
      occurred_at: now,
      resource_type: type.resource,
      resource_id: data.id,
      told,
    }
  }
  const { resource } = await getEvent(context, actor, id)
  const told = resource.payload as Record<string, unknown> & EventBody
  const previous = input.include_previous ? await previousFor(context, actor, id) : undefined
  return { ...resource, told: previous ? { ...told, previous } : told }
}

async function newestOf(
  context: Context,
  actor: Actor,
  type: string | undefined,
): Promise<number | undefined> {
  const { data } = await listEvents(context, actor, {
    sort: '-log',
    limit: 1,
    ...(type === undefined ? {} : { type }),
  } as Parameters<typeof listEvents>[2])
  return data[0]?.id
}

export function previewRoute(
  app: App,
  context: Context,
  { preview, previewed }: ReturnType<typeof previewSchemas>,
): void {
  app.route({
    method: 'POST',
    url: '/api/v1/webhooks/preview',
    config: {
      access: 'webhooks:write',
      sdk: 'webhooks.preview',
      errors: ['resource_not_found', 'permission_denied'],
    },
    schema: {
      operationId: 'previewWebhook',
      summary: 'Preview a filter and a transform',
      description: [
        'Shows what a webhook with these settings would be sent of an event: one of the log that you may read, or the',
        'newest of a type. Nothing is sent or stored. Without the scope `events:read`, or where there is no such event',
        'yet, the sample of the documentation is taken.',
      ].join(' '),
      tags: ['Webhooks'],
      body: preview,
      response: { 200: previewed },
    },
    handler: (request) => previewWebhook(context, request.actor(), request.body),
  })
}
