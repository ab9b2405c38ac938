import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { freePort } from '../src/config/free-port.ts'
import { install } from './product-process.ts'
import { RawConnection } from './raw-http.ts'
import { until } from './until.ts'

const product = await install()

async function makeKey(): Promise<string> {
  const args = [
    'credential',
    'create',
    '--name',
    'n',
    '--scopes',
    'read write',
    '--tier',
    'premium',
    '--json',
  ]
  return JSON.parse((await product.run(args)).stdout).client_secret
}

const listDocuments = (key: string) =>
  fetch(`${product.url}/api/v1/documents?limit=100`, { headers: { 'x-api-key': key } })

test('on a new database serve says how to begin; with a user it does not', async () => {
  const fresh = await product.serve()
  await until('the first steps', () => fresh.stderr().includes('credential create') || undefined)
  assert.match(
    fresh.stderr(),
    /^Comserv is ready at http:\/\/127\.0\.0\.1:\d+\n\nThere is no administrator yet\./,
  )
  assert.match(fresh.stderr(), /npm run comserv -- admin create --username admin/)
  fresh.process.kill('SIGTERM')
  assert.equal(await fresh.ended, 0)

  const args = ['admin', 'create', '--username', 'a', '--email', 'a@example.org', '--password-stdin']
  assert.equal((await product.run(args, { stdin: 'correct horse' })).code, 0)
  const second = await product.serve()
  second.process.kill('SIGINT')
  assert.equal(await second.ended, 0)
  assert.equal(second.stderr(), `Comserv is ready at ${product.url}\n`)
})

test('serve is ready within a second', async () => {
  // Other tests have a share of the machine and make every start slower: the clock counts or, where others held the
  // processor, the time on it, in seconds of a machine that has nothing else to do. One good start of ten is enough.
  const times: number[] = []
  while (times.length < 10 && (times.at(-1) ?? 1_000) >= 1_000) {
    const slowness = Math.max(1, (await yardstickMs()) / quietYardstickMs)
    const serving = await product.serve()
    times.push(Math.min(serving.readyAfterMs, processorMs(serving.process.pid)) / slowness)
    serving.process.kill('SIGTERM')
    await serving.ended
  }
  assert.ok(Math.min(...times) < 1_000, `ready after ${times.map(Math.round).join(', ')} ms`)
})

/** What the yardstick takes on a quiet machine of the kind that bench/results names. */
const quietYardstickMs = 100

/** Processor time of the same kind as a start, and none of our own code: Node comes up and imports Fastify. */
async function yardstickMs(): Promise<number> {
  const script = `await import('fastify'); const { user, system } = process.cpuUsage(); console.log(user + system)`
  const args = ['--input-type=module', '--eval', script]
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: import.meta.dirname })
  return Number(stdout) / 1_000
}

/** User and system time of a process, as Linux tells it in hundredths of a second (proc_pid_stat(5)); elsewhere unknown. */
function processorMs(pid: number | undefined): number {
  const file = `/proc/${pid}/stat`
  if (!existsSync(file)) return Number.POSITIVE_INFINITY
  const fields = readFileSync(file, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) * 10
}

const onEmbedded = !product.env.DATABASE_URL

test('a second server on the same data folder is refused, other commands are not', async () => {
  const first = await product.serve()
  const port = String(await freePort('127.0.0.1'))
  if (onEmbedded) {
    const { code, stderr } = await product.run(['serve'], { env: { PORT: port } })
    assert.equal(code, 1)
    assert.equal(
      stderr,
      `Another server already runs on the data folder ${product.env.COMSERV_DATA_DIR}. Stop it first, or set COMSERV_DATA_DIR to another folder. For several servers, set DATABASE_URL.\n`,
    )
  } else {
    const second = await product.serve({ PORT: port })
    second.process.kill('SIGTERM')
    assert.equal(await second.ended, 0)
  }
  const made = ['credential', 'create', '--name', 'beside', '--scopes', 'read', '--json']
  assert.equal((await product.run(made)).code, 0)
  first.process.kill('SIGTERM')
  assert.equal(await first.ended, 0)
})

if (onEmbedded) console.log('Not run: several processes share an installation on PostgreSQL only.')
else
  test('a process with another address is refused while one works, and not after that one was killed', async () => {
    const first = await product.serve()
    const env = { PORT: String(await freePort('127.0.0.1')), COMSERV_PUBLIC_URL: 'https://api.example.org' }
    for (const role of ['all', 'worker', 'api']) {
      const { code, stderr } = await product.run(['serve'], { env: { ...env, COMSERV_ROLE: role } })
      assert.equal(code, 1)
      assert.equal(
        stderr.trim().split('\n').at(-1),
        `Another process of this installation serves ${product.url}, and this one would serve https://api.example.org: each would refuse the tokens of the other. Set COMSERV_PUBLIC_URL to the same address in all of them.`,
      )
    }
    first.process.kill('SIGKILL')
    await first.ended
    const next = await product.serve(env)
    next.process.kill('SIGTERM')
    assert.equal(await next.ended, 0)
    const moved = await product.serve()
    moved.process.kill('SIGTERM')
    assert.equal(await moved.ended, 0)
  })

test('a role in COMSERV_SECOND_FACTOR_ROLES that does not exist is named in the log', async () => {
  const text = 'COMSERV_SECOND_FACTOR_ROLES names roles that do not exist'
  for (const [roles, unknown] of [
    ['admin,develper', ['develper']],
    ['all,editor', undefined],
  ] as const) {
    const serving = await product.serve({ COMSERV_SECOND_FACTOR_ROLES: roles })
    const warning = () =>
      serving
        .stdout()
        .split('\n')
        .find((line) => line.includes(text))
    if (unknown) await until('the warning', () => warning() || undefined)
    serving.process.kill('SIGTERM')
    assert.equal(await serving.ended, 0)
    assert.deepEqual(warning() && JSON.parse(warning() ?? '').roles, unknown)
  }
})

test('a port in use is said so in one sentence, and nothing else happens', async () => {
  const serving = await product.serve()
  const elsewhere = mkdtempSync(join(tmpdir(), 'comserv-elsewhere-'))
  const { code, stderr } = await product.run(['serve'], { env: { COMSERV_DATA_DIR: elsewhere } })
  rmSync(elsewhere, { recursive: true })
  assert.equal(code, 1)
  const { port } = new URL(product.url)
  assert.equal(
    stderr,
    `Port ${port} of 127.0.0.1 is in use; stop the other program, or set PORT to another one.\n`,
  )
  serving.process.kill('SIGTERM')
  assert.equal(await serving.ended, 0)
})

for (const [host, reason] of [
  ['nohost.invalid', /^HOST=nohost\.invalid cannot be resolved to an address/],
  ['203.0.113.9', /^HOST=203\.0\.113\.9 is not an address of this machine/],
] as const) {
  for (const port of ['0', new URL(product.url).port]) {
    test(`HOST=${host} with PORT=${port === '0' ? '0' : 'one that is free'} is refused in a sentence`, async () => {
      const { code, stderr } = await product.run(['serve'], { env: { HOST: host, PORT: port } })
      assert.equal(code, 1)
      assert.match(stderr, reason)
      assert.doesNotMatch(stderr, /\n +at /)
    })
  }
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`after ${signal} a request that runs is finished, no new one is taken, and the process ends well`, async () => {
    const key = await makeKey()
    const serving = await product.serve()
    const idle = new RawConnection(product.url)
    const request = new RawConnection(product.url)
    const body = JSON.stringify({ title: `Finished after ${signal}` })
    request.write(
      `POST /api/v1/documents HTTP/1.1\r\nHost: x\r\nX-API-Key: ${key}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body.slice(0, 5)}`,
    )
    // The other request on the same server is answered: by then this one has arrived, too.
    assert.equal((await listDocuments(key)).status, 200)
    serving.process.kill(signal)
    await until(
      'the server to stop',
      () => serving.stdout().includes('stopping: finishing what runs') || undefined,
    )
    await until('a refused connection', () =>
      listDocuments(key).then(
        () => undefined,
        () => true,
      ),
    )
    assert.equal(serving.process.exitCode, null)
    request.write(body.slice(5))
    const answer = await request.answer()
    assert.equal(answer.status, 201)
    assert.equal(answer.body.title, `Finished after ${signal}`)
    await idle.answer()
    assert.equal(await serving.ended, 0)
  })
}

test('a process that is killed while it writes loses nothing that it acknowledged', async () => {
  const keys = await Promise.all([makeKey(), makeKey(), makeKey()])
  const serving = await product.serve()
  const acknowledged: number[] = []
  const write = async (key: string): Promise<void> => {
    for (;;) {
      const response = await fetch(`${product.url}/api/v1/documents`, {
        method: 'POST',
        headers: { 'x-api-key': key, 'content-type': 'application/json' },
        body: JSON.stringify({ title: 'Durable', category: 'durable' }),
      })
      if (response.status !== 201) return
      acknowledged.push(((await response.json()) as { id: number }).id)
    }
  }
  const writers = Promise.allSettled(keys.flatMap((key) => [write(key), write(key), write(key)]))
  await until('some writes', () => acknowledged.length > 150 || undefined)
  serving.process.kill('SIGKILL')
  assert.equal(await serving.ended, null)
  for (const { status } of await writers) assert.equal(status, 'rejected')

  const again = await product.serve()
  const key = await makeKey()
  const found = new Set<number>()
  let total = Number.POSITIVE_INFINITY
  for (let page = 1; found.size < total; page++) {
    const url = `${product.url}/api/v1/documents?category=durable&limit=100&page=${page}`
    const list = (await (await fetch(url, { headers: { 'x-api-key': key } })).json()) as {
      data: { id: number }[]
      meta: { total_count: number }
    }
    assert.notEqual(list.data.length, 0)
    for (const { id } of list.data) found.add(id)
    total = list.meta.total_count
  }
  assert.equal(found.size, total)
  assert.deepEqual(
    acknowledged.filter((id) => !found.has(id)),
    [],
  )
  again.process.kill('SIGTERM')
  assert.equal(await again.ended, 0)
})
