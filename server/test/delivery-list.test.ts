import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { test } from 'node:test'
import { startServer } from './harness.ts'
import { signedInAs } from './people.ts'
import { startReceiver } from './receiver.ts'
import { assertRefused } from './refusals.ts'

const server = await startServer({ env: { COMSERV_ERASE_WAIT_HOURS: '0' } })
const { secret: key } = await server.credential('admin')
const call = (method: string, path: string, json?: object, as = key) =>
  server.call(method, `/api/v1${path}`, { key: as, ...(json ? { json } : {}) })

async function subscribed(events: string[], more: object = {}) {
  const receiver = await startReceiver()
  const { body } = await call('POST', '/webhooks', { url: receiver.url, events, ...more })
  const path = `/webhooks/${body.id}`
  return {
    receiver,
    path,
    list: async (query = '', as = key) =>
      (await call('GET', `${path}/deliveries${query}`, undefined, as)).body,
    newest: async () => (await call('GET', `${path}/deliveries?limit=1`)).body.data[0],
  }
}

test('deliveries are filtered by the class, the status and the error of their last response, with exact totals', async () => {
  const { receiver, list } = await subscribed(['document.created'], { concurrency: 1 })
  for (const result of [204, 200, 404, 503, 500]) {
    receiver.answer(result)
    await call('POST', '/documents', { title: `Answered ${result}` })
    await server.deliver()
  }
  const titles = async (query: string) => {
    const { data, meta } = await list(`?sort=created_at&${query}`)
    assert.equal(meta.total_count, data.length, query)
    return data.map(({ resource }: { resource: { title: string } }) =>
      resource.title.replace('Answered ', ''),
    )
  }
  assert.deepEqual(await titles('response_class=2xx'), ['204', '200'])
  assert.deepEqual(await titles('response_class=5xx'), ['503', '500'])
  assert.deepEqual(await titles('response_class=5xx&response_status=503'), ['503'])
  assert.deepEqual(await titles('response_status=404'), ['404'])
  assert.deepEqual(await titles('response_status=418'), [])
  assert.deepEqual(await titles('response_class=2xx&response_status=503'), [])
  assert.deepEqual(await titles('error=timeout'), [])
  assert.deepEqual(await titles('response_class=2xx&status=delivered&event_type=document.created'), [
    '204',
    '200',
  ])
  assert.deepEqual(await titles('response_class=4xx&status=delivered'), [])
  const now = new Date(server.clock.now() + 1_000).toISOString()
  assert.deepEqual(await titles(`response_class=2xx&until=${now}`), ['204', '200'])
  assert.deepEqual(await titles(`response_class=2xx&since=${now}`), [])
  assert.deepEqual(await titles('until=2026-01-01T00:00:00Z'), [])
  receiver.answer((response) => response.destroy())
  server.clock.advance(3_600_000)
  await server.deliver()
  const reset = await titles('error=reset')
  assert.ok(reset.length > 0)
  const others = [...(await titles('response_class=4xx')), ...(await titles('response_class=5xx'))]
  assert.deepEqual([...reset, ...others].toSorted(), ['404', '500', '503'])
})

test('a wrong filter is refused by name', async () => {
  const { path } = await subscribed(['document.created'])
  for (const query of ['response_class=6xx', 'response_status=600', 'error=unlucky', 'until=yesterday'])
    assertRefused(
      await call('GET', `${path}/deliveries?${query}`),
      400,
      new RegExp(query.split('=')[0] ?? ''),
    )
})

test('a delivery names its resource to those who may read it, and nobody after an erasure', async () => {
  const { newest, path } = await subscribed(['document.created', 'user.created', 'category.created'])
  await call('POST', '/documents', { title: 'Minutes' })
  const delivery = await newest()
  assert.deepEqual([delivery.resource.type, delivery.resource.title], ['document', 'Minutes'])
  await call('POST', '/categories', { name: 'Letters' })
  assert.deepEqual((await newest()).resource.title, 'Letters')
  const person = await signedInAs(server, 'normal')
  const told = await newest()
  assert.deepEqual(told.resource, { type: 'user', id: person.id, title: person.username })
  assert.deepEqual((await call('GET', `/deliveries/${told.id}`)).body.resource, told.resource)

  const { secret: narrow } = await server.credential('webhooks:read documents:read')
  const seen = (await call('GET', `${path}/deliveries`, undefined, narrow)).body.data
  assert.deepEqual(
    seen.map(({ resource }: { resource: { title: string } | null }) => resource?.title ?? null),
    [null, 'Letters', 'Minutes'],
  )

  const { etag } = Object.fromEntries((await call('GET', `/deliveries/${told.id}`)).headers)
  await call('POST', `/users/${person.id}/erase`, { username: person.username })
  server.clock.advance(1_000)
  await server.runTask('erase people')
  const after = await call('GET', `/deliveries/${told.id}`)
  assert.equal(after.body.resource, null)
  assert.notEqual(after.headers.get('etag'), etag)
})

test('what a delivery waits for is never in the past', async () => {
  const { receiver, newest, path } = await subscribed(['document.created'])
  const create = async () => {
    await call('POST', '/documents', { title: 'Waits' })
    return newest()
  }
  const waits = ({ waiting_for, waiting_until }: { waiting_for: string; waiting_until: string | null }) => [
    waiting_for,
    waiting_until === null ? null : Date.parse(waiting_until) > server.clock.now() - 1_000,
  ]
  receiver.answer(500)
  assert.deepEqual(waits(await create()), ['turn', null])
  await server.deliver()
  const retried = await newest()
  assert.deepEqual(waits(retried), ['retry', true])
  assert.equal(retried.waiting_until, retried.next_attempt_at)
  for (let failures = 1; failures < 5; failures++) {
    await create()
    await server.deliver()
  }
  const { health } = (await call('GET', path)).body
  assert.equal(health.circuit, 'open')
  const due = await create()
  assert.deepEqual([due.waiting_for, due.waiting_until], ['circuit', health.circuit_open_until])
  server.clock.advance(31_000)
  assert.deepEqual(waits(await newest()), ['probe', null])
  assert.deepEqual(waits((await call('GET', `/deliveries/${due.id}`)).body), ['probe', null])
  await call('PATCH', path, { status: 'paused' })
  assert.deepEqual(waits(await newest()), ['paused', null])
  await server.deliver()
  const held = await newest()
  assert.deepEqual([held.status, ...waits(held)], ['held', 'paused', null])
  receiver.answer(204)
  await call('PATCH', path, { status: 'active' })
  await server.deliver()
  assert.deepEqual(waits(await newest()), [null, null])
})

test('a webhook with a rate limit says that deliveries wait for it', async () => {
  const { newest } = await subscribed(['document.created'], { rate_limit_per_minute: 1 })
  for (const title of ['First', 'Second']) {
    await call('POST', '/documents', { title })
    await server.deliver()
  }
  const { waiting_for, waiting_until } = await newest()
  assert.equal(waiting_for, 'rate_limit')
  assert.ok(Date.parse(waiting_until) > server.clock.now())
})

test('a delivery that was never attempted does not wait for a retry, though the clock was set back', async () => {
  const { newest } = await subscribed(['document.created'])
  await call('POST', '/documents', { title: 'Waits' })
  server.clock.step(-7_200_000)
  const { waiting_for, waiting_until } = await newest()
  assert.deepEqual([waiting_for, waiting_until], ['turn', null])
  await server.deliver()
  assert.equal((await newest()).status, 'delivered')
})

test('a delivery waits for its turn while as many are under way as the webhook allows', async () => {
  const { receiver, newest } = await subscribed(['document.created'], { concurrency: 1 })
  const held: ServerResponse[] = []
  receiver.answer((response) => held.push(response))
  await call('POST', '/documents', { title: 'Sent' })
  await call('POST', '/documents', { title: 'Waits' })
  const delivering = server.deliver()
  await receiver.arrived(1)
  const { status, waiting_for, waiting_until } = await newest()
  assert.deepEqual([status, waiting_for, waiting_until], ['pending', 'turn', null])
  receiver.answer(204)
  held.shift()?.writeHead(204).end()
  await delivering
  assert.equal((await newest()).status, 'delivered')
})
