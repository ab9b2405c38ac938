import type { Static } from 'typebox'
import { reportFields, reportQuery } from '../api/report.ts'
import { Count, closed, Id, Nullable } from '../api/schemas.ts'
import { Type } from '../api/type.ts'

const pers = ['hour', 'day'] as const

export const DeliveryOutcomes = closed(
  {
    webhook_id: Nullable(
      Type.Integer({ ...Id, description: 'Null if the figures are those of all webhooks that you may see' }),
    ),
    ...reportFields(pers, {
      delivered: Type.Integer({
        ...Count,
        description: 'Attempts that succeeded, each of which ended a delivery',
      }),
      failed_attempts: Type.Integer({
        ...Count,
        description: 'Attempts that failed, whether or not another one follows',
      }),
      failed: Type.Integer({ ...Count, description: 'Deliveries that ended with a failed attempt' }),
    }),
  },
  { title: 'DeliveryOutcomes' },
)

export const OutcomesQuery = closed({
  ...reportQuery(pers),
  webhook_id: Type.Optional(Type.Integer({ ...Id, description: 'One webhook alone' })),
})

export type DeliveryOutcomes = Static<typeof DeliveryOutcomes>
export type OutcomesQuery = Static<typeof OutcomesQuery>
