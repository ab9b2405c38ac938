import type { EventBody } from '../events/types.ts'
import { fromTimestamp, secondMs } from '../lib/timestamps.ts'
import type { EventBodyRow, WebhookRow } from './dispatch-store.ts'

export interface Opened {
  /** As it was written with the event. */
  body: string
  /** JSON of the fields that the change replaced; null for events that are no update. */
  previous: string | null
}

interface Parts extends Opened {
  event: Pick<EventBodyRow, 'id' | 'occurred_at' | 'resource_type' | 'resource_id'>
  webhook: Pick<WebhookRow, 'format' | 'include_previous'>
  /** Whether the webhook may be sent a record as it was before. */
  sees(data: object): boolean
  /** Of this server, for receivers of several. */
  source: string
}

/** The body of a delivery in the format of its webhook, with its content type. */
export function bodyFor({ body, previous, event, webhook, sees, source }: Parts) {
  const wantsPrevious = webhook.include_previous === 1 && previous !== null
  // Most webhooks: the text is sent as it was stored.
  if (webhook.format === 'standard' && !wantsPrevious) return { contentType: 'application/json', text: body }
  const told: EventBody & { test?: true } = JSON.parse(body)
  const replaced: object | undefined = wantsPrevious ? JSON.parse(previous) : undefined
  const former = replaced && sees({ ...told.data, ...replaced }) ? { previous: replaced } : {}
  if (webhook.format === 'standard')
    return { contentType: 'application/json', text: JSON.stringify({ ...told, ...former }) }
  return {
    contentType: 'application/cloudevents+json',
    text: JSON.stringify({
      specversion: '1.0',
      id: messageId(event),
      source,
      type: told.event,
      subject: `${event.resource_type}/${event.resource_id}`,
      time: told.timestamp,
      datacontenttype: 'application/json',
      ...(told.test ? { test: true } : {}),
      // An extension attribute of CloudEvents cannot be an object.
      data: { ...told.data, ...former },
    }),
  }
}

/**
 * The `webhook-id`: the same for every attempt and resend of an event. It includes the instant because ids continue
 * from where a restored backup ends, and a receiver would take a new event for one that it has seen.
 */
export function messageId({ id, occurred_at }: Pick<EventBodyRow, 'id' | 'occurred_at'>): string {
  return `evt_${id}_${fromTimestamp(occurred_at) / secondMs}`
}
