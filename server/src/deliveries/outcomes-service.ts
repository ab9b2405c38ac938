import type { Actor } from '../access/caller.ts'
import { report, spanOf } from '../api/report.ts'
import type { Context } from '../context.ts'
import { readOutcomes } from '../sending/outcomes-store.ts'
import { record as webhooks } from '../webhooks/service.ts'
import type { DeliveryOutcomes, OutcomesQuery } from './outcomes-schema.ts'

/** Outcomes of attempts by hour or day, for one webhook or for all that the caller may see. */
export async function deliveryOutcomes(
  context: Context,
  actor: Actor,
  { webhook_id, ...query }: OutcomesQuery,
): Promise<DeliveryOutcomes> {
  const { database, clock } = context
  const span = spanOf(query.per ?? 'hour', query, clock.now())
  if (webhook_id !== undefined) await webhooks.read(context, database.read, actor, webhook_id)
  const filter = {
    ...(webhook_id === undefined ? {} : { webhook_id }),
    ...(actor.reach.ownOnly ? { owner_id: actor.userId } : {}),
  }
  const rows = await readOutcomes(database.read, filter, span.per, span.since, span.until)
  const none = { delivered: 0, failed_attempts: 0, failed: 0 }
  return { webhook_id: webhook_id ?? null, ...report(span, rows, none) }
}
