import { type Static, Type } from 'typebox'
import { closed, Id, OneOf, Timestamp } from '../http/schemas.ts'

const Count = Type.Integer({ minimum: 0 })
const counts = {
  requests: Count,
  errors: Type.Integer({ ...Count, description: 'Answered with a status of 400 or above, 429 included' }),
  rate_limited: Type.Integer({ ...Count, description: 'Answered with 429' }),
}
const Per = OneOf(['hour', 'day'])

export const CredentialUsage = closed(
  {
    credential_id: Id,
    per: Per,
    since: Timestamp,
    until: Timestamp,
    totals: closed(counts),
    data: Type.Array(closed({ start: Timestamp, ...counts })),
  },
  { title: 'CredentialUsage' },
)

export const UsageQuery = closed({
  per: Type.Optional(OneOf(['hour', 'day'], { default: 'hour', description: 'In UTC' })),
  since: Type.Optional(
    Type.String({
      ...Timestamp,
      description: 'Within the first hour or day; 24 hours or 30 days unless given',
    }),
  ),
  until: Type.Optional(
    Type.String({
      ...Timestamp,
      description: 'The instant after the last; the present hour or day is the last unless given',
    }),
  ),
})

export type CredentialUsage = Static<typeof CredentialUsage>
export type UsageQuery = Static<typeof UsageQuery>
