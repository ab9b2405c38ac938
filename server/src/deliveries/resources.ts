import type { Actor } from '../access/caller.ts'
import type { Context } from '../context.ts'
import type { Db } from '../db/database.ts'
import { bodyContext } from '../events/outbox.ts'
import type { EventBody } from '../events/types.ts'
import { sightOf } from '../events/visibility.ts'
import { findBodies } from '../sending/dispatch-store.ts'
import type { Delivery } from './schema.ts'
import type { DeliveryRow } from './store.ts'

type Resource = NonNullable<Delivery['resource']>

/** By the id of the delivery: the record that its event is about, unless the actor may not read it, or it was erased. */
export async function resourcesOf(
  { catalog, database }: Context,
  db: Db,
  actor: Actor,
  rows: readonly DeliveryRow[],
): Promise<ReadonlyMap<number, Resource>> {
  const bodies = await findBodies(
    db,
    rows.map(({ event_id }) => event_id),
  )
  const open = await database.subjects.opener(
    db,
    [...bodies.values()].map(({ body }) => body),
  )
  const found = new Map<number, Resource>()
  for (const { id, event_id, event_type, is_test } of rows) {
    const type = catalog.eventTypes.get(event_type)
    const text = open(bodies.get(event_id)?.body ?? null, bodyContext)
    if (is_test || !type || text === null) continue
    const { data } = JSON.parse(text) as EventBody
    if (sightOf(actor, type, data) !== 'visible') continue
    found.set(id, { type: type.resource, id: data.id, title: titleIn(data) })
  }
  return found
}

/** As it was when the event happened. */
function titleIn(data: object): string | null {
  const { title, username, name }: Partial<Record<string, unknown>> = { ...data }
  const found = title ?? username ?? name
  return typeof found === 'string' ? found : null
}
