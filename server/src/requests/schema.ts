import type { Static } from 'typebox'
import { errorCodes } from '../api/errors.ts'
import { listQuery } from '../api/paging.ts'
import { Count, closed, Growing, Id, Nullable, OneOf, PageOf, Timestamp } from '../api/schemas.ts'
import { Type } from '../api/type.ts'

export const methods = ['GET', 'HEAD', 'POST', 'PATCH', 'PUT', 'DELETE', 'OPTIONS'] as const
const statusClasses = ['2xx', '3xx', '4xx', '5xx'] as const

/** The orders of the list; the first is the default. */
export const requestSorts = ['-occurred_at', 'occurred_at'] as const

const route = { examples: ['/api/v1/documents/:id'] }

export const LoggedRequest = closed(
  {
    id: Id,
    occurred_at: Type.String({ ...Timestamp, description: 'When the request arrived' }),
    user_id: Type.Integer({
      ...Id,
      description:
        'The person who was signed in or for whom the application acts, or the owner of the credential',
    }),
    credential_id: Nullable(Type.Integer({ ...Id, description: 'Null for a request of another caller' })),
    session_id: Nullable(Type.Integer({ ...Id, description: 'Null for a request of another caller' })),
    application_id: Nullable(
      Type.Integer({ ...Id, description: 'The application that acted for the person; otherwise null' }),
    ),
    method: Growing(methods),
    route: Nullable(
      Type.String({
        ...route,
        description: 'The pattern of the route, never the path that was sent; null if no route matched',
      }),
    ),
    deprecated: Type.Boolean({ description: 'Whether the route was deprecated' }),
    status: Type.Integer({ description: 'HTTP status of the response' }),
    duration_ms: Type.Number({
      minimum: 0,
      description: 'Milliseconds from the arrival to the end of the response',
    }),
    error: Nullable(
      closed(
        {
          code: Growing(Object.keys(errorCodes)),
          details: Nullable(
            Type.String({
              description:
                'The details of the error, with `…` in place of values that were sent; null where they cannot be told apart, and after an erasure',
            }),
          ),
        },
        { title: 'RequestError', description: 'The error of the response; null without one' },
      ),
    ),
    request_id: Type.String({ description: 'The `X-Request-Id` of the response' }),
    ip: Nullable(Type.String({ description: 'The address of the caller; null after an erasure' })),
  },
  { title: 'LoggedRequest' },
)
export const LoggedRequestPage = PageOf(LoggedRequest)

const span = {
  since: Type.Optional(Type.String({ ...Timestamp, description: 'The start, inclusive' })),
  until: Type.Optional(Type.String({ ...Timestamp, description: 'The end, exclusive' })),
}

export const RequestListQuery = closed({
  ...listQuery(requestSorts),
  caller: Type.Optional(
    OneOf(['program', 'credential', 'application', 'session'], {
      description:
        'Only requests of one kind of caller: a credential, an application that acts for a person, either of them (`program`), or a signed-in person (`session`)',
    }),
  ),
  credential_id: Type.Optional(Id),
  session_id: Type.Optional(Id),
  application_id: Type.Optional(Id),
  user_id: Type.Optional(
    Type.Integer({
      ...Id,
      description:
        'A person: with their sessions, the applications that act for them, and the credentials that they own',
    }),
  ),
  method: Type.Optional(OneOf(methods)),
  route: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 200,
      ...route,
      description: 'The pattern of a route, as responses show it',
    }),
  ),
  status: Type.Optional(Type.Integer({ minimum: 100, maximum: 599, description: 'HTTP status' })),
  status_class: Type.Optional(OneOf(statusClasses)),
  request_id: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
  deprecated: Type.Optional(Type.Boolean({ description: 'Whether the route was deprecated' })),
  ...span,
})

export const DeprecatedUse = closed(
  {
    user_id: Id,
    credential_id: Nullable(
      Type.Integer({ ...Id, description: 'Null for the sessions and applications of the user' }),
    ),
    method: Growing(methods),
    route: Type.String(route),
    requests: Type.Integer({ ...Count, description: 'Requests in the log' }),
    last_request_at: Timestamp,
  },
  { title: 'DeprecatedUse' },
)
export const DeprecatedUses = closed({ data: Type.Array(DeprecatedUse) }, { title: 'DeprecatedUses' })
export const DeprecatedUsesQuery = closed(span)

export type LoggedRequest = Static<typeof LoggedRequest>
export type RequestListQuery = Static<typeof RequestListQuery>
export type DeprecatedUse = Static<typeof DeprecatedUse>
export type DeprecatedUsesQuery = Static<typeof DeprecatedUsesQuery>
