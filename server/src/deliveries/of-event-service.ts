import type { Actor } from '../access/caller.ts'
import { notFound } from '../api/errors.ts'
import { type Listing, type ListRequest, listing } from '../api/paging.ts'
import type { Context } from '../context.ts'
import { mayReadEvent } from '../events/service.ts'
import { type WebhookRow, record as webhooks } from '../webhooks/service.ts'
import type { Delivery } from './schema.ts'
import { findAround, toDelivery } from './service.ts'
import * as store from './store.ts'

/**
 * The deliveries of an event to the webhooks that the caller sees.
 * @throws AppError resource_not_found when there are none, and the caller may not read the event either
 */
export async function listDeliveriesOfEvent(
  context: Context,
  actor: Actor,
  eventId: number,
  request: ListRequest,
): Promise<Listing<Delivery>> {
  const { read } = context.database
  const filter = {
    event_id: eventId,
    ...(actor.reach.ownOnly ? { owner_id: actor.userId } : {}),
  }
  const [rows, total] = await Promise.all([
    store.listDeliveriesOfEvent(read, filter, request.slice),
    store.countDeliveriesOfEvent(read, filter),
  ])
  if (total === 0 && !(await mayReadEvent(context, actor, eventId))) throw notFound('event', eventId)
  const ids = [...new Set(rows.map(({ webhook_id }) => webhook_id))]
  const found = await Promise.all(ids.map((id) => webhooks.read(context, read, actor, id)))
  const byId = new Map<number, WebhookRow>(found.map((webhook) => [webhook.id, webhook]))
  const around = await findAround(context, read, actor, rows)
  return listing(request, rows, total, (row) => toDelivery(row, required(byId, row), around))
}

function required(webhooks: ReadonlyMap<number, WebhookRow>, { webhook_id }: store.DeliveryRow): WebhookRow {
  const webhook = webhooks.get(webhook_id)
  if (!webhook) throw new Error(`The webhook ${webhook_id} was not read with its delivery.`)
  return webhook
}
