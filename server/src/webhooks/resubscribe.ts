import type { Context } from '../context.ts'
import { chosenTypes } from '../events/patterns.ts'
import * as store from './store.ts'

/**
 * Call at the start: a version with event types that an earlier one did not have subscribes the webhooks to them whose
 * patterns include them.
 */
export async function resubscribe({
  database,
  catalog,
}: Pick<Context, 'database' | 'catalog'>): Promise<void> {
  const chosen = await store.listWithPatterns(database.read)
  if (chosen.length === 0) return
  const known = await store.subscriptionsOf(
    database.read,
    chosen.map(({ id }) => id),
  )
  for (const { id, events } of chosen) {
    const types = chosenTypes(events.split(' '), catalog.eventTypes)
    const has = new Set(known.get(id))
    if (types.length === has.size && types.every((name) => has.has(name))) continue
    await database.write(({ db }) => store.subscribe(db, id, types))
  }
}
