import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { Webhook } from 'standardwebhooks'
import { freePort } from '../src/config/free-port.ts'
import type { Json } from './harness.ts'
import { type Env, embedded, emptyPostgres, freshFolder, onPostgres, run, secretKeyOf } from './moving.ts'
import { startReceiver } from './receiver.ts'
import { type Serving, serve } from './serving.ts'
import { until } from './until.ts'

const port = await freePort('127.0.0.1')
const url = `http://127.0.0.1:${port}`
const settings = {
  PORT: String(port),
  COMSERV_RATE_LIMIT_STANDARD: '1000000',
  COMSERV_RATE_LIMIT_SESSION: '1000000',
  COMSERV_WEBHOOK_ALLOW_HTTP: 'true',
  COMSERV_WEBHOOK_ALLOWED_CIDRS: '127.0.0.0/8',
}
let serving: Serving | undefined
after(() => serving?.process.kill('SIGKILL'))

async function serveOn(env: Env): Promise<void> {
  serving = await serve({ ...env, ...settings }, { cwd: env.COMSERV_DATA_DIR ?? '.' })
}

async function call(method: string, path: string, headers: Record<string, string>, json?: object) {
  const response = await fetch(`${url}/api/v1${path}`, {
    method,
    headers: { ...headers, ...(json ? { 'content-type': 'application/json' } : {}) },
    ...(json ? { body: JSON.stringify(json) } : {}),
  })
  const text = await response.text()
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: (text ? JSON.parse(text) : undefined) as Json,
  }
}

test('programs, people and receivers notice nothing but the pause, there and back', async () => {
  const folder = freshFolder()
  await serveOn(embedded(folder))
  const made = await run({ ...embedded(folder), ...settings }, [
    ...['credential', 'create', '--name', 'program', '--scopes', 'admin', '--json'],
  ])
  const { client_id, client_secret } = JSON.parse(made.stdout)
  const key = { 'x-api-key': client_secret }
  const receiver = await startReceiver()
  const webhook = (await call('POST', '/webhooks', key, { url: receiver.url, events: ['document.*'] })).body
  const password = 'correct horse battery staple'
  for (const [i, role] of ['admin', 'editor', 'normal'].entries())
    await call('POST', '/users', key, { username: `user${i}`, email: `user${i}@example.org`, password, role })
  await call('POST', '/categories', key, { name: 'reports' })
  const documents: Json[] = []
  for (let i = 0; i < 12; i++)
    documents.push(
      (await call('POST', '/documents', key, { title: `Jahresbericht ${i}`, content: `Zeile ${i}\t"x"\\\n` }))
        .body,
    )
  const first = documents[0]
  await call(
    'PATCH',
    `/documents/${first.id}`,
    { ...key, 'content-type': 'application/merge-patch+json' },
    { title: 'Neu' },
  )
  await call('DELETE', `/documents/${documents[1].id}`, key)
  const retried = { ...key, 'idempotency-key': 'once-and-only-once' }
  const once = await call('POST', '/documents', retried, { title: 'Once' })
  const signedIn = await call('POST', '/session', {}, { username: 'user0', password })
  assert.equal(signedIn.status, 201, signedIn.text)
  const cookie = { cookie: signedIn.headers.getSetCookie()[0]?.split(';')[0] ?? '' }
  const form = new URLSearchParams({ grant_type: 'client_credentials', client_id, client_secret })
  const issued = await fetch(`${url}/api/v1/oauth/token`, { method: 'POST', body: form })
  const { access_token: token } = (await issued.json()) as Json
  const bearer = { authorization: `Bearer ${token}` }
  await receiver.arrived(15)
  await until('the deliveries to be noted', async () => {
    const { body } = await call('GET', `/webhooks/${webhook.id}/deliveries?status=delivered`, key)
    return body.data.length >= 15 ? true : undefined
  })
  const events = (await call('GET', '/events?limit=5', key)).body
  const last = events.data.at(-1).id

  const paths = [
    '/documents?limit=5',
    '/documents?q=jahresbericht&sort=-updated_at',
    '/documents/trash',
    `/documents/${first.id}`,
    `/documents/${first.id}/revisions`,
    '/users?limit=50',
    '/categories',
    `/webhooks/${webhook.id}`,
    `/webhooks/${webhook.id}/deliveries?limit=50`,
    `/events?limit=5&after=${last}`,
    '/events?limit=100',
    '/audit-log?action=document.create&limit=50',
    '/roles',
  ]
  const probed = async () => {
    const answers: Record<string, unknown> = {}
    for (const path of paths) {
      const { status, text, headers } = await call('GET', path, key)
      assert.equal(status, 200, `${path}: ${text}`)
      answers[path] = { text, etag: headers.get('etag'), total: headers.get('x-total-count') }
    }
    return answers
  }
  /** The log shows an event once all older transactions have ended, and a row of the audit log is chained soon. */
  const settled = async (lastDeleted: number) => {
    await until('the logs to be settled', async () => {
      const { body: log } = await call('GET', '/events?type=document.deleted&sort=-log&limit=1', key)
      const { body: audit } = await call('GET', '/audit-log?limit=50', key)
      const isShown = log.data[0]?.resource_id === lastDeleted
      return (isShown && audit.data.every((row: Json) => row.chain_seq !== null)) || undefined
    })
    return probed()
  }
  let before = await settled(documents[1].id)
  let arrived = receiver.received.length

  const goOn = async (title: string) => {
    assert.deepEqual(await probed(), before)
    assert.equal((await call('GET', '/session', cookie)).status, 200, 'the session goes on')
    assert.equal((await call('GET', `/documents/${first.id}`, bearer)).status, 200, 'the token goes on')
    const again = await call('POST', '/documents', retried, { title: 'Once' })
    assert.deepEqual([again.status, again.text], [once.status, once.text], 'the answer is kept')
    const created = await call('POST', '/documents', key, { title })
    assert.equal(created.status, 201, created.text)
    assert.ok(created.body.id > once.body.id, 'no id is given twice')
    await receiver.arrived(++arrived)
    const { raw, headers } = receiver.received.at(-1) ?? assert.fail()
    const verified = new Webhook(webhook.secret).verify(raw, headers as Record<string, string>) as Json
    assert.equal(verified.data.title, title)
    await until('the delivery to be noted', async () => {
      const { body } = await call('GET', `/webhooks/${webhook.id}/deliveries?status=delivered&limit=50`, key)
      return body.data.length >= arrived ? true : undefined
    })
    assert.equal((await call('DELETE', `/documents/${created.body.id}`, key)).status, 204)
    await receiver.arrived(++arrived)
    const found = await call('GET', '/documents?q=jahresbericht', key)
    assert.equal(found.body.data.length, 10)
    before = await settled(created.body.id)
  }

  await serving?.stop()
  const there = await emptyPostgres()
  const moved = await run(embedded(folder), ['move', '--to', there])
  assert.equal(moved.code, 0, moved.stderr)
  await serveOn(onPostgres(there, secretKeyOf(folder)))
  await goOn('On PostgreSQL')
  await serving?.stop()

  const back = freshFolder()
  const returned = await run(onPostgres(there, secretKeyOf(folder)), ['move', '--to', back])
  assert.equal(returned.code, 0, returned.stderr)
  await serveOn(embedded(back))
  await goOn('In a folder again')
  await serving?.stop()
})
