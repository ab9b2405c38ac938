import type { Static } from 'typebox'
import { reportFields, reportQuery } from '../api/report.ts'
import { Count, closed, Id } from '../api/schemas.ts'
import { Type } from '../api/type.ts'

const counts = {
  requests: Count,
  errors: Type.Integer({ ...Count, description: 'Responses with a status of 400 or above, including 429' }),
  rate_limited: Type.Integer({ ...Count, description: 'Responses with status 429' }),
}
const pers = ['hour', 'day'] as const
const totalPers = ['minute', 'hour', 'day'] as const

export const CredentialUsage = closed(
  { credential_id: Id, ...reportFields(pers, counts) },
  { title: 'CredentialUsage' },
)
export const UsageQuery = closed(reportQuery(pers))

export const TotalUsage = closed(reportFields(totalPers, counts), { title: 'TotalUsage' })
export const TotalUsageQuery = closed(reportQuery(totalPers))

export type CredentialUsage = Static<typeof CredentialUsage>
export type UsageQuery = Static<typeof UsageQuery>
export type TotalUsage = Static<typeof TotalUsage>
export type TotalUsageQuery = Static<typeof TotalUsageQuery>
