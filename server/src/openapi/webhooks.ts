import { Type } from '../api/type.ts'
import { bodySchema, type EventType } from '../events/types.ts'
import type { Components, Json } from './components.ts'

const headers: Readonly<Record<string, string>> = {
  'webhook-id': 'The same for every attempt, to recognize duplicates',
  'webhook-timestamp': 'The time of the attempt, in Unix seconds',
  'webhook-signature': 'Signatures in the format of Standard Webhooks, separated by spaces',
  'X-Webhook-Signature': 'HMAC-SHA256 of the body with the secret of the webhook, as hex',
}

/** The requests that receivers get, one entry for each event type. */
export function sentWebhooks(types: Iterable<EventType>, components: Components): Json {
  return Object.fromEntries([...types].map((type) => [type.name, { post: sentEvent(type, components) }]))
}

function sentEvent(type: EventType, components: Components): Json {
  const { $schema: _, title: __, description, ...schema } = bodySchema(type)
  const pascal = type.name.replaceAll(/(?:^|\.)([a-z])/g, (___, letter: string) => letter.toUpperCase())
  return {
    operationId: `receive${pascal}`,
    summary: description,
    tags: ['Webhooks'],
    parameters: Object.entries(headers).map(([header, text]) => ({
      name: header,
      in: 'header',
      required: true,
      description: text,
      schema: { type: 'string' },
    })),
    requestBody: {
      required: true,
      content: {
        // Inline: oapi-codegen drops components that only webhooks refer to, and then fails on the references.
        'application/json': { schema: components.refer(Type.Unsafe(schema)) },
      },
    },
    responses: { '2XX': { description: 'Received; any other status is retried later' } },
    security: [],
  }
}
