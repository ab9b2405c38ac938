import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, constants, mkdtempSync, openSync, readFileSync, readSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { after, test } from 'node:test'
import { LogStream, waitingBytesMax } from '../src/lib/log-stream.ts'
import { install } from './product-process.ts'
import { machineEnv, main } from './serving.ts'
import { until } from './until.ts'

const folder = mkdtempSync(join(tmpdir(), 'comserv-log-'))
after(() => rmSync(folder, { recursive: true }))
const onLinux = process.platform === 'linux' ? false : 'needs /dev/full'

/** A pipe whose reader is this test: it reads when it likes. */
function pipe(name: string) {
  const path = join(folder, name)
  execFileSync('mkfifo', [path])
  const descriptor = openSync(path, constants.O_RDWR | constants.O_NONBLOCK)
  after(() => closeSync(descriptor))
  return {
    descriptor,
    read(): string {
      const parts: string[] = []
      const part = Buffer.alloc(65_536)
      for (;;) {
        try {
          parts.push(part.toString('utf8', 0, readSync(descriptor, part)))
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return parts.join('')
          throw error
        }
      }
    },
  }
}

test('a reader that is slow gets every line, whole and in order, as far as they wait for it', async () => {
  const { descriptor, read } = pipe('slow')
  const stream = new LogStream(descriptor)
  const lines = Array.from({ length: 2_000 }, (_, i) => `${i} ${'x'.repeat(200)}\n`)
  for (const line of lines) stream.write(line)
  let seen = ''
  await until('the last line', () => {
    seen += read()
    return seen.length >= lines.join('').length || undefined
  })
  assert.equal(seen, lines.join(''))
})

test('what nobody reads is dropped beyond a bound, and counted once there is room', async () => {
  const { descriptor, read } = pipe('stuck')
  const stream = new LogStream(descriptor)
  const line = `${'x'.repeat(999)}\n`
  const written = 3_000
  const startedMs = performance.now()
  for (let i = 0; i < written; i++) stream.write(line)
  assert.ok(performance.now() - startedMs < 1_000)
  let seen = ''
  const told = await until('the count of the lines that were dropped', () => {
    seen += read()
    return /"dropped":(\d+)/.exec(seen)?.[1]
  })
  assert.equal(stream.dropped, Number(told))
  const kept = seen.split('\n').filter((one) => one === line.trimEnd()).length
  assert.equal(kept + Number(told), written)
  assert.ok(kept * line.length <= waitingBytesMax + 1024 * 1024, `${kept} lines were kept`)
  stream.write('on it goes\n')
  stream.flush()
  assert.equal(read(), 'on it goes\n')
})

test('what is left at the end is written at most for a moment', () => {
  const { descriptor } = pipe('left')
  const stream = new LogStream(descriptor)
  stream.write('x'.repeat(200_000))
  const startedMs = performance.now()
  stream.flush()
  assert.ok(performance.now() - startedMs < 5_000)
})

const product = await install()
const port = new URL(product.url).port
const scrapeToken = 'a-token-for-prometheus-alone-0123456789'

/** The server with its outputs where they can be written to no more; it answers, and ends when it is asked to. */
async function assertGoesOn(stdout: number | 'pipe', stderr: number | 'pipe', closes = false): Promise<void> {
  const env = {
    ...machineEnv,
    ...product.env,
    PORT: port,
    COMSERV_LOG_LEVEL: 'info',
    COMSERV_RATE_LIMIT_ANONYMOUS: '1000000',
    COMSERV_METRICS_TOKEN: scrapeToken,
  }
  const child = spawn(process.execPath, [main, 'serve'], { env, stdio: ['ignore', stdout, stderr] })
  after(() => child.kill('SIGKILL'))
  if (closes) for (const stream of [child.stdout, child.stderr]) stream?.destroy()
  const live = () => fetch(`${product.url}/health/live`, { signal: AbortSignal.timeout(5_000) })
  await until('the server', () =>
    live().then(
      ({ ok }) => ok || undefined,
      () => undefined,
    ),
  )
  // Each line holds its path: more than a pipe and the bound together.
  const path = 'x'.repeat(6_000)
  for (let i = 0; i < 300; i++) assert.equal((await fetch(`${product.url}/api/v1/${path}`)).status, 404)
  assert.equal((await live()).status, 200)
  const metrics = await fetch(`${product.url}/metrics`, {
    headers: { authorization: `Bearer ${scrapeToken}` },
  })
  const [, dropped] = /^comserv_log_lines_dropped_total (\d+)$/m.exec(await metrics.text()) ?? []
  assert.ok(Number(dropped) > 0, `${dropped} lines were dropped`)
  child.kill('SIGTERM')
  assert.deepEqual(await once(child, 'exit'), [0, null])
}

test('a server whose log and errors go to a full disk goes on', { skip: onLinux }, async () => {
  const full = openSync('/dev/full', 'w')
  await assertGoesOn(full, full)
  closeSync(full)
})

test('a server whose log nobody reads goes on, and ends', async () => {
  await assertGoesOn('pipe', 'pipe')
})

test('a server whose log has no reader any more goes on', async () => {
  await assertGoesOn('pipe', 'pipe', true)
})

test('a command whose result cannot be written has failed, and says so', { skip: onLinux }, async () => {
  const full = openSync('/dev/full', 'w')
  const env = { ...machineEnv, ...product.env }
  const child = spawn(process.execPath, [main, 'openapi'], { env, stdio: ['ignore', full, 'pipe'] })
  const [said, [code]] = await Promise.all([text(child.stderr as Readable), once(child, 'exit')])
  closeSync(full)
  assert.equal(code, 1)
  assert.match(said, /The output of the command is lost: standard output cannot be written/)
})

test('lines of a file that is full for a time are whole again afterwards', () => {
  const path = join(folder, 'log')
  const stream = new LogStream(openSync(path, 'a'))
  stream.write('one\n')
  stream.write('two\n')
  stream.flush()
  assert.equal(readFileSync(path, 'utf8'), 'one\ntwo\n')
})

test('lines are gathered and written together, an error at once with those before it', async () => {
  const { descriptor, read } = pipe('gathered')
  const stream = new LogStream(descriptor)
  stream.write('one\n')
  stream.write('two\n')
  assert.equal(read(), '', 'nothing is written yet')
  assert.equal(await until('the lines', () => read() || undefined), 'one\ntwo\n')
  stream.write('three\n')
  stream.write('{"level":"error","msg":"four"}\n')
  assert.equal(read(), 'three\n{"level":"error","msg":"four"}\n')
})
