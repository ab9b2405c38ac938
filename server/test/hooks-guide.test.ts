import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { freePort } from '../src/config/free-port.ts'
import { generateSecret, signatureHeaders } from '../src/sending/signature.ts'
import { assertShowsResponse } from './guide-json.ts'
import {
  assertDoesWhatCurlDoes,
  documentedUrl,
  type Language,
  languages,
  type ReadersServer,
} from './guide-programs.ts'
import { lacks, startReceiverOf } from './guide-receivers.ts'
import { callsApi, markOf, runCurl, type Sample, samplesOf } from './guide-samples.ts'
import { type Json, startServer, TestClock } from './harness.ts'
import { startReceiver } from './receiver.ts'
import { assertRefused } from './refusals.ts'

/** Runs every sample of docs/guides/hooks.md: its calls, and its receivers, each as the program that a reader would start. */
const samples = samplesOf('docs/guides/hooks.md')
const calls = samples.filter(callsApi)
const guideUrl = 'https://example.com/hooks/comserv'

for (const starts of samples.filter((sample) => markOf(sample, 'starts') !== undefined)) {
  const name = markOf(starts, 'starts') ?? ''
  const skip = lacks(starts.text.split(' ')[0] ?? '')

  test(`${name} decides as the guide says, and only when the call is genuine`, { skip }, async () => {
    // The receivers look at the clock of the machine.
    const server = await startServer({ clock: new TestClock(new Date().toISOString()) })
    const { secret: admin } = await server.credential('admin')
    const port = await freePort('127.0.0.1')
    const url = `http://127.0.0.1:${port}/`
    const variables: Record<string, string> = { ADMIN_KEY: admin }
    const addresses = { [documentedUrl]: server.url, [guideUrl]: url }
    const api = (method: string, path: string, json?: object) =>
      server.call(method, `/api/v1${path}`, { key: admin, ...(json ? { json } : {}) })
    const run = (part: string) => runCurl(callOf(part), variables, addresses)

    await run('"actions":')
    await startReceiverOf(starts, {
      ...{ name, text: fileOf(name), folder: newFolder(), port },
      variables: { HOOK_SECRET: variables.HOOK_SECRET ?? '' },
    })
    // A loaded machine may need longer than a second to respond.
    await api('PATCH', `/hooks/${variables.HOOK}`, { timeout_ms: 5_000 })
    const tested = await run('/test')
    const [shown] = samples.filter((sample) => markOf(sample, 'shows') === 'response')
    assertShowsResponse(withBodyOf(shown ?? assert.fail(), tested), tested)
    assert.equal(JSON.parse(tested).outcome, 'changed', tested)
    await run('{"status":"active"}')

    const { status, body: draft, text } = await api('POST', '/documents', { title: 'A draft' })
    assert.deepEqual([status, draft.category], [201, 'general'], text)
    const publish = () => api('PATCH', `/documents/${draft.id}`, { status: 'published' })
    assertRefused(await publish(), 400, /^A document needs content before it is published\.$/)
    assert.equal((await api('PATCH', `/documents/${draft.id}`, { content: 'Text' })).status, 200)
    assert.equal((await publish()).body.status, 'published')
    const own = { title: 'Its own', category: 'reports', content: 'Text', status: 'published' }
    assert.deepEqual((await api('POST', '/documents', own)).body.category, 'reports')
    await run('rotate-secret')
    assert.equal((await api('POST', '/documents', { title: 'By both secrets' })).status, 201)

    const call = JSON.stringify({ action: 'document.create', record: null, input: { title: 'Forged' } })
    const post = async (secret: string | undefined, ageSeconds = 0, sent = call) => {
      const timestamp = Math.floor(Date.now() / 1_000) - ageSeconds
      const headers = secret ? signatureHeaders({ id: 'hook_1', timestamp, body: call }, [secret]) : {}
      return (await fetch(url, { method: 'POST', headers: { ...headers }, body: sent })).status
    }
    const secret = variables.HOOK_SECRET ?? ''
    assert.equal(await post(secret), 200)
    for (const [what, given] of [
      ['no signature', await post(undefined)],
      ['another secret', await post(generateSecret())],
      ['a tampered body', await post(secret, 0, call.replace('Forged', 'forged'))],
      ['an old call', await post(secret, 305)],
      ['a call to come', await post(secret, -305)],
    ] as const)
      assert.equal(given, 401, what)
    await run('-X DELETE')
  })
}

test('the calls of the guide work when pasted, and the call that it shows has the fields of a real one', async () => {
  const server = await startServer()
  const receiver = await startReceiver((response) => response.end('{"allow":true}'))
  const { secret: admin } = await server.credential('admin')
  const variables: Record<string, string> = { ADMIN_KEY: admin }
  const addresses = { [documentedUrl]: server.url, [guideUrl]: receiver.url }
  for (const sample of calls) {
    await runCurl(sample, variables, addresses)
    if (!sample.text.includes('{"status":"active"}')) continue
    const { body } = await server.call('POST', '/api/v1/documents', {
      key: admin,
      json: { title: 'A draft' },
    })
    const path = `/api/v1/documents/${body.id}`
    await server.call('PATCH', path, { key: admin, json: { status: 'published' } })
  }
  assert.deepEqual(
    receiver.received.map(({ body }) => body.action),
    ['document.create', 'document.create', 'document.publish'],
  )
  const real: Json = receiver.received.at(-1)?.body
  const shown: Json = JSON.parse(samples.find(({ language }) => language === 'json')?.text ?? '')
  assert.deepEqual(Object.keys(shown), Object.keys(real))
  assert.deepEqual(Object.keys(shown.actor), Object.keys(real.actor))
  assert.deepEqual(Object.keys(shown.record), Object.keys(real.record))
  assert.deepEqual(shown.input, real.input)
})

for (const language of Object.keys(languages) as Language[]) {
  test(`the ${languages[language].name} samples of the guide do what those with curl do`, {
    skip: languages[language].lack ?? false,
  }, async () => {
    const receiver = await startReceiver((response) => response.end('{"allow":true}'))
    await assertDoesWhatCurlDoes('docs/guides/hooks.md', language, [
      await readersServer(receiver.url),
      await readersServer(receiver.url),
    ])
    assert.deepEqual(
      receiver.received.map(({ body }) => [body.action, body.test]),
      [
        ['document.create', true],
        ['document.create', true],
      ],
    )
  })
}

test('no sample of the guide is left out', () => {
  const left = samples.filter(
    (sample) =>
      sample.language !== 'json' &&
      !calls.includes(sample) &&
      !['file', 'starts'].some((name) => markOf(sample, name)) &&
      !(sample.language in languages && markOf(sample, 'tab')),
  )
  // What the first call returned is put into variables by hand.
  assert.deepEqual(
    left.map(({ text }) => text.split(' ')[0]),
    ['export'],
  )
  const files = samples.flatMap((sample) => markOf(sample, 'file') ?? [])
  assert.deepEqual(
    files,
    samples.flatMap((sample) => markOf(sample, 'starts') ?? []),
  )
})

async function readersServer(receiverUrl: string): Promise<ReadersServer> {
  const server = await startServer()
  const addresses = { [documentedUrl]: server.url, [guideUrl]: receiverUrl }
  return { server, variables: { ADMIN_KEY: (await server.credential('admin')).secret }, addresses }
}

function callOf(part: string): Sample {
  return calls.find(({ text }) => text.includes(part)) ?? assert.fail(`No call of the guide has '${part}'.`)
}

function fileOf(name: string): string {
  const sample = samples.find((known) => markOf(known, 'file') === name)
  return sample?.text ?? assert.fail(`No sample is ${name}.`)
}

/** Languages write JSON with other spaces. */
function withBodyOf(shown: Sample, tested: string): Sample {
  const expected = JSON.parse(shown.text)
  const { response_body } = JSON.parse(tested)
  assert.deepEqual(JSON.parse(response_body), JSON.parse(expected.response_body))
  return { ...shown, text: JSON.stringify({ ...expected, response_body }) }
}

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'comserv-guide-'))
  after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
