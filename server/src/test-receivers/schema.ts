import type { Static } from 'typebox'
import { listQuery } from '../api/paging.ts'
import { Clearable, Count, closed, Growing, Id, Nullable, PageOf, Timestamp } from '../api/schemas.ts'
import { Type } from '../api/type.ts'
import { signatureProblems } from '../sending/signature.ts'

/** The sort orders of the list; the first is the default. */
export const receiverSorts = ['-created_at', 'created_at'] as const

export const responseStatusDefault = 200

const ResponseStatus = Type.Integer({
  minimum: 200,
  maximum: 599,
  description: 'The status with which it responds to a request whose signature is right; 401 to any other',
})

const receiverFields = {
  id: Id,
  url: Type.String({ description: 'The URL for a webhook; anyone who knows it can send requests to it' }),
  response_status: ResponseStatus,
  owner_id: Id,
  received: Type.Integer({ ...Count, description: 'Requests received so far' }),
  last_received_at: Nullable(Timestamp),
  created_at: Timestamp,
  expires_at: Type.String({
    ...Timestamp,
    description: 'When it is removed, with all that it has received',
  }),
}

const Received = closed(
  {
    id: Id,
    received_at: Timestamp,
    verified: Type.Boolean({ description: 'Whether the signature is that of a webhook with this URL' }),
    problem: Nullable(
      Growing(signatureProblems, {
        description:
          'Why it is not verified (no_webhook: no webhook has this URL; headers_missing: not signed; timestamp: too old or too new; signature: signed with another secret, or altered)',
      }),
    ),
    webhook_id: Nullable({ ...Id, description: 'The webhook whose secret verifies it' }),
    event_id: Nullable(Id),
    event_type: Nullable(Type.String()),
    headers: Type.Unsafe<Record<string, string>>({
      type: 'object',
      additionalProperties: { type: 'string' },
      description: 'Those of every delivery; the values of any other are hidden',
    }),
    body: Nullable(
      Type.String({
        description:
          'As it was received; null if it is not verified, hidden from callers who may not read the event',
      }),
    ),
  },
  { title: 'ReceivedTest' },
)

export const TestReceiver = closed(receiverFields, { title: 'TestReceiver' })
export const TestReceiverPage = PageOf(TestReceiver)
export const TestReceiverWithRequests = closed(
  {
    ...receiverFields,
    requests: Type.Array(Received, { description: 'The last 20, newest first' }),
  },
  { title: 'TestReceiverWithRequests' },
)
export const TestReceiverCreate = closed(
  {
    response_status: Clearable(Type.Integer({ ...ResponseStatus, default: responseStatusDefault })),
  },
  { title: 'TestReceiverCreate' },
)
export const TestReceiverQuery = closed(listQuery(receiverSorts))

export type TestReceiver = Static<typeof TestReceiver>
export type TestReceiverWithRequests = Static<typeof TestReceiverWithRequests>
export type TestReceiverCreate = Static<typeof TestReceiverCreate>
