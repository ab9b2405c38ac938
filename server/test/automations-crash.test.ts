import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { parseArgs } from 'node:util'
import { postgresUrl } from './fresh-database.ts'
import { Random, seedFrom } from './fuzz/random.ts'
import type { Json } from './harness.ts'
import { startMailServer } from './mail-server.ts'
import { install } from './product-process.ts'
import { startReceiver } from './receiver.ts'
import { until } from './until.ts'

const { values } = parseArgs({ options: { kills: { type: 'string', default: '20' } }, strict: false })
const kills = Number(values.kills)
const documentsPerKill = 4
/** Far longer than anybody waits here: on the embedded database no lease has to run out. */
const leaseSeconds = postgresUrl === undefined ? '600' : '4'

test(`a server killed ${kills} times amid runs loses none, changes nothing twice, and mails each once`, async (t) => {
  const product = await install()
  const mails = await startMailServer()
  const receiver = await startReceiver()
  const seed = seedFrom('COMSERV_CRASH_SEED')
  const random = new Random(seed)
  const env = {
    COMSERV_SMTP_URL: `smtp://127.0.0.1:${mails.port}`,
    COMSERV_MAIL_FROM: 'platform@example.org',
    COMSERV_WEBHOOK_ALLOW_HTTP: 'true',
    COMSERV_WEBHOOK_ALLOWED_CIDRS: '127.0.0.0/8',
    COMSERV_WEBHOOK_LEASE_SECONDS: leaseSeconds,
    COMSERV_WEBHOOK_TIMEOUT_SECONDS: '1',
    COMSERV_RATE_LIMIT_STANDARD: '1000000',
  }
  let serving = await product.serve(env)
  const made = await product.run(['credential', 'create', '--name', 'one', '--scopes', 'admin', '--json'])
  const { client_secret } = JSON.parse(made.stdout)
  const call = async (path: string, json?: object): Promise<Json> => {
    const headers = { 'x-api-key': client_secret, 'content-type': 'application/json' }
    const sent = json && { method: 'POST', body: JSON.stringify(json) }
    const answer = await fetch(`${product.url}/api/v1${path}`, { headers, ...sent })
    assert.ok(answer.ok, `${answer.status} to ${path}: ${await answer.clone().text()}`)
    return answer.json()
  }
  await call('/users', {
    username: 'reader',
    email: 'reader@example.org',
    role: 'editor',
    password: 'correct horse',
  })
  const rule = await call('/automations', {
    name: 'All that a rule can do',
    enabled: true,
    trigger: { type: 'event', events: ['document.created'], condition: 'data.category == "policies"' },
    steps: [
      { name: 'task', type: 'send', url: receiver.url, body: '{ "id": data.id }' },
      {
        name: 'note',
        type: 'change',
        resource: 'document',
        action: 'create',
        values: '{ "title": "Note on " & data.title, "category": "notes" }',
      },
      { name: 'tell', type: 'mail', to_roles: ['editor'], subject: 'data.title', text: '"Read it."' },
    ],
  })
  const acknowledged: string[] = []
  let named = 0
  for (let kill = 0; kill < kills; kill++) {
    const writing = Array.from({ length: documentsPerKill }, async () => {
      const title = `Policy ${++named}`
      await call('/documents', { title, category: 'policies' })
      acknowledged.push(title)
    })
    // Somewhere between the first commit and the last step.
    const progress = receiver.received.length + random.between(0, documentsPerKill - 1)
    await Promise.race([
      Promise.allSettled(writing).then(() => receiver.arrived(progress)),
      until('a document', () => (acknowledged.length > 0 && random.chance(0.2)) || undefined),
    ])
    serving.process.kill('SIGKILL')
    await Promise.allSettled([once(serving.process, 'close'), ...writing])
    serving = await product.serve(env)
  }
  const runs = async (query: string): Promise<number> =>
    (await call(`/automation-runs?automation_id=${rule.id}&${query}`)).meta.total_count
  const policies = await everyDocument(call, 'policies')
  await until(
    'the end of all runs',
    async () => (await runs('status=succeeded')) >= policies.length || undefined,
  )
  await until('the end of all mail', async () => {
    const { meta } = await call('/mails?kind=automation&status=sent')
    return meta.total_count >= policies.length || undefined
  })
  assert.deepEqual(
    acknowledged.filter((title) => !policies.includes(title)),
    [],
  )
  assert.equal(await runs(''), policies.length)
  const expected = policies.map((title) => `Note on ${title}`)
  assert.deepEqual((await everyDocument(call, 'notes')).sort(), expected.sort())
  const keysOf = Map.groupBy(receiver.received, ({ body }) => body.id)
  assert.equal(keysOf.size, policies.length)
  for (const [id, sent] of keysOf)
    assert.equal(new Set(sent.map(({ headers }) => headers['idempotency-key'])).size, 1, `${id}`)
  const mailOf = Map.groupBy(mails.received, ({ headers }) => headers.get('subject'))
  for (const title of policies) {
    const ids = (mailOf.get(title) ?? []).map(({ headers }) => headers.get('message-id'))
    assert.equal(new Set(ids).size, 1, `the mail on ${title} came ${ids.length} times`)
  }
  t.diagnostic(
    `seed ${seed}: ${policies.length} runs, ${receiver.received.length} requests, ${mails.received.length} mails`,
  )
  assert.equal(await serving.stop(), 0)
})

async function everyDocument(call: (path: string) => Promise<Json>, category: string): Promise<string[]> {
  const titles: string[] = []
  for (let page = 1; ; page++) {
    const { data, meta } = await call(`/documents?category=${category}&limit=100&page=${page}`)
    titles.push(...data.map(({ title }: Json) => title))
    if (page >= meta.total_pages) return titles
  }
}
