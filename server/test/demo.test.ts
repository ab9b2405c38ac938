import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { demoConfig } from '../src/cli/demo.ts'
import { fillWithSamples } from '../src/demo/fill.ts'
import { fillUsage, sendWebhooks } from '../src/demo/recent.ts'
import { dayMs, toTimestamp } from '../src/lib/timestamps.ts'
import { createGuard } from '../src/sending/guard.ts'
import { type Json, startServer } from './harness.ts'
import { machineEnv, main } from './serving.ts'

test('the sample data has the totals and the first resources of the documentation page', async () => {
  const server = await startServer()
  await fillWithSamples(server.context, 'a password for samples')
  const { secret: key } = await server.credential('read')
  const users = await server.call('GET', '/api/v1/users', { key })
  assert.deepEqual(users.body.meta, { current_page: 1, total_pages: 5, total_count: 98 })
  assert.equal(users.body.data[0].username, 'johndoe')
  const documents = await server.call('GET', '/api/v1/documents', { key })
  assert.deepEqual(documents.body.meta, { current_page: 1, total_pages: 8, total_count: 156 })
  assert.deepEqual(documents.body.data[0], {
    id: 1,
    title: 'Annual Report 2023',
    category: 'reports',
    status: 'published',
    created_at: '2023-03-15T08:30:00Z',
    updated_at: '2023-03-16T14:22:10Z',
    author_id: 5,
  })

  const events = await server.context.database.read
    .selectFrom('events')
    .select(['type', 'occurred_at'])
    .orderBy('id')
    .execute()
  assert.deepEqual(
    events.map((event) => event.occurred_at),
    events.map((event) => event.occurred_at).sort(),
    'the event log is in the order of time',
  )
  assert.equal(events.filter((event) => event.type === 'user.created').length, 98)
  assert.equal(events.filter((event) => event.type === 'document.created').length, 156)
})

test('the demo has a day behind it: changes, requests of a key, and two webhooks, one of which fails', async () => {
  const server = await startServer({ env: { COMSERV_PUBLIC_URL: 'https://comserv.example.org' } })
  await fillWithSamples(server.context, 'a password for samples')
  const { database, clock } = server.context
  const owner = { id: 2, username: 'admin' }
  await fillUsage(server.context, owner)
  await sendWebhooks(server.context, owner)
  await server.deliver()
  const { secret: key } = await server.credential('admin')
  const get = async (path: string) => (await server.call('GET', `/api/v1/${path}`, { key })).body

  const dayAgo = toTimestamp(clock.now() - dayMs)
  const events = await database.read
    .selectFrom('events')
    .select('type')
    .where('occurred_at', '>', dayAgo)
    .execute()
  assert.equal(events.filter(({ type }) => type === 'document.updated').length, 11)
  assert.equal(events.filter(({ type }) => type === 'document.published').length, 1)

  const website = (await get('credentials')).data.find(({ name }: Json) => name === 'Website')
  const usage = await get(`credentials/${website.id}/usage`)
  assert.ok(usage.totals.requests > 2_000 && usage.totals.errors > 10)
  const log = await get(`requests?credential_id=${website.id}&limit=1`)
  // The chart begins with a whole hour.
  assert.ok(log.meta.total_count >= usage.totals.requests, 'the request log has what the chart counts')
  const missing = await get(`requests?credential_id=${website.id}&status=404&limit=1`)
  assert.ok(missing.meta.total_count >= usage.totals.errors)
  assert.ok(log.data[0].occurred_at <= toTimestamp(clock.now()))
  const minutes = await database.read
    .selectFrom('usage_totals')
    .select(['start', 'requests'])
    .where('per', '=', 'minute')
    .execute()
  for (const { start, requests } of minutes) {
    assert.ok(start > website.created_at && start >= dayAgo && start <= toTimestamp(clock.now()), start)
    assert.ok(requests <= 100, 'the rate limit of the key')
  }

  const { data: webhooks } = await get('webhooks')
  const outcomes = await Promise.all(
    webhooks.map(async ({ id, description }: Json) => {
      const { data } = await get(`webhooks/${id}/deliveries`)
      return [description.split(':')[0], data.map(({ last_response_status }: Json) => last_response_status)]
    }),
  )
  assert.deepEqual(Object.fromEntries(outcomes), { Website: [200, 200], 'Search index': [500, 500] })
})

test('the demo prints three lines that work when pasted, and leaves nothing behind when it is stopped', async () => {
  const ownTmp = mkdtempSync(join(tmpdir(), 'comserv-test-'))
  const demo = spawn(process.execPath, [main, 'demo'], {
    env: { ...machineEnv, TMPDIR: ownTmp, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(demo, 'exit')
  try {
    const lines = await linesToPaste(demo.stdout)
    const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', lines.join('\n')])
    const [users = '', token = '', documents = ''] = stdout.trim().split('\n')
    assert.equal(JSON.parse(users).meta.total_count, 98)
    assert.match(token, /^[\w-]+\.[\w-]+\.[\w-]+$/)
    assert.equal(JSON.parse(documents).data[0].title, 'Annual Report 2023')
  } finally {
    demo.kill('SIGTERM')
  }
  assert.deepEqual(await exited, [0, null])
  assert.deepEqual(readdirSync(ownTmp), [])
  rmSync(ownTmp, { recursive: true })
})

test('the demo sends webhooks to receivers on the same machine, and to no other private address', async () => {
  const data = mkdtempSync(join(tmpdir(), 'comserv-test-'))
  const allowed = createGuard(demoConfig({}, data).webhooks)
  const restricted = createGuard(demoConfig({ COMSERV_WEBHOOK_ALLOW_HTTP: 'false' }, data).webhooks)
  for (const url of ['http://127.0.0.1:9/hook', 'http://localhost:9/hook', 'http://[::1]:9/hook']) {
    assert.equal(await allowed.check(url), undefined, url)
    assert.match((await restricted.check(url)) ?? '', /COMSERV_WEBHOOK_ALLOW_HTTP/, url)
  }
  assert.match((await allowed.check('http://10.0.0.1/hook')) ?? '', /COMSERV_WEBHOOK_ALLOWED_CIDRS/)
  rmSync(data, { recursive: true })
})

async function linesToPaste(stdout: NodeJS.ReadableStream): Promise<string[]> {
  const lines: string[] = []
  for await (const line of createInterface({ input: stdout })) {
    if (/^(curl|TOKEN=)/.test(line)) lines.push(line)
    if (lines.length === 3) return lines
  }
  throw new Error('The demo ended before it printed three lines to paste.')
}
