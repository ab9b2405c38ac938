import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { test } from 'node:test'
import { Shares } from '../src/automations/shares.ts'
import { type Json, startServer } from './harness.ts'
import { logSettled } from './log-settled.ts'
import { startReceiver } from './receiver.ts'

test('a receiver that hangs holds up the other runs of its rule, and nobody else', async () => {
  const server = await startServer({
    env: { COMSERV_WEBHOOK_TIMEOUT_SECONDS: '60', COMSERV_WEBHOOK_LEASE_SECONDS: '120' },
  })
  const { secret: key } = await server.credential('admin')
  const hanging = await startReceiver()
  const working = await startReceiver()
  const held: ServerResponse[] = []
  hanging.answer((response) => held.push(response))
  const rule = async (category: string, url: string) => {
    const { status, text } = await server.call('POST', '/api/v1/automations', {
      key,
      json: {
        name: category,
        enabled: true,
        trigger: {
          type: 'event',
          events: ['document.created'],
          condition: `data.category == "${category}"`,
        },
        steps: [{ name: 'task', type: 'send', url }],
      },
    })
    assert.equal(status, 201, text)
  }
  await rule('hanging', hanging.url)
  await rule('working', working.url)
  const documents = [...Array(70).fill('hanging'), 'working']
  const items: Json[] = documents.map((category, i) => ({
    action: 'create',
    data: { title: `${i}`, category },
  }))
  const { status, text } = await server.call('POST', '/api/v1/documents/batch', { key, json: { items } })
  assert.equal(status, 200, text)
  assert.doesNotMatch(text, /"error"/)
  await logSettled(server.context.database.read)

  const done = server.automate()
  await Promise.all([hanging.arrived(8), working.arrived(1)])
  assert.deepEqual([hanging.received.length, working.received.length], [8, 1])
  hanging.answer(204)
  for (const response of held) response.writeHead(204).end()
  await done
  assert.equal(hanging.received.length, 70)
})

test('one owner never has all the room, however many rules', () => {
  const shares = new Shares()
  const take = (automation_id: number, owner_id: number) => shares.take({ automation_id, owner_id })
  for (let run = 0; run < 100; run++) take(run, 1)
  assert.deepEqual(shares.full, { rules: [], owners: [1] })
  assert.equal(take(500, 1), false)
  for (let run = 0; run < 32; run++) assert.equal(take(600 + run, 2), true)
  assert.ok(shares.isFull)
  assert.equal(take(700, 3), false)
  shares.giveBack({ automation_id: 600, owner_id: 2 })
  assert.equal(take(700, 3), true)
  const copy = new Shares(shares)
  shares.giveBack({ automation_id: 700, owner_id: 3 })
  assert.ok(copy.isFull)
})
