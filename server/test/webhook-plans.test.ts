import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, test } from 'node:test'
import { migrate } from '../src/db/migrate.ts'
import { openSqlite } from '../src/db/sqlite.ts'
import { listBacklogs } from '../src/deliveries/backlog-store.ts'
import * as prune from '../src/deliveries/prune-store.ts'
import * as recover from '../src/deliveries/recover-store.ts'
import * as deliveries from '../src/deliveries/store.ts'
import * as arrange from '../src/sending/arrange-store.ts'
import * as dispatch from '../src/sending/dispatch-store.ts'
import * as order from '../src/sending/order-store.ts'
import { assertIndexed, plannerOf } from './sqlite-plans.ts'

const folder = mkdtempSync(join(tmpdir(), 'comserv-webhook-plans-'))
const file = join(folder, 'comserv.db')
const database = openSqlite(file)
await migrate(database)
const connection = new DatabaseSync(file)
connection.exec(`
  INSERT INTO users (username, username_key, email, email_key, role, status, created_at, updated_at, version)
    VALUES ('u', 'u', 'e', 'e', 'admin', 'active', '', '', 1);
  INSERT INTO webhooks (url, description, events, concurrency, status, owner_id, created_at, updated_at, version)
    VALUES ('', '', '', 5, 'active', 1, '', '', 1);
`)
after(async () => {
  connection.close()
  await database.close()
  rmSync(folder, { recursive: true })
})
const plansOf = plannerOf(database, connection)
const at = '2026-01-15T08:30:00.000Z'
const never = /^never$/

test('the log of a webhook is read in the order of an index, by every pair of its filters', async () => {
  const statuses = [undefined, 'failed'] as const
  const types = [undefined, 'user.created']
  for (const status of statuses) {
    for (const event_type of types) {
      for (const direction of ['asc', 'desc'] as const) {
        for (const since of [undefined, at]) {
          const order = { column: 'created_at', direction } as const
          const filter = {
            webhook_id: 1,
            ...(status ? { status } : {}),
            ...(event_type ? { event_type } : {}),
            ...(since ? { since } : {}),
          }
          const name = JSON.stringify(filter)
          for (const slice of [
            { order, limit: 21 },
            { order, limit: 21, afterValue: at, afterId: 7 },
          ]) {
            const plan = await plansOf((db) => deliveries.listDeliveries(db, filter, slice))
            assertIndexed(plan, name, never)
            assert.ok(plan[0]?.includes('created_at'), `${name}: ${plan[0]}`)
          }
          assertIndexed(await plansOf((db) => deliveries.countDeliveries(db, filter)), name, never)
        }
      }
    }
  }
})

test('deliveries are found by their last result in the order of an index', async () => {
  for (const response_status of [undefined, 503]) {
    const filter = {
      webhook_id: 1,
      status: 'failed' as const,
      event_type: 'user.created',
      since: at,
      until: at,
      last_result: '5xx',
      ...(response_status ? { response_status } : {}),
    }
    const order = { column: 'created_at', direction: 'desc' } as const
    for (const run of [
      (db: Parameters<typeof deliveries.countDeliveries>[0]) =>
        deliveries.listDeliveries(db, { webhook_id: 1, last_result: '5xx' }, { order, limit: 21 }),
      (db: Parameters<typeof deliveries.countDeliveries>[0]) =>
        deliveries.listDeliveries(db, filter, { order, limit: 21 }),
      (db: Parameters<typeof deliveries.countDeliveries>[0]) => deliveries.countDeliveries(db, filter),
    ]) {
      const plan = (await plansOf(run)).join('\n')
      assert.match(plan, /INDEX deliveries_\w+ \(webhook_id=\?/, plan)
      assert.doesNotMatch(plan, /TEMP B-TREE|SCAN deliver/, plan)
    }
  }
})

test('what is due, leased, expired, failed or old is found by an index of its own', async () => {
  const span = { webhook_id: 1, since: at }
  const types = ['user.created', 'user.updated']
  const failedUntil =
    /INDEX deliveries_(failed|status_created_at|event_type_status_created_at) \(.*created_at>\? AND created_at<\?\)/
  const due = await plansOf((db) => dispatch.dueWebhooks(db, { now: at }))
  assert.match(due.join('\n'), /deliveries EXISTS USING (COVERING )?INDEX deliveries_due/)
  assert.match(due.join('\n'), /INDEX deliveries_status_created_at/)
  const cases: [string, RegExp, Parameters<typeof plansOf>[0]][] = [
    ['taken', /INDEX deliveries_due/, (db) => dispatch.holdDue(db, { webhook_id: 1, now: at, limit: 5 })],
    ['counted', /INDEX deliveries_status_created_at/, (db) => dispatch.countSending(db, [1, 2])],
    [
      'leased',
      /INTEGER PRIMARY KEY/,
      (db) => dispatch.leaseDeliveries(db, [1, 2], { now: at, lease_token: 't', lease_until: at }),
    ],
    ['held', /INTEGER PRIMARY KEY/, (db) => dispatch.holdLeases(db, [1, 2])],
    ['expired', /INDEX deliveries_lease_until/, (db) => dispatch.findLeased(db, { until: at })],
    [
      'taken back',
      /INDEX deliveries_lease_until/,
      (db) => dispatch.takeBackLeased(db, { until: at, now: at, limit: 5 }),
    ],
    ['failed', /INDEX deliveries_failed/, (db) => recover.takeFailed(db, span, 5)],
    ['failed in all', /INDEX deliveries_(failed|status_created_at)/, (db) => recover.countFailed(db, span)],
    ['failed until', failedUntil, (db) => recover.takeFailed(db, { ...span, until: at }, 5)],
    ['failed until, in all', failedUntil, (db) => recover.countFailed(db, { ...span, until: at })],
    ['failed, of types', failedUntil, (db) => recover.takeFailed(db, { ...span, until: at, types }, 5)],
    ['hastened', /INDEX deliveries_due/, (db) => dispatch.makeAllDue(db, span, at)],
    [
      'hastened until',
      /INDEX deliveries_due/,
      (db) => dispatch.makeAllDue(db, { ...span, until: at, types }, at),
    ],
    ['old', /INDEX deliveries_finished_at/, (db) => prune.takePrunable(db, at, 5)],
    ['waiting', /INDEX deliveries_due/, (db) => listBacklogs(db)],
  ]
  for (const [name, index, run] of cases) {
    const plan = (await plansOf(run)).filter((line) => line.includes('deliveries'))
    assert.match(plan.join('\n'), index, `${name}:\n${plan.join('\n')}`)
    for (const line of plan) assert.doesNotMatch(line, /^SCAN/, name)
  }
})

test('what is held stands in the way of no claim, and is found by the type that opens or closes', async () => {
  const types = ['user.created', 'user.updated']
  const of = { webhook_id: 1, types, limit: 250 }
  const cases: [string, RegExp, Parameters<typeof plansOf>[0]][] = [
    ['unarranged', /INDEX webhooks_unarranged/, (db) => arrange.findUnarranged(db, { limit: 100 })],
    [
      'pending of a type',
      /INDEX deliveries_event_type_status_created_at \(webhook_id=\? AND event_type=\? AND status=\?\)/,
      (db) => arrange.takeOfTypes(db, of, 'pending'),
    ],
    [
      'held of a type',
      /INDEX deliveries_(event_type_status_created_at|held) \(webhook_id=\? AND event_type=\?/,
      (db) => arrange.takeOfTypes(db, of, 'held'),
    ],
    [
      'held before',
      /INDEX deliveries_held \(webhook_id=\? AND event_type=\? AND standing<\?\)/,
      (db) => arrange.takeHeldBefore(db, of, 7),
    ],
    [
      'pending of a webhook',
      /INDEX deliveries_due \(webhook_id=\?\)/,
      (db) => arrange.takePending(db, { webhook_id: 1, limit: 250 }),
    ],
    ['held for the retention', /INDEX deliveries_held_created_at/, (db) => prune.takePrunable(db, at, 5)],
  ]
  for (const [name, index, run] of cases) {
    const plan = (await plansOf(run)).join('\n')
    assert.match(plan, index, `${name}:\n${plan}`)
    assert.doesNotMatch(plan, /TEMP B-TREE|SCAN deliveries/, `${name}:\n${plan}`)
  }
})

test('what is next in the order of a record is found without looking at what waits behind it', async () => {
  const ids = JSON.stringify([1, 2])
  const cases: [string, readonly RegExp[], Parameters<typeof plansOf>[0]][] = [
    [
      'heads',
      [
        /^SEARCH deliveries USING INTEGER PRIMARY KEY/,
        /^SEARCH earlier USING INDEX deliveries_order \(webhook_id=\? AND order_key=\? AND event_id<\?\)/,
      ],
      (db) => order.findHeads(db, { ids }),
    ],
    [
      'notes',
      [
        /^SEARCH deliveries USING INTEGER PRIMARY KEY/,
        /fan_outs .*INDEX fan_outs_order_key \(order_key=\? AND event_id<\?\)/,
      ],
      (db) => order.findBehindNotes(db, { ids, webhook_id: 1 }),
    ],
    [
      'first',
      [/^SEARCH deliveries USING INDEX deliveries_order \(webhook_id=\? AND order_key=\?\)/],
      (db) => order.findFirst(db, { webhook_id: 1, order_key: 'document/1' }),
    ],
    [
      'a backlog',
      [
        /^SEARCH deliveries USING INDEX deliveries_status_created_at \(webhook_id=\? AND status=\?\)/,
        /^SEARCH events USING INTEGER PRIMARY KEY/,
      ],
      (db) => order.setKeysOfOpen(db, 1),
    ],
    ['what is released', [/INTEGER PRIMARY KEY/], (db) => order.release(db, { ids })],
  ]
  for (const [name, expected, run] of cases) {
    const plan = await plansOf(run)
    for (const line of expected)
      assert.ok(
        plan.some((one) => line.test(one)),
        `${name}:\n${plan.join('\n')}`,
      )
    assert.doesNotMatch(plan.join('\n'), /TEMP B-TREE|SCAN (deliveries|earlier|events|fan_outs)/, name)
  }
})

test('a replay walks through the log by its key, and finds the newest delivery of each event by an index', async () => {
  const plan = await plansOf((db) => recover.listWithNewest(db, { webhook_id: 1, after: 7 }, 5))
  const text = plan.join('\n')
  assert.match(text, /SEARCH events USING INTEGER PRIMARY KEY \(rowid>\?\)/, text)
  assert.match(text, /SEARCH newest USING INDEX deliveries_event_id \(event_id=\? AND webhook_id=\?\)/, text)
  assert.match(
    text,
    /SEARCH later USING COVERING INDEX deliveries_event_id \(event_id=\? AND webhook_id=\? AND generation>\?\)/,
    text,
  )
  assert.match(text, /SEARCH fan_outs USING INTEGER PRIMARY KEY/, text)
  for (const line of plan) assert.doesNotMatch(line, /^SCAN (events|newest|later|deliveries)/, text)
  const found = (await plansOf((db) => recover.lastEventBefore(db, at))).join('\n')
  assert.doesNotMatch(found, /TEMP B-TREE/, found)
})
