import type { Static } from 'typebox'
import { Clearable, closed, Nullable, OneOf, Timestamp } from '../api/schemas.ts'
import { Type } from '../api/type.ts'
import { patternsFor } from '../events/patterns.ts'

/** What can be sent of the past. */
const included = ['failed', 'missed', 'delivered'] as const
export type Included = (typeof included)[number]

/** @param names of the event types that a webhook can subscribe to */
export function recoverSchemas(names: readonly string[]) {
  return {
    Recover: closed(
      {
        since: Type.String({
          ...Timestamp,
          description:
            'Failed deliveries created at this instant or later are resent; with `include`, events',
        }),
        until: Type.Optional(
          Type.String({ ...Timestamp, description: 'Only those before this instant; default: until now' }),
        ),
        types: Type.Optional(
          Type.Array(OneOf([...names, ...patternsFor(names)]), {
            minItems: 1,
            maxItems: names.length,
            uniqueItems: true,
            description: 'Only events of these types; default: all that the webhook subscribes to',
          }),
        ),
        include: Type.Optional(
          Type.Array(OneOf(included), {
            minItems: 1,
            uniqueItems: true,
            default: ['failed'],
            description:
              'What is sent. `failed`: what could not be delivered; `missed`: what was never sent to this webhook, such as events from before it was created; `delivered`: what was delivered, once more',
          }),
        ),
        cursor: Clearable(
          Type.String({
            minLength: 1,
            maxLength: 500,
            description: '`next_cursor` of the previous response, with the same other fields',
          }),
        ),
      },
      { title: 'Recover' },
    ),
    Recovered: closed(
      {
        resent: Type.Integer({ description: 'Deliveries that this request resends' }),
        newly_sent: Type.Integer({
          description: 'Events that this request sends to the webhook for the first time',
        }),
        hastened: Type.Integer({
          description: 'Deliveries that waited for a further attempt, which is made now',
        }),
        remaining: Type.Integer({
          description:
            'Deliveries that are left; repeat the request to resend them. With `missed` or `delivered`: events that are left to look at, at most',
        }),
        next_cursor: Nullable(
          Type.String({ description: 'With `missed` or `delivered`: where the next request continues' }),
        ),
      },
      { title: 'Recovered' },
    ),
  }
}

type Schemas = ReturnType<typeof recoverSchemas>
export type Recover = Static<Schemas['Recover']>
export type Recovered = Static<Schemas['Recovered']>
