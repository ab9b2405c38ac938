import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Json } from './harness.ts'
import { listen } from './listening.ts'
import { install } from './product-process.ts'
import { until } from './until.ts'

const { url, run, serve } = await install()
const kills = 3

test('a client that reconnects after kill -9 misses no event, and gets none twice', async () => {
  const made = await run(['credential', 'create', '--name', 'test', '--scopes', 'admin', '--json'])
  assert.equal(made.code, 0, made.stderr)
  const key: string = JSON.parse(made.stdout).client_secret
  const env = { COMSERV_RATE_LIMIT_STANDARD: '1000000' }
  let serving = await serve(env)
  const received: number[] = []
  const acknowledged: number[] = []
  const listener = follow(key, received)
  for (let kill = 0; kill < kills; kill++) {
    const target = received.length + 20
    const writers = [1, 2, 3].map(() => write(key, acknowledged))
    await until('some events', () => received.length >= target || undefined)
    serving.process.kill('SIGKILL')
    await serving.ended
    await Promise.all(writers)
    serving = await serve(env)
  }
  const expected = await whole(key)
  await until('the rest of the events', () => received.length >= expected.length || undefined)
  listener.stop()
  await listener.ended
  assert.deepEqual(received, expected)
  assert.ok(acknowledged.length > kills * 10)
  assert.equal(await serving.stop(), 0)
})

/** Writes until the server is gone. */
async function write(key: string, acknowledged: number[]): Promise<void> {
  for (;;) {
    try {
      const response = await fetch(`${url}/api/v1/documents`, {
        method: 'POST',
        headers: { 'x-api-key': key, 'content-type': 'application/json' },
        body: JSON.stringify({ title: 'Crash', content: 'x', category: 'general' }),
      })
      acknowledged.push(((await response.json()) as Json).id)
    } catch {
      return
    }
  }
}

/** Follows the stream as a client does: again and again, after the last id that it got. */
function follow(key: string, received: number[]) {
  let isOver = false
  let close = () => {}
  async function run(): Promise<void> {
    let last = '0'
    while (!isOver) {
      const headers = { 'x-api-key': key, 'last-event-id': last }
      const listening = await until('the server', () => listen(url, headers).catch(() => undefined))
      close = listening.close
      // Everything may have arrived before the last kill: then the test is over before this is connected again.
      if (isOver) close()
      try {
        for (let message = await listening.next(); message; message = await listening.next()) {
          received.push(message.data.id)
          last = message.id ?? last
        }
      } catch {
        // The server was killed, or the test is over.
      }
    }
  }
  const ended = run()
  return {
    ended,
    stop() {
      isOver = true
      close()
    },
  }
}

/** The ids of the log, in order. */
async function whole(key: string): Promise<number[]> {
  const ids: number[] = []
  for (let path: string | undefined = '/api/v1/events?limit=100'; path; ) {
    const response: Response = await fetch(url + path, { headers: { 'x-api-key': key } })
    const { data } = (await response.json()) as Json
    ids.push(...data.map(({ id }: Json) => id))
    path = /<([^>]+)>/.exec(response.headers.get('link') ?? '')?.[1]
    if (path?.startsWith('http')) path = path.slice(url.length)
  }
  return ids
}
