import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import { freePort } from '../../../server/src/config/free-port.ts'
import { startServer } from '../../../server/test/harness.ts'
import { Comserv } from '../src/index.ts'

/** Runs the examples and the code of the README, out of the sources and not of a dist/ that may be older. */
const folder = join(import.meta.dirname, '..')
const conditions = '--conditions=comserv-source'
const server = await startServer()
const { clientId, secret } = await server.credential('admin')
const env = { COMSERV_URL: server.url, KEY: secret, CLIENT_ID: clientId, CLIENT_SECRET: secret }
const comserv = new Comserv({ baseUrl: server.url, apiKey: secret })

await comserv.users.create({
  username: 'johndoe',
  email: 'johndoe@example.org',
  password: 'a long enough password',
  role: 'editor',
})

function run(...args: string[]) {
  const more = { WEBHOOK_SECRET: 'whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0' }
  return promisify(execFile)(process.execPath, [conditions, ...args], {
    cwd: folder,
    env: { ...env, ...more },
  })
}

test('examples/list-users.js', async () => {
  const { stdout } = await run('examples/list-users.js')
  assert.match(stdout, /^1 active users\n\d+ johndoe johndoe@example\.org\n$/)
})

test('examples/create-document.js, started twice, writes one document', async () => {
  const first = await run('examples/create-document.js')
  const second = await run('examples/create-document.js')
  assert.match(first.stdout, /^document \d+ is published\n$/)
  assert.equal(second.stdout, first.stdout)
  assert.equal((await comserv.documents.list({ category: 'reports' })).meta.total_count, 1)
})

test('examples/receive-webhook.js accepts deliveries of the server, and refuses others', async () => {
  const port = await freePort('127.0.0.1')
  const url = `http://127.0.0.1:${port}/hooks`
  const { id, secret: webhookSecret } = await comserv.webhooks.create({ url, events: ['user.created'] })
  // The receiver goes by the clock of the machine.
  server.clock.advance(Date.now() - server.clock.now())
  const child = spawn(process.execPath, [conditions, 'examples/receive-webhook.js'], {
    cwd: folder,
    env: { PORT: String(port), WEBHOOK_SECRET: webhookSecret },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  after(() => child.kill())
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  assert.equal((await lines.next()).value, 'listening')
  assert.equal((await comserv.webhooks.test(id)).status, 'delivered')
  assert.equal((await lines.next()).value, 'ping')
  const forged = await fetch(url, { method: 'POST', body: '{}', headers: { 'x-webhook-signature': '00' } })
  assert.equal(forged.status, 400)
  assert.equal((await lines.next()).value, 'refused: header_missing')
  child.kill()
  await once(child, 'close')
})

test('the code of the README runs, from the first line to the last', async () => {
  const text = readFileSync(join(folder, 'README.md'), 'utf8')
  const blocks = [...text.matchAll(/^```js\n(.*?)^```$/gms)].map(([, code = '']) => code)
  assert.equal(blocks.length, 5)
  const [first = ''] = blocks
  assert.ok(first.trim().split('\n').length < 10, 'the first call takes less than ten lines')
  const program = `${blocks.join('\n').replaceAll('http://127.0.0.1:3000', server.url)}
    const forged = new Request('http://here/', { method: 'POST', body: '{}' })
    console.log((await receive(forged)).status)`
  const { stdout } = await run('--input-type=module', '--eval', program)
  assert.match(stdout, /^johndoe johndoe@example\.org\n/)
  assert.match(stdout, /resource_not_found There is no user with id 4711\. [0-9a-f-]{36}\n400\n$/)
})
