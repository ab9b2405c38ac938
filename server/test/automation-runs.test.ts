import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Json, startServer } from './harness.ts'
import { logSettled } from './log-settled.ts'
import { startReceiver } from './receiver.ts'
import { until } from './until.ts'

const server = await startServer()
const { secret: key } = await server.credential('admin')

async function call(method: string, path: string, json?: Json, as = key) {
  return server.call(method, `/api/v1${path}`, { key: as, ...(json === undefined ? {} : { json }) })
}

async function rule(steps: Json[]): Promise<number> {
  const json = { name: 'A rule', enabled: true, trigger: { type: 'button' }, steps }
  const { status, body, text } = await call('POST', '/automations', json)
  assert.equal(status, 201, text)
  return body.id
}

async function run(id: number, input: Json = {}): Promise<Json> {
  const { status, body, text } = await call('POST', `/automations/${id}/run`, { input })
  assert.equal(status, 202, text)
  await server.automate()
  return (await call('GET', `/automation-runs/${body.id}`)).body
}

test('a key that may not do what the steps do begins and resumes no run of them', async () => {
  const id = await rule([
    {
      name: 'change',
      type: 'change',
      resource: 'user',
      action: 'update',
      record_id: 'input.id',
      values: '{"profile":{"bio":"changed"}}',
    },
  ])
  const { secret: narrow } = await server.credential('automations:read automations:write')
  const begun = await call('POST', `/automations/${id}/run`, { input: { id: 1 } }, narrow)
  assert.equal(begun.status, 403)
  assert.match(begun.body.error.details, /needs the scope 'users:write'/)
  const failed = await run(id, { id: 999_999 })
  assert.equal(failed.status, 'failed')
  const resumed = await call('POST', `/automation-runs/${failed.id}/resume`, {}, narrow)
  assert.equal(resumed.status, 403)
  assert.match(resumed.body.error.details, /needs the scope 'users:write'/)
})

test('a response that is too long to be kept is not given to later steps in part', async () => {
  const receiver = await startReceiver((response) => {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ id: 7, text: 'y'.repeat(20_000) }))
  })
  const first = { name: 'first', type: 'send', url: receiver.url }
  const failed = await run(
    await rule([first, { ...first, name: 'second', body: '{"id": steps.first.body.id}' }]),
  )
  assert.deepEqual([failed.status, failed.reason], ['failed', 'response_too_long'])
  assert.match(failed.error, /more than 16 KiB/)
  assert.equal(receiver.received.length, 1)
  const done = await run(await rule([first, { ...first, name: 'second', body: '{"id": 1}' }]))
  assert.equal(done.status, 'succeeded')
})

test('one event that ends the condition costs no other event its run', async () => {
  const endless = 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!'
  const condition = `data.category == "poisoned" && (data.title != "poison" || "${endless}".matches("^(a+)+$"))`
  const trigger = { type: 'event', events: ['document.created'], condition }
  const steps = [{ name: 'end', type: 'stop_if', condition: 'true' }]
  const json = { name: 'Poisoned', enabled: true, trigger, steps }
  const { body: made } = await call('POST', '/automations', json)
  const create = (title: string) => call('POST', '/documents', { title, category: 'poisoned' })
  for (const title of ['before', 'poison', 'after 1', 'after 2']) await create(title)
  await logSettled(server.context.database.read)
  await server.automate()
  const runs = async (): Promise<Json[]> =>
    (await call('GET', `/automation-runs?automation_id=${made.id}&sort=created_at&limit=100`)).body.data
  const told = (await runs()).map(({ status, reason }) => [status, reason])
  assert.deepEqual(
    told.filter(([, reason]) => reason === 'condition_failed'),
    [['failed', 'condition_failed']],
    'the poisoned one alone',
  )
  assert.equal(told.length, 4)
  // An expression rests by real time, which the clock of the server does not move.
  await until('the others to have run', async () => {
    server.clock.advance(10_000)
    await server.automate()
    const done = (await runs()).filter(({ status }) => status === 'succeeded' || status === 'stopped')
    return done.length === 3 ? true : undefined
  })
})
