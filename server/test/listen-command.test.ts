import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { Webhook } from 'standardwebhooks'
import { eventLine, visible } from '../src/cli/event-line.ts'
import { StreamReader } from '../src/cli/stream-messages.ts'
import { freePort } from '../src/config/free-port.ts'
import { verifySignature } from '../src/sending/signature.ts'
import { samplesOf } from './guide-samples.ts'
import type { Json } from './harness.ts'
import { install } from './product-process.ts'
import { type Receiver, startReceiver } from './receiver.ts'
import { machineEnv, main } from './serving.ts'
import { until } from './until.ts'

const product = await install()
const dataDir = product.env.COMSERV_DATA_DIR ?? ''
const key = await credential('admin')
const env = { COMSERV_RATE_LIMIT_STANDARD: '1000000' }
let serving = await product.serve(env)
const remote = ['--server', product.url]

async function credential(scopes: string): Promise<string> {
  const made = await product.run(['credential', 'create', '--name', scopes, '--scopes', scopes, '--json'])
  assert.equal(made.code, 0, made.stderr)
  return JSON.parse(made.stdout).client_secret
}

interface Listener {
  process: ChildProcess
  lines(): string[]
  said(): string
  /** Waits until it has printed so many events. */
  printed(count: number): Promise<string[]>
  /** Waits until it has said that on standard error. */
  has(text: string): Promise<void>
  ended: Promise<number | null>
  /** As Ctrl-C does. @returns the position that it names */
  interrupt(): Promise<number>
}

const running = new Set<ChildProcess>()
after(() => {
  for (const child of running) child.kill('SIGKILL')
})

/** Starts the command, and resolves once it listens. */
function listen(args: readonly string[], more: Record<string, string> = {}): Promise<Listener> {
  return listening(process.execPath, [main, 'listen', ...args], more)
}

async function listening(
  program: string,
  args: readonly string[],
  more: Record<string, string>,
): Promise<Listener> {
  const child = spawn(program, args, {
    cwd: dataDir,
    env: { ...machineEnv, ...product.env, ...more },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(child)
  const printed = { out: '', err: '' }
  child.stdout.setEncoding('utf8').on('data', (part: string) => (printed.out += part))
  child.stderr.setEncoding('utf8').on('data', (part: string) => (printed.err += part))
  let isOver = false
  const ended = once(child, 'close').then(([code]) => {
    isOver = true
    running.delete(child)
    return code as number | null
  })
  const lines = () => printed.out.split('\n').slice(0, -1)
  const waitFor = (what: string, isThere: () => boolean) =>
    until(what, () => {
      if (isThere()) return true
      if (isOver) throw new Error(`The command ended without ${what}: ${printed.err}`)
      return undefined
    })
  const listener: Listener = {
    process: child,
    lines,
    said: () => printed.err,
    async printed(count) {
      await waitFor(`${count} lines`, () => lines().length >= count)
      return lines()
    },
    async has(text) {
      await waitFor(`'${text}'`, () => printed.err.includes(text))
    },
    ended,
    async interrupt() {
      child.kill('SIGINT')
      assert.equal(await ended, 0, printed.err)
      const [, position] =
        /To go on from here: --after (\d+)\n$/.exec(printed.err) ?? assert.fail(printed.err)
      return Number(position)
    },
  }
  await listener.has('Ctrl-C ends it.')
  return listener
}

async function create(title: string): Promise<number> {
  const response = await fetch(`${product.url}/api/v1/documents`, {
    method: 'POST',
    headers: { 'x-api-key': key, 'content-type': 'application/json' },
    body: JSON.stringify({ title, content: 'x', category: 'general' }),
  })
  const body = (await response.json()) as Json
  assert.equal(response.status, 201, JSON.stringify(body))
  return body.id
}

/** The whole log, once it shows what was created last: on PostgreSQL that waits for transactions of other tests. */
const logWith = (documentId: number) =>
  until('the event in the log', async () => {
    const response = await fetch(`${product.url}/api/v1/events?limit=100`, { headers: { 'x-api-key': key } })
    const { data } = (await response.json()) as Json
    return (data as Json[]).some(({ resource_id }) => resource_id === documentId)
      ? (data as Json[])
      : undefined
  })

/** With an end, unlike the receiver's own: a command that has died sends nothing. */
const arrived = ({ received }: Receiver) => until('a request', () => received[0])

const idsIn = (lines: readonly string[]) => lines.map((line) => JSON.parse(line).id)

async function refuse(args: readonly string[], message: RegExp, more: Record<string, string> = {}, code = 1) {
  const ended = await product.run(['listen', ...args], { env: more })
  assert.equal(ended.code, code, `${args.join(' ')}: ${ended.stderr}`)
  assert.match(ended.stderr, message)
  assert.doesNotMatch(ended.stderr, /\n {4}at /)
  assert.equal(ended.stdout, '')
  return ended.stderr
}

const withKey = { COMSERV_API_KEY: key }
const places: [string, string[], Record<string, string>][] = [
  ['of this installation', [], {}],
  ['of a server', remote, withKey],
]

for (const [place, where, secrets] of places) {
  test(`the events ${place} are printed as they happen, and Ctrl-C names where to go on`, async () => {
    const listener = await listen(where, secrets)
    const id = await create('Annual Report')
    const [line = ''] = await listener.printed(1)
    const [event] = (await logWith(id)).slice(-1)
    assert.equal(line, `${event.occurred_at}  ${event.id}  document.created    document ${id}  Annual Report`)
    assert.equal(await listener.interrupt(), event.id)
    const between = await create('While nobody listens')
    const log = await logWith(between)
    const again = await listen([...where, '--json', '--after', String(event.id)], secrets)
    const [missed = ''] = await again.printed(1)
    assert.deepEqual(JSON.parse(missed), log.at(-1))
    assert.equal(await again.interrupt(), log.at(-1)?.id)
  })

  test(`all that is kept ${place} is printed in the order of the log, and types select`, async () => {
    const log = await logWith(await create('Last of all'))
    const all = await listen([...where, '--json', '--after', '0', '--types', '*'], secrets)
    await all.printed(log.length)
    assert.deepEqual(
      idsIn(all.lines()),
      log.map(({ id }) => id),
    )
    await all.interrupt()
    const chosen = log.filter(({ type }) => type.startsWith('document.'))
    const some = await listen(
      [...where, '--json', '--after', '0', '--types', 'document.*, user.deleted'],
      secrets,
    )
    await some.printed(chosen.length)
    assert.deepEqual(
      idsIn(some.lines()),
      chosen.map(({ id }) => id),
    )
    await some.interrupt()
  })

  test(`a position ${place} that never was, and an unknown type, are refused in a sentence`, async () => {
    await refuse(
      [...where, '--after', '987654321'],
      /^There has been no event 987654321: .* leave out --after, or give --after 0\.\n$/,
      secrets,
    )
    await refuse(
      [...where, '--types', 'document.made'],
      /^--types: 'document\.made' is not an event type; the types are user\.created, .*document\.\*, .*\.\n$/,
      secrets,
    )
  })
}

test('the listener of a server outlasts restarts, says so once each, and misses nothing', async () => {
  const listener = await listen([...remote, '--json', '--after', '0'], withKey)
  const local = await listen(['--json', '--after', '0'])
  for (let restart = 1; restart <= 2; restart++) {
    assert.equal(await serving.stop(), 0)
    await until(
      'the notice',
      () => timesIn(listener.said(), 'Connecting again, until') === restart || undefined,
    )
    serving = await product.serve(env)
    await until('the return', () => timesIn(listener.said(), 'Connected again.') === restart || undefined)
    const log = await logWith(await create(`After restart ${restart}`))
    for (const each of [listener, local]) {
      await each.printed(log.length)
      assert.deepEqual(
        idsIn(each.lines()),
        log.map(({ id }) => id),
      )
    }
  }
  assert.equal(timesIn(local.said(), 'Connecting again'), 0)
  await local.interrupt()
  await listener.interrupt()
})

const timesIn = (text: string, part: string) => text.split(part).length - 1

test('an event is forwarded as a webhook would send it, signed with a secret that is shown once', async () => {
  const receiver = await startReceiver()
  const listener = await listen(['--forward', receiver.url])
  const [, secret = ''] = /: (whsec_\S+) \(/.exec(listener.said()) ?? []
  const id = await create('Forwarded')
  const [line = ''] = await listener.printed(1)
  assert.match(line, new RegExp(`document ${id}  Forwarded  -> 204 \\(\\d+ ms\\)$`))
  const [{ headers, raw, body }] = receiver.received as [Json]
  assert.equal(body.event, 'document.created')
  assert.deepEqual(new Webhook(secret).verify(raw, headers), body)
  assert.equal(verifySignature(headers, raw, secret, Date.now()), undefined)
  assert.equal(headers['x-webhook-event'], 'document.created')
  assert.equal(headers['x-webhook-attempt'], '1')
  assert.equal(headers['content-type'], 'application/json')
  assert.match(headers['user-agent'], /^Comserv\//)
  assert.equal(timesIn(listener.said(), secret), 1)
  await listener.interrupt()
})

test('what is forwarded is the request of a webhook, but for its signature and time', async () => {
  const [hooked, forwardedTo] = [await startReceiver(), await startReceiver()]
  const secret = 'a secret of our own'.replaceAll(' ', '-')
  const response = await fetch(`${product.url}/api/v1/webhooks`, {
    method: 'POST',
    headers: { 'x-api-key': key, 'content-type': 'application/json' },
    body: JSON.stringify({ url: hooked.url, events: ['document.created'], secret }),
  })
  assert.equal(response.status, 201, await response.text())
  const listener = await listen(['--forward', forwardedTo.url], { COMSERV_WEBHOOK_SECRET: secret })
  assert.doesNotMatch(listener.said(), new RegExp(secret))
  await create('Both')
  await Promise.all([arrived(hooked), arrived(forwardedTo)])
  const [webhook, own] = [hooked.received[0] as Json, forwardedTo.received[0] as Json]
  assert.equal(own.raw, webhook.raw)
  assert.deepEqual(Object.keys(own.headers).toSorted(), Object.keys(webhook.headers).toSorted())
  for (const name of ['webhook-id', 'x-webhook-signature', 'x-webhook-event', 'user-agent', 'content-type'])
    assert.equal(own.headers[name], webhook.headers[name], name)
  await listener.interrupt()
})

test('a receiver that is away gets each event once it is back, in order, and the first of them again', async () => {
  const port = await freePort('127.0.0.1')
  const url = `http://127.0.0.1:${port}/hook?token=secret`
  const listener = await listen(['--json', '--forward', url, ...remote], withKey)
  const created = [await create('One'), await create('Two'), await create('Three')]
  await listener.has(`http://127.0.0.1:${port}/hook refuses connections.`)
  assert.doesNotMatch(listener.said(), /token=secret/)
  assert.deepEqual(listener.lines(), [])
  const received: Json[] = []
  const busy = { left: 1 }
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    if (busy.left-- > 0) return response.writeHead(503).end()
    received.push({
      attempt: request.headers['x-webhook-attempt'],
      body: JSON.parse(Buffer.concat(parts).toString()),
    })
    return response.writeHead(received.length === 2 ? 500 : 200).end()
  })
  after(() => {
    server.closeAllConnections()
    server.close()
  })
  server.listen(port, '127.0.0.1')
  const lines = await listener.printed(3)
  assert.deepEqual(
    received.map(({ body }) => body.data.id),
    created,
  )
  assert.ok(Number(received[0]?.attempt) >= 3, 'refused, busy, accepted')
  const forwarded = lines.map((line) => JSON.parse(line).forwarded)
  // A receiver that responds has seen the event, whatever it thinks of it.
  assert.deepEqual(
    forwarded.map(({ status }) => status),
    [200, 500, 200],
  )
  assert.equal(forwarded[0].attempts, Number(received[0]?.attempt))
  assert.equal(timesIn(listener.said(), 'is sent again until'), 1)
  await listener.interrupt()
})

test('Ctrl-C while an event waits for its receiver names the event before it', async () => {
  const port = await freePort('127.0.0.1')
  const log = await logWith(await create('Before'))
  const listener = await listen(['--forward', `http://127.0.0.1:${port}/`])
  await create('Waits')
  await listener.has('is sent again until')
  assert.equal(await listener.interrupt(), log.at(-1)?.id)
  const receiver = await startReceiver((response) => void response)
  const hanging = await listen(['--forward', receiver.url, '--after', String(log.at(-1)?.id)])
  await arrived(receiver)
  assert.equal(await hanging.interrupt(), log.at(-1)?.id)
})

test('the command lines of the guides do what they say', async () => {
  const receiver = await startReceiver()
  const file = join(dataDir, 'guide-key')
  writeFileSync(file, key)
  const there = {
    'npm run -s comserv --': `exec '${process.execPath}' '${main}'`,
    'https://comserv.example.org': product.url,
    'http://localhost:8080/hook': receiver.url,
    '~/.comserv-key': file,
  }
  const lines = ['docs/guides/events.md', 'docs/guides/webhooks.md'].flatMap((guide) =>
    samplesOf(guide).flatMap(({ language, text }) =>
      language === 'sh' ? text.split('\n').filter((line) => line.includes('comserv -- listen')) : [],
    ),
  )
  assert.equal(lines.length, 5)
  for (const [i, line] of lines.entries()) {
    const title = `By line ${i} of the guides`
    const script = Object.entries(there).reduce((text, [from, to]) => text.replaceAll(from, to), line)
    const listener = await listening('bash', ['-c', script], { KEY: key })
    const log = await logWith(await create(title))
    await until(`an event by ${line}`, () => listener.lines().some((one) => one.includes(title)) || undefined)
    assert.equal(await listener.interrupt(), log.at(-1)?.id)
  }
  assert.equal(receiver.received.length, 1)
})

test('a redirect is a response of the receiver, and is not followed', async () => {
  const elsewhere = await startReceiver()
  const receiver = await startReceiver((response) =>
    response.writeHead(307, { location: elsewhere.url }).end(),
  )
  const listener = await listen(['--forward', receiver.url])
  await create('Redirected')
  assert.match((await listener.printed(1))[0] ?? '', /-> 307 /)
  assert.equal(elsewhere.received.length, 0)
  await listener.interrupt()
})

test('a key that is revoked ends the command with the reason and the position', async () => {
  const secret = await credential('read')
  const listener = await listen([...remote, '--json'], { COMSERV_API_KEY: secret })
  const log = await logWith(await create('Before the end'))
  await listener.printed(1)
  const list = await product.run(['credential', 'list', '--json'])
  const { id } = list.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
    .find(({ name }: Json) => name === 'read')
  const revoked = await product.run(['credential', 'revoke', String(id)])
  assert.equal(revoked.code, 0, revoked.stderr)
  assert.equal(await listener.ended, 1)
  assert.match(
    listener.said(),
    new RegExp(`To go on from here: --after ${log.at(-1)?.id}\\nThe key was refused: .*\\.\\n$`),
  )
})

test('keys come from the environment or a file, and never from the arguments', async () => {
  const file = join(dataDir, 'key.txt')
  writeFileSync(file, `${key}\n`)
  const listener = await listen([...remote, '--key-file', file])
  await listener.interrupt()
  const shown = await refuse(
    [...remote, '--key', key],
    /^The key is not taken as an argument, because .*: set COMSERV_API_KEY, or name a file with --key-file\.\n/,
    {},
    2,
  )
  assert.ok(!shown.includes(key))
  await refuse(
    ['--forward', 'http://127.0.0.1:1/', '--secret=x'],
    /^The secret is not taken .* --secret-file\./,
    {},
    2,
  )
  await refuse(remote, /^A key is required for --server: set COMSERV_API_KEY, .*events:read.*\n$/)
  await refuse([...remote, '--key-file', join(dataDir, 'none')], /^--key-file: the file .* cannot be read/)
  writeFileSync(join(dataDir, 'empty'), '\n')
  await refuse([...remote, '--key-file', join(dataDir, 'empty')], /^--key-file: the file .* is empty\.\n$/)
  await refuse(['--key-file', file], /^--key-file goes with --server;/)
  await refuse(remote, /^The key holds characters that no key has/, { COMSERV_API_KEY: 'k\u00fcy' })
})

test('refusals of a server are told in its words', async () => {
  await refuse(remote, /^The key was refused: .*\.\n$/, { COMSERV_API_KEY: 'cs_no_such_key' })
  const narrow = await credential('users:read')
  await refuse(remote, /events:read.*\.\n$/, { COMSERV_API_KEY: narrow })
  const documents = await credential('events:read documents:read')
  await refuse([...remote, '--types', 'user.*'], /users:read.*\.\n$/, { COMSERV_API_KEY: documents })
  const streams = await Promise.all(
    Array.from({ length: 20 }, () =>
      fetch(`${product.url}/api/v1/events/stream`, { headers: { 'x-api-key': documents } }),
    ),
  )
  await refuse(remote, /^You have 20 event streams open.*\.\n$/, { COMSERV_API_KEY: documents })
  await Promise.all(streams.map(({ body }) => body?.cancel()))
})

test('a server whose environment holds the secrets of the command takes them for no settings', async () => {
  assert.equal(await serving.stop(), 0)
  serving = await product.serve({
    ...env,
    COMSERV_API_KEY: key,
    COMSERV_WEBHOOK_SECRET: key,
    COMSERV_API_KEYS: 'x',
  })
  const warned = () =>
    serving
      .stdout()
      .split('\n')
      .filter((line) => line.endsWith('}') && line.includes('is not a setting'))
      .map((line) => JSON.parse(line).name)
  // Written in the order of the environment, of which this is the last.
  await until('the warning', () => warned().includes('COMSERV_API_KEYS') || undefined)
  assert.deepEqual(warned(), ['COMSERV_API_KEYS'])
  assert.ok(!serving.stdout().includes(key))
})

test('addresses that cannot be used are refused in a sentence', async () => {
  const cases: [string[], RegExp][] = [
    [['--server', 'comserv'], /^--server must be the address of a server, such as https:/],
    [['--server', 'ftp://example.org'], /^--server must be the address of a server/],
    [['--server', 'http://me:secret@127.0.0.1'], /^--server must not hold a user name or password/],
    [['--server', 'http://127.0.0.1/?a=b'], /^--server must not hold a query/],
    [
      ['--server', `http://127.0.0.1:${await freePort('127.0.0.1')}`],
      /^http:\/\/127\.0\.0\.1:\d+ cannot be reached: .*ECONNREFUSED.*\.\n$/,
    ],
    [['--server', `${product.url}/api/v1`], /^There is no event stream at .*without a path of the API\.\n$/],
    [
      ['--forward', 'localhost:8080'],
      /^--forward cannot be used\. The URL must begin with https:\/\/ or http:\/\/\.\n$/,
    ],
    [['--forward', 'http://a:b@localhost/'], /^--forward cannot be used\. The URL must not hold a user name/],
    [['--after', '-1'], /--after/],
    [['--after', 'yesterday'], /^--after must be the id of an event, or 0/],
    [['--secret-file', 'x'], /^--secret-file goes with --forward\.\n$/],
  ]
  for (const [args, message] of cases) await refuse(args, message, withKey, args[1] === '-1' ? 2 : 1)
  await refuse(
    ['--forward', 'http://127.0.0.1:1/'],
    /^The secret to sign with cannot be used\. A secret has 16 to/,
    {
      COMSERV_WEBHOOK_SECRET: 'short',
    },
  )
})

test('a server that is none, and one that redirects, get no second request', async () => {
  let requests = 0
  const other = createServer((request, response) => {
    requests++
    if (request.url?.startsWith('/moved')) response.writeHead(301, { location: `${product.url}/` }).end()
    else response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Hello</h1>')
  })
  after(() => other.close())
  other.listen(0, '127.0.0.1')
  await once(other, 'listening')
  const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`
  await refuse(
    ['--server', url],
    /is not a Comserv server: it does not respond as its API does\.\n$/,
    withKey,
  )
  await refuse(['--server', `${url}/moved`], /redirects, to http:.*the key is not sent on\.\n$/, withKey)
  assert.equal(requests, 2)
})

test('a reader of the first lines ends the command', async () => {
  await logWith(await create('Enough'))
  const { code, stderr } = await product.run(['listen', '--after', '0'], { unread: true })
  assert.equal(code, 0, stderr)
})

test('streams are read as the client libraries read them', () => {
  const vectors = JSON.parse(
    readFileSync(join(import.meta.dirname, '../../sdk/vectors/streams.json'), 'utf8'),
  )
  for (const { name, chunks, expected } of vectors.cases) {
    const reader = new StreamReader()
    const messages = chunks.flatMap((chunk: string) => reader.read(Buffer.from(chunk)))
    assert.deepEqual(messages, expected.messages, name)
    assert.equal(reader.lastId, expected.last_id, name)
  }
})

test('text of somebody else cannot act on the terminal', () => {
  const event = {
    id: 1,
    type: 'document.created',
    occurred_at: '2026-01-15T08:30:00Z',
    resource_type: 'document',
    resource_id: 2,
    payload: { data: { id: 2, title: 'a\u001b[2J' } },
  } as const
  assert.equal(
    eventLine(event, undefined),
    '2026-01-15T08:30:00Z  1  document.created    document 2  a\ufffd[2J',
  )
  assert.equal(visible('a\u001b[2J\u009b\u202eb\n\u2028'), 'a\ufffd[2J\ufffd\ufffdb\ufffd\ufffd')
  assert.equal(visible('Zürich – 東京'), 'Zürich – 東京')
})
