import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Slice } from '../src/db/page.ts'
import { countMails, listMails, type MailFilter } from '../src/mail/store.ts'
import { startServer } from './harness.ts'
import { queryPlans } from './query-plan.ts'

const { database } = (await startServer()).context

const filters: [MailFilter, RegExp][] = [
  [{}, /mails_created_at/],
  [{ status: 'failed' }, /mails_status/],
  [{ kind: 'invitation' }, /mails_kind/],
  [{ user_id: 7 }, /mails_user_id/],
]
const order = { column: 'created_at', direction: 'desc' } as const
const slices: Slice[] = [
  { order, limit: 21 },
  { order: { ...order, direction: 'asc' }, limit: 21 },
  { order, limit: 21, afterValue: '2026-01-15T08:30:00Z', afterId: 7 },
]

for (const [filter, index] of filters)
  test(`mails by ${JSON.stringify(filter)} are read in the order of an index, and counted over it`, async () => {
    for (const slice of slices) {
      const [plan = ''] = await queryPlans(database, (db) => listMails(db, filter, slice))
      assert.match(plan, index)
      assert.doesNotMatch(plan, /TEMP B-TREE|Sort|Seq Scan/, plan)
    }
    const [count = ''] = await queryPlans(database, (db) => countMails(db, filter))
    if (Object.keys(filter).length > 0) assert.match(count, index)
  })
