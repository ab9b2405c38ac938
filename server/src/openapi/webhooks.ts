import { Type } from 'typebox'
import { bodySchema, type EventType } from '../events/types.ts'
import type { Components, Json } from './components.ts'

const headers: Readonly<Record<string, string>> = {
  'webhook-id': 'The same for each attempt: what was received already is known by it',
  'webhook-timestamp': 'When the attempt was made, in Unix seconds',
  'webhook-signature': 'Signatures as Standard Webhooks lays them out, separated by spaces',
  'X-Webhook-Signature': 'HMAC-SHA256 of the body under the secret of the webhook, as hex',
}

/** What a receiver is sent, one entry for each type of event. */
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
        // In place: oapi-codegen drops components that only webhooks refer to, and then misses them.
        'application/json': { schema: components.refer(Type.Unsafe(schema)) },
      },
    },
    responses: { '2XX': { description: 'Received; any other status is tried again later' } },
    security: [],
  }
}
