import assert from 'node:assert/strict'
import { once } from 'node:events'
import { copyFileSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { skip as noChromium, startChromium } from '../../../console/test/chromium.ts'
import { startServer } from '../../../server/test/harness.ts'
import { version } from '../src/index.ts'
import { startCuttingProxy } from './cutting-proxy.ts'
import { installPacked } from './platforms/packed.ts'
import { platforms, runOn, skipReason, type Task } from './platforms/platform.ts'
import { json, startStrangeServer } from './strange-server.ts'

/** The packed client, exercised in every Node that it promises, in Deno, in Bun, and in a page. */
interface Signed {
  name: string
  expected: { event?: string; failed_check?: string }
}

const here = join(import.meta.dirname, 'platforms')
const { folder } = await installPacked()
for (const file of ['program.js', 'program.cjs', 'exercise.js', 'signals.js'])
  copyFileSync(join(here, file), join(folder, file))
const vectors = readFileSync(join(import.meta.dirname, '../../vectors/signatures.json'), 'utf8')
const signatures: Signed[] = JSON.parse(vectors).cases
const pageUrl = await servePage()
const server = await startServer({ env: { COMSERV_CORS_ORIGINS: pageUrl } })
const silent = await startStrangeServer(() => {})

async function taskFor(name: string): Promise<Task> {
  const proxy = await startCuttingProxy(server.url)
  proxy.loseAnswers(1)
  const { clientId, secret: clientSecret } = await server.credential('read write')
  const { url } = server
  return { name, url, brokenUrl: proxy.url, silentUrl: silent.url, clientId, clientSecret, signatures }
}

function assertAllWorked(notes: unknown, { clientSecret }: Task): void {
  const { shown, ...rest } = notes as { shown: string }
  assert.ok(!shown.includes(clientSecret))
  assert.deepEqual(rest, {
    version,
    tokens: { hours: 1, fetchedFor20: 1 },
    lists: {
      walked: ['A', 'B', 'C', 'D', 'E'],
      pages: [2, 2, 1],
      total: 5,
      exported: ['A', 'B', 'C', 'D', 'E'],
      csvLines: 6,
    },
    lostPost: 1,
    answer: { etag: 'string', requestId: 'string', limit: 1_000_000 },
    errors: {
      stale: 'PreconditionFailedError',
      missing: ['ResourceNotFoundError', 404, 'resource_not_found', true, 'string'],
      wrong: 'InvalidRequestError',
      refused: ['AuthenticationFailedError', 401],
    },
    aborts: { asked: true, rested: true, read: true, late: [true, true] },
    verified: Object.fromEntries(
      signatures.map(({ name, expected }) => [name, expected.event ?? expected.failed_check]),
    ),
  })
}

for (const platform of platforms) {
  const skip = skipReason(platform)
  test(`the packed client does all that it promises on ${platform.name}`, { skip }, async () => {
    const task = await taskFor(platform.name)
    assertAllWorked(await runOn(platform, task, folder), task)
  })

  if (platform.name === 'Deno') continue

  test(`the packed client does all of it as CommonJS on ${platform.name}`, { skip }, async () => {
    const task = await taskFor(`${platform.name} CommonJS`)
    assertAllWorked(await runOn(platform, task, folder, 'program.cjs'), task)
  })

  test(`one signal for many calls makes no warning on ${platform.name}`, { skip }, async () => {
    const { clientId, secret: clientSecret } = await server.credential('read write')
    const busy = await startStrangeServer(json(503, {}))
    const task = { url: server.url, busyUrl: busy.url, clientId, clientSecret }
    assert.deepEqual(await runOn(platform, task, folder, 'signals.js'), {
      warnings: [],
      listenersLeft: 0,
      listenersOfTheProcess: 'as before',
      done: { calls: 60, retried: 60, streams: 20, walks: 20, inARow: 30, aborted: 60 },
    })
  })
}

test('the packed client does all that it promises in a page of another origin', {
  skip: noChromium,
}, async () => {
  const browser = await startChromium()
  const page = await browser.newPage()
  await page.goto(pageUrl)
  const task = await taskFor('Chromium')
  const script = `(async (task) =>
    (await import('/exercise.js')).exercise(await import('/node_modules/comserv/dist/index.js'), task))`
  assertAllWorked(await page.evaluate(`${script}(${JSON.stringify(task)})`), task)
})

/** An empty page, and beside it what is installed. */
async function servePage(): Promise<string> {
  const pages = createServer((request, response) => {
    const path = request.url ?? '/'
    if (path === '/') return response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html>')
    if (!/^(\/[\w-]+)+\.js$/.test(path)) return response.writeHead(404).end()
    const code = readFileSync(join(folder, path))
    return response.writeHead(200, { 'content-type': 'text/javascript' }).end(code)
  }).listen(0, '127.0.0.1')
  await once(pages, 'listening')
  after(() => {
    pages.closeAllConnections()
    pages.close()
  })
  return `http://127.0.0.1:${(pages.address() as AddressInfo).port}`
}
