import { type Static, Type } from 'typebox'
import { subscribableTypes } from '../events/types.ts'
import { listQuery } from '../http/paging.ts'
import { closed, Id, Nullable, OneOf, PageOf, Timestamp } from '../http/schemas.ts'

const Url = Type.String({
  format: 'uri',
  minLength: 1,
  maxLength: 2048,
  description: 'Where events are sent by POST; https, and not an address inside a private network',
  examples: ['https://example.com/webhooks/comserv'],
})
const Description = Type.String({ maxLength: 500 })
const EventTypes = Type.Array(OneOf(subscribableTypes), {
  minItems: 1,
  maxItems: subscribableTypes.length,
  uniqueItems: true,
  description: 'What the webhook subscribes to',
})
const Concurrency = Type.Integer({ minimum: 1, maximum: 32, description: 'Deliveries under way at once' })
const RateLimit = Type.Integer({ minimum: 1, maximum: 6000, description: 'Deliveries a minute at most' })
/** What it may hold is checked in headers.ts. */
const Headers = Type.Record(Type.String(), Type.String(), {
  description: 'Header fields sent with every delivery; their values are never shown again',
  examples: [{ Authorization: 'Bearer receiver-token' }],
})
const HeaderChanges = Type.Record(Type.String(), Nullable(Type.String()), {
  description: 'Fields to add or change; null removes one, and null in the place of all removes all',
  examples: [{ Authorization: 'Bearer another-token', 'X-Old': null }],
})
const Status = OneOf(['active', 'paused', 'disabled'])
const Secret = Type.String({
  description:
    'Signs every delivery, 16 to 256 characters; generated unless given. Shown in the answer that makes it, and never again',
})

const Health = closed(
  {
    state: OneOf(['untested', 'healthy', 'failing', 'held'], {
      description: 'held while its owner may not sign in',
    }),
    consecutive_failures: Type.Integer({ description: 'Failed attempts since the last that succeeded' }),
    failing_since: Nullable(Timestamp),
    last_success_at: Nullable(Timestamp),
    last_failure_at: Nullable(Timestamp),
    circuit: OneOf(['closed', 'open', 'half_open'], {
      description:
        'After five failures in a row nothing is sent while it is open; half open lets one delivery try',
    }),
    circuit_open_until: Nullable(Timestamp),
    disables_at: Nullable(
      Type.String({
        ...Timestamp,
        description:
          'When it is disabled unless a delivery succeeds before; null while nothing is sent anyway',
      }),
    ),
    needs_attention: Type.Boolean({ description: 'Disabled, or failing for a day or longer' }),
  },
  { title: 'WebhookHealth' },
)

const webhookFields = {
  id: Id,
  url: Url,
  description: Description,
  events: EventTypes,
  header_names: Type.Array(Type.String(), { description: 'Of the header fields that are sent along' }),
  concurrency: Concurrency,
  rate_limit_per_minute: Nullable(RateLimit),
  status: Status,
  disabled_reason: Nullable(
    OneOf(['gone', 'failing'], {
      description: 'gone: the receiver answered 410; failing: no delivery succeeded for five days',
    }),
  ),
  owner_id: Id,
  previous_secret_expires_at: Nullable(Timestamp),
  health: Health,
  created_at: Timestamp,
  updated_at: Timestamp,
}

export const Webhook = closed(webhookFields, { title: 'Webhook' })
export const WebhookPage = PageOf(Webhook)
export const WebhookWithSecret = closed({ ...webhookFields, secret: Secret }, { title: 'WebhookWithSecret' })

/** What the list can be ordered by; the first is the default. */
export const webhookSorts = ['-created_at', 'created_at'] as const
export const WebhookListQuery = closed(listQuery(webhookSorts))

const concurrencyDefault = 5

export const WebhookCreate = closed(
  {
    url: Url,
    events: EventTypes,
    description: Type.Optional(Description),
    secret: Type.Optional(Secret),
    headers: Type.Optional(Nullable(Headers)),
    concurrency: Type.Optional(Type.Integer({ ...Concurrency, default: concurrencyDefault })),
    rate_limit_per_minute: Type.Optional(Nullable(RateLimit)),
    owner_id: Type.Optional(Id),
  },
  { title: 'WebhookCreate' },
)

export const WebhookUpdate = closed(
  {
    url: Type.Optional(Url),
    events: Type.Optional(EventTypes),
    description: Type.Optional(Description),
    headers: Type.Optional(Nullable(HeaderChanges)),
    concurrency: Type.Optional(Concurrency),
    rate_limit_per_minute: Type.Optional(Nullable(RateLimit)),
    status: Type.Optional(
      OneOf(['active', 'paused'], {
        description:
          'paused holds deliveries back; active ends paused and disabled, and sends all that waited at once',
      }),
    ),
    owner_id: Type.Optional(Id),
  },
  { title: 'WebhookUpdate', minProperties: 1 },
)

const overlapHoursMax = 168
export const overlapHoursDefault = 24

export const SecretRotate = closed(
  {
    secret: Type.Optional(Secret),
    overlap_hours: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: overlapHoursMax,
        default: overlapHoursDefault,
        description: 'How long the old secret goes on signing beside the new one',
      }),
    ),
  },
  { title: 'SecretRotate' },
)

export const Recover = closed(
  {
    since: Type.String({
      ...Timestamp,
      description: 'Deliveries that were made from this instant on, and failed, are sent again',
    }),
  },
  { title: 'Recover' },
)
export const Recovered = closed(
  {
    resent: Type.Integer({ description: 'Deliveries that this call sends again' }),
    hastened: Type.Integer({
      description: 'Deliveries that waited for a further attempt, which is made now',
    }),
    remaining: Type.Integer({ description: 'Those that are left; call again for the next' }),
  },
  { title: 'Recovered' },
)

export type Webhook = Static<typeof Webhook>
export type WebhookCreate = Static<typeof WebhookCreate>
export type WebhookUpdate = Static<typeof WebhookUpdate>
export type SecretRotate = Static<typeof SecretRotate>
export type Recovered = Static<typeof Recovered>
export const defaults = { concurrency: concurrencyDefault } as const
