import { sql } from 'kysely'
import type { Db } from '../db/database.ts'
import type { Health } from '../sending/dispatch-store.ts'

export interface Backlog extends Health {
  id: number
  /** When its oldest waiting delivery became due, or will; null when nothing waits. */
  oldest_due_at: string | null
}

/** The backlog of each active webhook, even one held back by a rate limit or an open circuit. */
export function listBacklogs(db: Db): Promise<Backlog[]> {
  return db
    .selectFrom('webhooks')
    .select(['id', 'consecutive_failures', 'failing_since', 'last_success_at', 'last_failure_at'])
    .select(['test_failed_at', 'circuit_trips', 'circuit_open_until'])
    .select((eb) =>
      eb
        .selectFrom('deliveries')
        .select((waiting) => waiting.fn.min('next_attempt_at').as('oldest'))
        .whereRef('deliveries.webhook_id', '=', 'webhooks.id')
        .where('deliveries.status', '=', sql.lit('pending'))
        .as('oldest_due_at'),
    )
    .where('deleted_at', 'is', null)
    .where('status', '=', 'active')
    .execute()
}

export async function countFanOuts(db: Db): Promise<number> {
  const { count } = await db
    .selectFrom('fan_outs')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  return count
}
