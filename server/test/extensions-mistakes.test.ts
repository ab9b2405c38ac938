import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import type { Json } from './harness.ts'
import { install } from './product-process.ts'
import { until } from './until.ts'

const product = await install()
const env = {
  COMSERV_EXTENSIONS_DIR: join(import.meta.dirname, 'extensions/mistaken'),
  COMSERV_RATE_LIMIT_STANDARD: '1000000',
  COMSERV_WEBHOOK_RETRY_SCHEDULE: '2,2,2',
}
let serving = await product.serve(env)
const made = await product.run(['credential', 'create', '--name', 'one', '--scopes', 'admin', '--json'])
const { client_secret: key } = JSON.parse(made.stdout)

async function call(path: string, json?: object): Promise<{ status: number; body: Json }> {
  const headers = { 'x-api-key': key, 'content-type': 'application/json' }
  const sent = json && { method: 'POST', body: JSON.stringify(json) }
  const response = await fetch(`${product.url}/api/v1${path}`, { headers, ...sent })
  return { status: response.status, body: await response.json() }
}

test('an error that nothing catches in what an extension began is logged, and the server goes on', async () => {
  const told = async (message: string, times = 1) =>
    until(`the log of: ${message}`, () => {
      const lines = serving
        .stdout()
        .split('\n')
        .filter((line) => line.includes(`"${message}"`))
      assert.ok(lines.every((line) => line.includes('"extension":"mistaken"')))
      return Promise.resolve(lines.length >= times || undefined)
    })
  assert.equal((await call('/categories', { name: 'before' })).status, 201)
  await told('in a timer')
  assert.equal((await call('/categories', { name: 'after' })).status, 201)
  await told('in a timer', 2)
  assert.equal((await call('/x/mistaken/rejected')).status, 200)
  await told('in a promise')
  await told('in a timer of the module')
  assert.equal((await call('/categories')).status, 200)
  assert.equal(serving.process.exitCode, null)
})

test('an event on which an extension ends the process is tried again by the schedule, and the server starts', async () => {
  for (let start = 0; start < 2; start++) {
    const ended = once(serving.process, 'close')
    if (start === 0) await call('/categories', { name: 'poison' }).catch(() => undefined)
    const [code] = await ended
    assert.equal(code, 9)
    serving = await product.serve(env)
    assert.equal((await call('/categories')).status, 200, 'it serves before the next attempt')
  }
  const { data } = (await call('/webhooks?limit=1')).body
  await until('the third attempt', async () => {
    const { data: rows } = (await call(`/webhooks/${data[0].id}/deliveries?limit=10`)).body
    return rows.find(({ attempts, status }: Json) => attempts === 3 && status === 'delivered')
  })
  assert.equal(await serving.stop(), 0)
})

test('an extension that never returns is named in the log, and its process ends, to be started again', async () => {
  const brief = { ...env, COMSERV_EXTENSION_BLOCKED_SECONDS: '2' }
  serving = await product.serve(brief)
  const endless = async (begin: () => Promise<unknown>) => {
    const ended = once(serving.process, 'close')
    void begin().catch(() => undefined)
    const [, signal] = await ended
    assert.equal(signal, 'SIGKILL')
    const told = serving
      .stdout()
      .split('\n')
      .filter((line) => line.includes('"at":'))
      .map((line) => JSON.parse(line))
    assert.deepEqual(
      told.map(({ level, extension, msg }) => [level, extension, msg]),
      [
        ['error', 'mistaken', 'an extension holds up the whole server: it does not return'],
        ['fatal', 'mistaken', 'an extension does not return; the process ends, to be started again'],
      ],
    )
    for (const { at } of told) assert.match(at, /mistaken\.ts, line \d+ in neverReturns$/)
    serving = await product.serve(brief)
  }
  await endless(() => call('/x/mistaken/endless'))
  await endless(() => call('/categories', { name: 'endless' }))
  const { data } = (await call('/webhooks?limit=1')).body
  await until('the second attempt, by the schedule', async () => {
    const { data: rows } = (await call(`/webhooks/${data[0].id}/deliveries?limit=10`)).body
    return rows.find(({ attempts, status }: Json) => attempts === 2 && status === 'delivered')
  })
  assert.equal(await serving.stop(), 0)
})

test('an error of nobody ends a process as before', async () => {
  const module = JSON.stringify(new URL('../src/extensions/mistakes.ts', import.meta.url).href)
  const code = `const { outliveMistakes } = await import(${module})
    outliveMistakes([], { error() {} })
    setTimeout(() => { throw new Error('of the server') })
    setTimeout(() => {}, 600_000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code])
  const [said, [ended]] = await Promise.all([text(child.stderr), once(child, 'close')])
  assert.equal(ended, 1)
  assert.match(said, /Error: of the server/)
})
