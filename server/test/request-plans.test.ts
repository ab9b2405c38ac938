import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import type { Slice } from '../src/db/page.ts'
import { listDeliveriesOfEvent } from '../src/deliveries/store.ts'
import { listEvents } from '../src/events/store.ts'
import { countRequests, listDeprecatedUses, listRequests, type RequestFilter } from '../src/requests/store.ts'
import { startServer } from './harness.ts'
import { queryPlans } from './query-plan.ts'

/** The plans of the request log, without ANALYZE on the one database, and with it on the other. */
const server = await startServer()
const { database } = server.context
const isPostgres = database.dialect === 'postgres'
await fill()

async function fill(): Promise<void> {
  await database.write(async (trx) => {
    await sql`
      with recursive n(i) as (select 1 union all select i + 1 from n where i < 4000)
      insert into requests (occurred_at, user_id, credential_id, session_id, method, route, deprecated, status,
        duration_ms, request_id)
      select '2026-01-15T08:30:00.' || i, 1 + i % 20, case when i % 2 = 0 then 1 + i % 10 end,
        case when i % 2 = 1 then 1 + i % 30 end,
        case when i % 7 = 0 then 'POST' when i % 11 = 0 then 'DELETE' else 'GET' end,
        '/api/v1/r' || (i % 9), case when i % 500 = 0 then 1 else 0 end,
        case when i % 50 = 0 then 404 when i % 400 = 1 then 503 else 200 end, 1, 'r' || i from n`.execute(
      trx.db,
    )
    trx.count('requests', 4_000)
  })
  if (isPostgres) await sql`analyze requests`.execute(database.migrating)
}

const order = { column: 'occurred_at', direction: 'desc' } as const
const slices: Slice[] = [
  { order, limit: 21 },
  { order: { ...order, direction: 'asc' }, limit: 21 },
  { order, limit: 21, afterValue: '2026-01-15T08:30:00.2', afterId: 7 },
]
const since = '2026-01-15T08:30:00.1'
/** Each filter that is offered, alone, with the index that it is read by; on SQLite, which has no figures to choose by. */
const single: [RequestFilter, RegExp][] = [
  [{}, /requests_occurred_at/],
  [{ since, until: '2026-01-15T08:30:00.3' }, /requests_occurred_at/],
  [{ user_id: 7 }, /requests_user_id/],
  [{ user_id: 7, caller: 'credential' }, /requests_user_id/],
  [{ caller: 'credential' }, /requests_(occurred_at|credential_id)/],
  [{ caller: 'session' }, /requests_(occurred_at|session_id)/],
  [{ credential_id: 3 }, /requests_credential_id/],
  [{ session_id: 3 }, /requests_session_id/],
  [{ route: '/api/v1/r1' }, /requests_route/],
  [{ method: 'POST' }, /requests_method/],
  [{ method: 'GET' }, /requests_occurred_at/],
  [{ status: 404 }, /requests_status/],
  [{ status: 200 }, /requests_occurred_at/],
  [{ statusClass: 2 }, /requests_occurred_at/],
  [{ statusClass: 4 }, /requests_(failed|status)/],
  [{ statusClass: 5 }, /requests_(broken|failed|status)/],
  [{ deprecated: true }, /requests_deprecated/],
  [{ deprecated: false }, /requests_occurred_at/],
]
const pairs: RequestFilter[] = single.flatMap(([one], i) =>
  single.slice(i + 1).map(([other]) => ({ ...one, ...other })),
)

for (const slice of slices) {
  const how = `${slice.order.direction}${slice.afterId ? ' by cursor' : ''}`
  for (const [filter, index] of single) {
    test(`requests by ${JSON.stringify(filter)}, ${how}, are read in the order of an index`, async () => {
      const [plan = ''] = await queryPlans(database, (db) => listRequests(db, filter, slice))
      assert.doesNotMatch(plan, /TEMP B-TREE|Sort|Seq Scan/, plan)
      if (!isPostgres) assert.match(plan, index, plan)
    })
  }
}

test('two filters together are read in the order of an index, too, whichever it is', async () => {
  for (const filter of pairs) {
    const [plan = ''] = await queryPlans(database, (db) => listRequests(db, filter, { order, limit: 21 }))
    assert.doesNotMatch(plan, /TEMP B-TREE|Sort|Seq Scan/, `${JSON.stringify(filter)}\n${plan}`)
    assert.match(plan, /requests_/)
  }
})

test('a request id is found by its index, and so are the events of a request and the deliveries of an event', async () => {
  const [plan = ''] = await queryPlans(database, (db) =>
    listRequests(db, { request_id: 'r7' }, { order, limit: 21 }),
  )
  assert.match(plan, /requests_request_id/)
  const filters = [{}, { types: ['document.created'] }, { types: ['document.created', 'user.created'] }]
  for (const filter of filters) {
    const [events = ''] = await queryPlans(database, (db) =>
      listEvents(db, { ...filter, request_id: 'r7' }, 21),
    )
    // PostgreSQL sorts the few that it finds, and queryPlans has it walk an index in their order instead.
    assert.match(events, isPostgres ? /request_id/ : /events_request_id/)
    assert.doesNotMatch(events, /Seq Scan|SCAN events(?! USING)/, events)
  }
  const bySlice = { order: { column: 'created_at', direction: 'desc' }, limit: 21 } as const
  const [deliveries = ''] = await queryPlans(database, (db) =>
    listDeliveriesOfEvent(db, { event_id: 7, owner_id: 3 }, bySlice),
  )
  assert.match(deliveries, /deliveries_event_id/)
})

test('totals and deprecated uses are counted over an index', async () => {
  for (const [filter, index] of single.slice(1)) {
    const [plan = ''] = await queryPlans(database, (db) => countRequests(db, filter))
    // What most requests are is counted over all of them.
    const isMost = String(index) === String(single[0]?.[1]) && filter.since === undefined
    if (!isMost) assert.match(plan, /requests_/, plan)
  }
  const [uses = ''] = await queryPlans(database, (db) => listDeprecatedUses(db, {}, 100))
  assert.match(uses, /requests_deprecated/)
})
