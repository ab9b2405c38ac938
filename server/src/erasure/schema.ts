import type { Static } from 'typebox'
import { AnyObject, closed, Growing, Id, Nullable, Timestamp } from '../api/schemas.ts'
import { Type } from '../api/type.ts'

const Count = (description: string) => Type.Integer({ minimum: 0, description })

const Receipt = closed(
  {
    id: Type.Integer({ ...Id, description: 'Of the person who was erased' }),
    requested_at: Timestamp,
    requested_by: Type.String({
      description: 'Without a name: `user:3`, `credential:5`, `operator`, or `register` after a restore',
      examples: ['user:3'],
    }),
    erased_at: Timestamp,
    removed: closed({
      credentials: Count('Credentials that were revoked; names and addresses of all of them were removed'),
      webhooks: Count('Webhooks that were deleted, with their URL, secrets and header fields'),
      stored_responses: Count('Stored responses of requests with an Idempotency-Key'),
      automations: Type.Optional(Count('Automations that were deleted, with their steps')),
      records: Type.Optional(Count('Records of extensions that were deleted or emptied')),
    }),
    unreadable: closed({
      events: Count('Events about the person: their key is destroyed, the rows stay'),
      audit_rows: Count('Rows of the audit log, with the person as actor or target'),
      requests: Type.Optional(
        Count('Requests of the person in the request log: their addresses and the details of errors'),
      ),
      hook_calls: Type.Optional(Count('Calls of hooks about the person: what was sent and responded')),
    }),
    kept: closed({ documents: Count('Documents that the person wrote; they name the id of the author') }),
    sha256: Type.String({ description: 'SHA-256 of the receipt as JSON, without this field' }),
  },
  { title: 'ErasureReceipt' },
)

export const Erasure = closed(
  {
    user_id: Id,
    status: Growing(['waiting', 'erased']),
    requested_at: Timestamp,
    due_at: Type.String({ ...Timestamp, description: 'Until then it can be cancelled' }),
    erased_at: Nullable(Timestamp),
    credentials: Count('Credentials of the user that will be revoked, unless they are handed over before'),
    webhooks: Count('Webhooks of the user that will be deleted, unless they are handed over before'),
    automations: Count('Automations of the user that will be deleted, unless they are handed over before'),
    receipt: Nullable(Receipt),
  },
  { title: 'Erasure' },
)

/** One piece of what is held about a person. */
export const PersonalDataLine = closed(
  {
    kind: Growing([
      'profile',
      'session',
      'second_factors',
      'passkey',
      'credential',
      'credential_request',
      'application_consent',
      'application_sign_in',
      'mail',
      'webhook',
      'automation',
      'automation_run',
      'usage',
      'request',
      'hook_call',
      'document',
      'revision',
      'record',
      'event',
      'delivery',
      'audit',
    ]),
    data: Type.Unsafe<Record<string, unknown>>({ ...AnyObject, description: 'Its fields, as they are kept' }),
  },
  { title: 'PersonalDataLine' },
)

export const EraseRequest = closed(
  {
    username: Type.String({
      minLength: 1,
      maxLength: 100,
      description: 'The username of the user, to confirm that it is the right one',
    }),
  },
  { title: 'EraseRequest' },
)

export type PersonalDataLine = Static<typeof PersonalDataLine>
export type Receipt = Static<typeof Receipt>
export type Erasure = Static<typeof Erasure>
export type EraseRequest = Static<typeof EraseRequest>
