import assert from 'node:assert/strict'
import { test } from 'node:test'
import { countDelivery } from '../src/events/outbox.ts'
import { toInstant } from '../src/lib/timestamps.ts'
import { postgresUrl } from './fresh-database.ts'
import { startServer } from './harness.ts'
import { startReceiver } from './receiver.ts'

const server = await startServer()

if (postgresUrl === undefined)
  test('on the embedded database, where one process sends, nothing is written to say so', async () => {
    await server.deliver()
    const { database } = server.context
    assert.deepEqual(await database.read.selectFrom('processes').selectAll().execute(), [])
  })
else
  test('what a process was sending goes on in another once it has been silent for 3.5 s, and not before', async () => {
    const { secret: key } = await server.credential('admin')
    const receiver = await startReceiver()
    await server.call('POST', '/api/v1/webhooks', {
      key,
      json: { url: receiver.url, events: ['document.created'] },
    })
    const { database, clock } = server.context
    for (const id of ['working', 'dead'])
      await server.call('POST', '/api/v1/documents', { key, json: { title: id } })
    // Both events are on their way in other processes, for as long as nobody waits here.
    await database.write(async (trx) => {
      const { db } = trx
      const waiting = await db.selectFrom('deliveries').selectAll().orderBy('id').execute()
      const leased = [
        { worker: 'working', silentMs: 3_000 },
        { worker: 'dead', silentMs: 3_600 },
      ]
      for (const [i, { worker, silentMs }] of leased.entries()) {
        const delivery = waiting[i] ?? assert.fail('nothing waits')
        countDelivery(trx, delivery, 'pending', -1)
        countDelivery(trx, delivery, 'sending', 1)
        await db
          .updateTable('deliveries')
          .set({
            status: 'sending',
            attempts: 1,
            next_attempt_at: null,
            last_attempt_at: toInstant(clock.now()),
            lease_token: `${worker}:token`,
            lease_until: toInstant(clock.now() + 600_000),
          })
          .where('id', '=', delivery.id)
          .execute()
        await db
          .insertInto('processes')
          .values({
            id: worker,
            public_url: server.url,
            is_local: 1,
            sends: 1,
            started_at: toInstant(clock.now() - 60_000),
            seen_at: toInstant(clock.now() - silentMs),
          })
          .execute()
      }
    })
    await server.deliver()
    assert.deepEqual(
      receiver.received.map(({ raw }) => JSON.parse(raw).data.title),
      ['dead'],
    )
  })
