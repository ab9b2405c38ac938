import type { EventBody } from '../events/types.ts'
import { fromTimestamp, secondMs } from '../lib/timestamps.ts'
import type { EventBodyRow, WebhookRow } from './dispatch-store.ts'

export interface Opened {
  /** As it was written with the event. */
  body: string
  /** JSON of the fields that the change replaced; null for events that are no update. */
  previous: string | null
}

type Webhook = Pick<WebhookRow, 'format' | 'include_previous' | 'filter' | 'transform'>

interface Parts extends Opened {
  webhook: Webhook
  /** Whether the webhook may be sent a record as it was before. */
  sees(data: object): boolean
}

export type Told = EventBody & { test?: true }

/** The event as its webhook may be told it: with what it replaced, if the webhook wants and may read that. */
export function toldBy({ body, previous, webhook, sees }: Parts): Told {
  const told: Told = JSON.parse(body)
  if (webhook.include_previous !== 1 || previous === null) return told
  const replaced: object = JSON.parse(previous)
  return sees({ ...told.data, ...replaced }) ? { ...told, previous: replaced } : told
}

/** Most webhooks: the text is sent as it was stored. */
export function isSentAsStored(
  { format, include_previous, filter, transform }: Webhook,
  previous: string | null,
) {
  const wantsPrevious = include_previous === 1 && previous !== null
  return format === 'standard' && !wantsPrevious && filter === null && transform === null
}

interface Sent {
  told: Told
  /** JSON that is sent instead of the event, or as the data of a CloudEvent. */
  transformed: string | undefined
  event: Pick<EventBodyRow, 'id' | 'occurred_at' | 'resource_type' | 'resource_id'>
  format: WebhookRow['format']
  /** Of this server, for receivers of several. */
  source: string
}

/** The body of a delivery in the format of its webhook, with its content type. */
export function bodyFor({ told, transformed, event, format, source }: Sent) {
  if (format === 'standard')
    return { contentType: 'application/json', text: transformed ?? JSON.stringify(told) }
  const { previous } = told
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
      data:
        transformed === undefined
          ? { ...told.data, ...(previous ? { previous } : {}) }
          : JSON.parse(transformed),
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
