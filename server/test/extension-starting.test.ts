import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Loaded } from '../src/extension/declaration.ts'
import { extension } from '../src/extension/declaration.ts'
import { Extensions } from '../src/extensions/extensions.ts'
import { startExtensions } from '../src/extensions/start.ts'
import { startServer } from './harness.ts'

const { context, app } = await startServer()

const loaded = (declared: object): Loaded => ({
  ...extension({ name: 'wrong', ...declared }),
  file: 'extensions/wrong.ts',
  values: {},
})

const start = (declared: object) =>
  startExtensions({ ...context, extensions: new Extensions([loaded(declared)], context) })

test('what an extension names has to exist, and the one that was meant is told', async () => {
  const noop = () => undefined
  const cases: [object, RegExp][] = [
    [
      { on: { 'documents.published': noop } },
      /on names the event type 'documents.published'.* 'document.published'/,
    ],
    [
      { before: { 'document.remove': noop } },
      /before names the action 'document.remove', which does not exist\./,
    ],
    [{ permissions: ['document:read'] }, /permissions names the scope 'document:read'.* 'documents:read'/],
    [
      { tasks: [{ name: 'one', cron: 'daily', run: noop }] },
      /the task 'one' has the cron 'daily', which is none/,
    ],
  ]
  for (const [declared, expected] of cases) await assert.rejects(start(declared), { message: expected })
})

test('a route that does not say who may call it stops the start', () => {
  const cases: [object, RegExp][] = [
    [{ summary: 'Say' }, /the route GET \/say does not say who may call it\. Set 'access' to a scope/],
    [{ summary: 'Say', access: 'x.wrong.read' }, /does not say who may call it/],
    [{ access: 'public' }, /needs a 'summary'/],
  ]
  for (const [options, expected] of cases) {
    const routes = (register: { get(...given: unknown[]): void }) =>
      register.get('/say', options, () => 'hello')
    const extensions = new Extensions([loaded({ routes })], context)
    assert.throws(() => extensions.routes(app), { message: expected })
  }
})

test('the events of an extension that is gone wait, and are handled when it is back', async () => {
  const seen: string[] = []
  const declared = {
    on: {
      'category.created': ({ event }: { event: { data: { name: string } } }) =>
        void seen.push(event.data.name),
    },
  }
  await start(declared)
  const rows = () =>
    context.database.read.selectFrom('webhooks').select(['status', 'disabled_reason']).execute()
  assert.deepEqual(await rows(), [{ status: 'active', disabled_reason: null }])
  await startExtensions({ ...context, extensions: undefined })
  assert.deepEqual(await rows(), [{ status: 'disabled', disabled_reason: 'gone' }])
  await start(declared)
  assert.deepEqual(await rows(), [{ status: 'active', disabled_reason: null }])
})
