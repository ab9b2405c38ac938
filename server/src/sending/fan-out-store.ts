import { type Selectable, sql } from 'kysely'
import { listed, skippingLocked } from '../db/dialect.ts'
import { prepared } from '../db/prepared.ts'
import type { FanOutsTable } from '../db/tables.ts'

/** The next event whose deliveries are to be written. */
export const findQueued = prepared((db, _: object) =>
  db.selectFrom('fan_outs').select('only_resting').orderBy('only_resting').orderBy('event_id').limit(1),
)

/** The oldest, locked until the transaction ends; those that another process works on are skipped. */
export const takeQueued = prepared((db, { only_resting, limit }: { only_resting: 0 | 1; limit: number }) =>
  db
    .selectFrom('fan_outs')
    .select(['event_id', 'event_type', 'webhooks', 'created_at', 'order_key'])
    .where('only_resting', '=', only_resting)
    .orderBy('event_id')
    .limit(limit)
    .modifyEnd(skippingLocked(db)),
)

/** The webhooks to which nothing can be sent now. */
export const findResting = prepared((db, { now }: { now: string }) =>
  db
    .selectFrom('webhooks')
    .select('id')
    .where('deleted_at', 'is', null)
    .where((eb) => eb.or([eb('status', '!=', sql.lit('active')), eb('circuit_open_until', '>', now)])),
)

/** What the rules of webhooks decide by. */
export const findPlaces = prepared((db, { ids }: { ids: string }) =>
  db
    .selectFrom('events')
    .select(['id', 'category', 'status', 'author_id'])
    .where('id', 'in', listed(db, ids)),
)

type Left = Pick<Selectable<FanOutsTable>, 'event_id' | 'webhooks' | 'only_resting'>

export const keepLeft = prepared((db, { event_id, ...left }: Left) =>
  db.updateTable('fan_outs').set(left).where('event_id', '=', event_id),
)

export const removeQueued = prepared((db, { ids }: { ids: string }) =>
  db.deleteFrom('fan_outs').where('event_id', 'in', listed(db, ids)),
)
