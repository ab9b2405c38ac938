import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { freePort } from '../src/config/free-port.ts'
import { generateKeyPair } from '../src/sending/key-pair.ts'
import { generateSecret, type SignatureHeaders, signatureHeaders } from '../src/sending/signature.ts'
import {
  assertDoesWhatCurlDoes,
  documentedUrl,
  type Language,
  languages,
  type ReadersServer,
} from './guide-programs.ts'
import { environment, lacks, startReceiverOf } from './guide-receivers.ts'
import { callsApi, markOf, runCurl, type Sample, samplesOf } from './guide-samples.ts'
import { type Json, startServer, TestClock } from './harness.ts'
import { startReceiver } from './receiver.ts'

/**
 * Runs every sample of docs/guides/webhooks.md: its calls, and its receivers, each as the program that a reader would
 * start, with real deliveries and with what somebody else might send.
 */
const guide = 'docs/guides/webhooks.md'
const samples = samplesOf(guide)
const calls = samples.filter(callsApi)
const guideUrl = 'https://example.com/webhooks/comserv'
const toleranceSeconds = 300

// The receivers look at the clock of the machine.
const server = await startServer({ clock: new TestClock(new Date().toISOString()) })
const { secret: key } = await server.credential('read write webhooks:read webhooks:write')

const folders: string[] = []
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true })
})

for (const starts of samples.filter((sample) => markOf(sample, 'starts') !== undefined)) {
  const name = markOf(starts, 'starts') ?? ''
  const [program = ''] = starts.text.split(' ')
  const client = clientOf(starts)
  const skip = client?.lack ?? lacks(program)

  test(`${name} takes what is genuine, once, and nothing else`, { skip }, async () => {
    const port = await freePort('127.0.0.1')
    const variables = { KEY: key }
    const addresses = { [documentedUrl]: server.url, [guideUrl]: `http://127.0.0.1:${port}/hooks` }
    const call = (part: string) => runCurl(sampleOf(part), variables, addresses)
    const webhook: Json = JSON.parse(await call('"url":"https://example.com'))
    const folder = await startFromGuide(name, starts, port, webhook.secret)
    const inbox = () => readdirSync(join(folder, 'inbox'))

    await call('"status":"published"')
    await server.deliver()
    const first = await lastDelivery(webhook.id)
    assert.deepEqual([first.status, first.attempts], ['delivered', 1], JSON.stringify(first.log))
    assert.equal(first.log[0].response.status, 204)
    assert.deepEqual(inbox(), [`${first.message_id}.json`])
    const body = readFileSync(join(folder, 'inbox', `${first.message_id}.json`), 'utf8')
    assert.equal(body, await sentBody(first.event_id), 'what it kept is what was sent, byte for byte')

    const genuine: SignatureHeaders = first.log[0].request.headers
    const post = async (headers: Record<string, string>, sent = body) => {
      const answer = await fetch(`http://127.0.0.1:${port}/hooks`, { method: 'POST', headers, body: sent })
      return answer.status
    }
    const signed = (secret: string, ageSeconds = 0, id = 'evt_1000_1700000000') => {
      const timestamp = Math.floor(Date.now() / 1_000) - ageSeconds
      return signatureHeaders({ id, timestamp, body }, [secret])
    }
    assert.equal(await post(genuine), 204, 'sent twice')
    assert.equal(inbox().length, 1, 'kept once')
    const { 'webhook-signature': _, ...unsigned } = genuine
    const { 'webhook-timestamp': __, ...undated } = genuine
    const earlier = String(Number(genuine['webhook-timestamp']) - 1)
    for (const [what, status] of [
      ['no header at all', await post({})],
      ['no signature', await post(unsigned)],
      ['no timestamp', await post(undated)],
      ['a tampered body', await post(genuine, body.replace('policies', 'polices'))],
      ['no body', await post(genuine, '')],
      ['another id', await post({ ...genuine, 'webhook-id': 'evt_1_1700000000' })],
      ['another timestamp', await post({ ...genuine, 'webhook-timestamp': earlier })],
      ['a timestamp that is none', await post({ ...genuine, 'webhook-timestamp': 'now' })],
      ['another secret', await post(signed(generateSecret()))],
      ['a signature that is too short', await post({ ...genuine, 'webhook-signature': 'v1,' })],
      ['a signature of another kind', await post({ ...genuine, 'webhook-signature': 'v1a,c2lnbmF0dXJl' })],
      ['an old timestamp', await post(signed(webhook.secret, toleranceSeconds + 5))],
      ['a timestamp to come', await post(signed(webhook.secret, -toleranceSeconds - 5))],
    ] as const)
      assert.equal(status, 401, what)
    assert.equal(inbox().length, 1)
    assert.equal(await post(signed(webhook.secret, toleranceSeconds - 20)), 204, 'not too old yet')
    assert.equal(inbox().length, 2)

    await call('rotate-secret')
    await call('"status":"published"')
    await server.deliver()
    assert.equal((await lastDelivery(webhook.id)).status, 'delivered', 'by the old secret, while both sign')
    assert.equal(inbox().length, 3)

    await call('-X DELETE')
  })

  test(`${name} takes a secret that is a text`, { skip }, async () => {
    const port = await freePort('127.0.0.1')
    const secret = 'Grüße-an-den-Empfänger'
    await startFromGuide(name, starts, port, secret)
    const body = '{"event":"ping","timestamp":"2023-05-21T15:32:10Z","data":{"id":7}}'
    const headers = signatureHeaders(
      { id: 'evt_1_1700000000', timestamp: Math.floor(Date.now() / 1_000), body },
      [secret],
    )
    const { status } = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', headers, body })
    assert.equal(status, 204)
  })
}

for (const starts of samples.filter((sample) => clientOf(sample) && markOf(sample, 'starts'))) {
  const name = markOf(starts, 'starts') ?? ''

  test(`${name} takes what a public key verifies, and nothing else`, {
    skip: clientOf(starts)?.lack ?? false,
  }, async () => {
    const port = await freePort('127.0.0.1')
    const { body: webhook } = await server.call('POST', '/api/v1/webhooks', {
      key,
      json: {
        url: `http://127.0.0.1:${port}/`,
        events: ['user.created'],
        ed25519: true,
        format: 'cloudevents',
      },
    })
    const folder = await startFromGuide(name, starts, port, webhook.public_keys[0])
    const { body: ping } = await server.call('POST', `/api/v1/webhooks/${webhook.id}/test`, { key })
    assert.equal(ping.last_response_status, 204, JSON.stringify(ping.log))
    assert.deepEqual(readdirSync(join(folder, 'inbox')), [`${ping.message_id}.json`])
    const body = '{"event":"ping","timestamp":"2023-05-21T15:32:10Z","data":{"id":7}}'
    const message = { id: 'evt_1_1700000000', timestamp: Math.floor(Date.now() / 1_000), body }
    for (const guess of [webhook.secret, webhook.public_keys[0]]) {
      const headers = signatureHeaders(message, [guess], [generateKeyPair().signingKey])
      const { status } = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', headers, body })
      assert.equal(status, 401)
    }
  })
}

for (const starts of samples.filter((sample) => markOf(sample, 'starts') !== undefined)) {
  const name = markOf(starts, 'starts') ?? ''
  const skip = clientOf(starts)?.lack ?? lacks(starts.text.split(' ')[0] ?? '')

  test(`${name} takes nothing without its secret, whatever a stranger signs with`, { skip }, async () => {
    for (const secret of [undefined, '', '      ', 'whsec_', 'whsec_!!!!']) {
      const port = await freePort('127.0.0.1')
      const folder = await startFromGuide(name, starts, port, secret).catch((error: unknown) => {
        // It need not even start.
        assert.match(`${error}`, / ended: /)
        return undefined
      })
      if (folder === undefined) continue
      const body = '{"event":"ping","timestamp":"2023-05-21T15:32:10Z","data":{"id":7}}'
      for (const guess of ['', 'undefined', 'null', 'None', 'false', 'whsec_', secret ?? '']) {
        const message = { id: 'evt_1_1700000000', timestamp: Math.floor(Date.now() / 1_000), body }
        const headers = signatureHeaders(message, [guess])
        const sent = fetch(`http://127.0.0.1:${port}/`, { method: 'POST', headers, body })
        // A receiver that fails on it closes the connection without a response.
        const answer = await sent.catch(() => undefined)
        assert.ok(!answer || answer.status >= 400, `${secret} guessed as ${guess}: ${answer?.status}`)
        assert.equal(existsSync(join(folder, 'inbox', `${message.id}.json`)), false)
      }
    }
  })
}

test('the calls of the guide work when pasted, and deliveries carry the headers that it lists', async () => {
  const receiver = await startReceiver()
  const variables: Record<string, string> = { KEY: key }
  for (const sample of calls) {
    await runCurl(sample, variables, {
      [documentedUrl]: server.url,
      [guideUrl]: receiver.url,
    })
    await server.deliver()
  }
  const types = receiver.received.map(({ body }) => body.event)
  assert.deepEqual(types, ['ping', 'document.published', 'ping'])
  const [ping, published] = receiver.received
  assert.deepEqual(Object.keys(published?.body.data), ['id', 'title', 'category', 'status', 'author_id'])
  const [, table = ''] = section('What is sent').split('| header |')
  const listed = [...table.matchAll(/^\| `([\w-]+)` \|/gm)].map(([, name = '']) => name.toLowerCase())
  const ofHttp = ['host', 'connection', 'content-length', 'accept-encoding']
  const arrived = Object.keys(ping?.headers ?? {}).filter((name) => !ofHttp.includes(name))
  assert.deepEqual(arrived.sort(), listed.sort())
})

for (const language of Object.keys(languages) as Language[]) {
  test(`the ${languages[language].name} samples of the guide do what those with curl do`, {
    skip: languages[language].lack ?? false,
  }, async () => {
    const receiver = await startReceiver()
    await assertDoesWhatCurlDoes(guide, language, [
      await readersServer(receiver.url),
      await readersServer(receiver.url),
    ])
    assert.deepEqual(
      receiver.received.map(({ body }) => body.event),
      ['ping', 'ping'],
    )
  })
}

async function readersServer(receiverUrl: string): Promise<ReadersServer> {
  const server = await startServer()
  const { secret } = await server.credential('read write webhooks:read webhooks:write')
  const addresses = { [documentedUrl]: server.url, [guideUrl]: receiverUrl }
  return { server, variables: { KEY: secret }, addresses }
}

test('the signature that openssl prints is the one that was sent', { skip: lacks('openssl') }, async () => {
  const { secret, headers, raw } = await receivedPing()
  const sample = samples.find((known) => markOf(known, 'prints') === 'x-webhook-signature')
  const folder = newFolder()
  writeFileSync(join(folder, 'body.json'), raw)
  const { stdout } = await promisify(execFile)('bash', ['-c', sample?.text ?? ''], {
    cwd: folder,
    env: environment({ WEBHOOK_SECRET: secret }),
  })
  assert.equal(stdout.trim(), headers['x-webhook-signature'])
})

test('the library of Standard Webhooks takes what is genuine, and nothing else', async () => {
  const { secret, headers, raw, body } = await receivedPing()
  const folder = newFolder()
  symlinkSync(join(import.meta.dirname, '../../node_modules'), join(folder, 'node_modules'))
  writeFileSync(join(folder, 'with-library.mjs'), textOf('with-library.mjs'))
  process.env.WEBHOOK_SECRET = secret
  const { eventOf } = await import(pathToFileURL(join(folder, 'with-library.mjs')).href)
  delete process.env.WEBHOOK_SECRET
  assert.deepEqual(eventOf(headers, raw), body)
  assert.throws(() => eventOf(headers, `${raw} `))
  const old = Math.floor(Date.now() / 1_000) - toleranceSeconds - 5
  assert.throws(() => eventOf(signatureHeaders({ id: 'evt_1_1', timestamp: old, body: raw }, [secret]), raw))
})

test('no sample of the guide is left out', () => {
  const left = samples.filter(
    (sample) =>
      sample.language !== 'json' &&
      !calls.includes(sample) &&
      !['file', 'starts', 'prints'].some((name) => markOf(sample, name)) &&
      !(sample.language in languages && markOf(sample, 'tab')),
  )
  // What the server's own command line prints is put into variables by hand; `listen` has a test of its own.
  assert.deepEqual(
    left.map(({ text }) => text.split(' ')[0]),
    ['npm', 'export', 'COMSERV_API_KEY=$KEY', 'export'],
  )
  const files = samples.flatMap((sample) => markOf(sample, 'file') ?? [])
  const started = samples.flatMap((sample) => markOf(sample, 'starts') ?? [])
  assert.deepEqual(files, [...started, 'with-library.mjs'])
})

/** The client library that the receiver uses, if it uses one. */
function clientOf(starts: Sample) {
  return Object.values(languages).find(({ name }) => name === markOf(starts, 'tab'))
}

/** @returns the folder that it runs in */
async function startFromGuide(
  name: string,
  starts: Sample,
  port: number,
  secret: string | undefined,
): Promise<string> {
  const folder = newFolder()
  const variables = secret === undefined ? {} : { WEBHOOK_SECRET: secret }
  await startReceiverOf(starts, {
    name,
    text: textOf(name),
    folder,
    port,
    variables,
    client: clientOf(starts),
  })
  return folder
}

/** A ping as it arrives somewhere. */
async function receivedPing() {
  const receiver = await startReceiver()
  const { body: webhook } = await server.call('POST', '/api/v1/webhooks', {
    key,
    json: { url: receiver.url, events: ['user.created'] },
  })
  await server.call('POST', `/api/v1/webhooks/${webhook.id}/test`, { key })
  const [ping] = receiver.received
  assert.ok(ping)
  return { ...ping, secret: webhook.secret as string }
}

async function lastDelivery(webhookId: number): Promise<Json> {
  const list = await server.call('GET', `/api/v1/webhooks/${webhookId}/deliveries`, { key })
  const { body } = await server.call('GET', `/api/v1/deliveries/${list.body.data[0].id}`, { key })
  return body
}

async function sentBody(eventId: number): Promise<string> {
  const { body } = await server.context.database.read
    .selectFrom('events')
    .select('body')
    .where('id', '=', eventId)
    .executeTakeFirstOrThrow()
  return body
}

function sampleOf(part: string): Sample {
  return calls.find(({ text }) => text.includes(part)) ?? assert.fail(`No call of the guide has '${part}'.`)
}

function textOf(name: string): string {
  return (
    samples.find((sample) => markOf(sample, 'file') === name)?.text ?? assert.fail(`No sample is ${name}.`)
  )
}

function section(title: string): string {
  const text = readFileSync(join(import.meta.dirname, '../..', guide), 'utf8')
  return text.split(/^## /m).find((part) => part.startsWith(title)) ?? assert.fail(`No section is ${title}.`)
}

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'comserv-guide-'))
  folders.push(folder)
  return folder
}
