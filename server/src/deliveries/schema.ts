import type { Static } from 'typebox'
import { listQuery } from '../api/paging.ts'
import { Clearable, closed, Growing, Id, Nullable, OneOf, PageOf, Timestamp } from '../api/schemas.ts'
import { Type } from '../api/type.ts'
import { failureReasons } from '../sending/outcome.ts'
import { discardReasons, heldReasons } from '../sending/standing.ts'
import { waits } from './waiting.ts'

const responseClasses = ['1xx', '2xx', '3xx', '4xx', '5xx'] as const
const statuses = ['pending', 'sending', 'held', 'delivered', 'failed', 'discarded'] as const
const Fields = Type.Unsafe<Record<string, string>>({
  type: 'object',
  additionalProperties: { type: 'string' },
})

const Resource = closed(
  {
    type: Type.String({ description: 'user, document or category' }),
    id: Id,
    title: Nullable(
      Type.String({ description: 'Title, username or name, as it was when the event happened' }),
    ),
  },
  {
    title: 'DeliveryResource',
    description:
      'The record that the event is about; null for tests, for callers who may not read it, and after an erasure',
  },
)

const deliveryFields = (eventTypes: readonly string[]) => ({
  id: Id,
  webhook_id: Id,
  event_id: Id,
  event_type: Growing(eventTypes),
  test: Type.Boolean({ description: 'Sent by a test: not an event that happened' }),
  resource: Nullable(Resource),
  message_id: Type.String({
    description: 'The webhook-id header: the same for each attempt and each resend',
  }),
  generation: Type.Integer({ description: '1 for the first delivery of an event, one more for each resend' }),
  status: Growing(statuses, {
    description:
      'pending: waits for its first or next attempt; held: is sent as soon as its reason is gone; failed: no further attempt is made automatically; discarded: is not sent, for its reason',
  }),
  reason: Nullable(
    Growing([...heldReasons, ...discardReasons], {
      description:
        'Why it is held (paused, disabled: the webhook is; owner_inactive: the owner of the webhook may not sign in; owner_lacks_scope, owner_out_of_reach: the owner may not read such records, or this one; credential_ended: the credential that bounds the webhook was revoked or has expired; credential_lacks_scope: it may not read such records any more; order: an earlier delivery about the same record has not ended, and the webhook keeps their order) or discarded (unsubscribed: the webhook does not subscribe to its type any more; excluded: the rules of the webhook do not include the record; filtered: its filter excludes the event; erased: nothing is left of the person it is about; cancelled). Otherwise null',
    }),
  ),
  attempts: Type.Integer({ description: 'Attempts begun so far' }),
  created_at: Timestamp,
  last_attempt_at: Nullable(Timestamp),
  last_response_status: Nullable(
    Type.Integer({
      description: 'HTTP status of the response to the last attempt that has ended; null if there was none',
    }),
  ),
  last_error: Nullable(
    Growing(failureReasons, { description: 'Why the last attempt that has ended got no response' }),
  ),
  last_duration_ms: Nullable(
    Type.Integer({ description: 'Duration of the last attempt that has ended, in milliseconds' }),
  ),
  next_attempt_at: Nullable(
    Type.String({
      ...Timestamp,
      description: 'When it is due; `waiting_for` says what else holds it back',
    }),
  ),
  waiting_for: Nullable(
    Growing(waits, {
      description:
        'What a delivery that is pending or held waits for: the reason for which it is held; order: `waiting_behind`; retry: its next attempt; circuit: the pause after five failures in a row; probe: the outcome of another delivery, after that pause; rate_limit: the rate limit of the webhook; sender: no process sends webhooks at the moment, so the operator has to start one; turn: others that are sent first. Otherwise null',
    }),
  ),
  waiting_until: Nullable(
    Type.String({
      ...Timestamp,
      description: 'When that wait ends, never in the past; null if no time is known',
    }),
  ),
  waiting_behind: Nullable(
    Type.Integer({
      ...Id,
      description:
        'Where the webhook keeps the order of events about the same record: the delivery that has to end first',
    }),
  ),
  finished_at: Nullable(Timestamp),
  resent_as: Nullable(Type.Integer({ ...Id, description: 'Id of the delivery that resends this one' })),
})

export const Attempt = closed(
  {
    number: Type.Integer({ minimum: 1 }),
    started_at: Timestamp,
    duration_ms: Type.Integer(),
    outcome: OneOf(['succeeded', 'failed', 'interrupted'], {
      description:
        'interrupted: the server stopped before it knew the outcome; the delivery was attempted again',
    }),
    error: Nullable(
      Growing(failureReasons, { description: 'Why there was no response; null when there was one' }),
    ),
    request: closed({
      headers: Nullable(
        Type.Unsafe<Record<string, string>>({
          ...Fields,
          description: 'As sent; the values of your own header fields are hidden',
        }),
      ),
    }),
    response: Nullable(
      closed({
        status: Type.Integer(),
        headers: Fields,
        body: Type.String({
          description: 'The first 16 KiB, without secrets; hidden from callers who may not read the event',
        }),
        body_truncated: Type.Boolean({
          description: 'The body is longer than 16 KiB, or it broke off',
        }),
      }),
    ),
  },
  { title: 'DeliveryAttempt' },
)

/** The sort orders of the list; the first is the default. */
export const deliverySorts = ['-created_at', 'created_at'] as const

/** @param eventTypes their names */
export function deliverySchemas(eventTypes: readonly string[]) {
  const fields = deliveryFields(eventTypes)
  const Delivery = closed(fields, { title: 'Delivery' })
  return {
    Delivery,
    WebhookTest: closed(
      {
        event_type: Clearable(
          OneOf(eventTypes, {
            default: 'ping',
            description: 'The event type whose sample is sent; the webhook need not subscribe to it',
          }),
        ),
      },
      { title: 'WebhookTest' },
    ),
    /** What a resend shows to a caller who may not read webhooks. */
    ResentDelivery: closed({ id: Id }, { title: 'ResentDelivery' }),
    DeliveryPage: PageOf(Delivery),
    DeliveryWithAttempts: closed(
      { ...fields, log: Type.Array(Attempt, { description: 'Every attempt that has ended, in order' }) },
      { title: 'DeliveryWithAttempts' },
    ),
    DeliveryListQuery: closed({
      ...listQuery(deliverySorts),
      status: Type.Optional(OneOf(statuses)),
      event_type: Type.Optional(OneOf(eventTypes)),
      since: Type.Optional(Type.String({ ...Timestamp, description: 'Created at this instant or later' })),
      until: Type.Optional(Type.String({ ...Timestamp, description: 'Created before this instant' })),
      response_class: Type.Optional(
        OneOf(responseClasses, { description: 'Class of the response to the last attempt that has ended' }),
      ),
      response_status: Type.Optional(
        Type.Integer({
          minimum: 100,
          maximum: 599,
          description: 'Status of the response to the last attempt that has ended',
        }),
      ),
      error: Type.Optional(
        OneOf(failureReasons, { description: 'Why the last attempt that has ended got no response' }),
      ),
    }),
  }
}

type Schemas = ReturnType<typeof deliverySchemas>
export type Delivery = Static<Schemas['Delivery']>
export type DeliveryWithAttempts = Static<Schemas['DeliveryWithAttempts']>
export type DeliveryListQuery = Static<Schemas['DeliveryListQuery']>
