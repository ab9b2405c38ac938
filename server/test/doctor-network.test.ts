import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { after, test } from 'node:test'
import { runCommandLine } from '../src/cli/command-line.ts'
import type { Finding } from '../src/cli/doctor/finding.ts'
import { freePort } from '../src/config/free-port.ts'
import { doctorHeader, doctorProof, seenHeader } from '../src/health/seen.ts'
import { startServer, type TestServer } from './harness.ts'
import { settingsOf } from './importing.ts'

type Headers = IncomingMessage['headers']

/** A reverse proxy that changes the headers of requests, until the tests of the file are done. */
async function startProxy(
  port: number,
  change: (headers: Headers, peer: string) => Headers,
): Promise<string> {
  const proxy = createServer((incoming, outgoing) => {
    const headers = change({ ...incoming.headers }, incoming.socket.remoteAddress ?? '')
    const onward = request({ host: '127.0.0.1', port, path: incoming.url, method: incoming.method, headers })
    onward.on('response', (response) => {
      outgoing.writeHead(response.statusCode ?? 502, response.headers)
      response.pipe(outgoing)
    })
    onward.on('error', () => outgoing.writeHead(502).end())
    incoming.pipe(onward)
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  after(() => {
    proxy.closeAllConnections()
    proxy.close()
  })
  return `http://localhost:${(proxy.address() as AddressInfo).port}`
}

const adding = (name: string, entry: (peer: string) => string) => (headers: Headers, peer: string) => ({
  ...headers,
  [name]: [headers[name], entry(peer)].filter((one) => one !== undefined).join(', '),
})
const forwardedFor = adding('x-forwarded-for', (peer) => peer)

async function findings(env: NodeJS.ProcessEnv, check: string): Promise<{ code: number; lines: string[] }> {
  const out: string[] = []
  const code = await runCommandLine(['doctor', '--json'], {
    env,
    stdin: Readable.from([]),
    print: (line) => void out.push(line),
    printError: () => undefined,
  })
  const found: Finding[] = JSON.parse(out.join('')).findings
  const lines = found
    .filter((one) => one.check === check)
    .map(({ status, message, advice = '' }) => `${status} ${message} ${advice}`.trim())
  return { code, lines }
}

/** What is said of the address of a server behind that proxy. */
async function address(
  change: (headers: Headers, peer: string) => Headers,
  env: Record<string, string> = {},
): Promise<string> {
  const port = await freePort('127.0.0.1')
  const own = { PORT: String(port), COMSERV_PUBLIC_URL: await startProxy(port, change), ...env }
  const server = await startServer({ env: own })
  const { lines } = await findings({ ...settingsOf(server), ...own }, 'address')
  await server.stop()
  assert.equal(lines.length, 1)
  return lines[0] ?? ''
}

test('a proxy that is trusted and names callers is fine', async () => {
  assert.match(
    await address(forwardedFor, { COMSERV_TRUST_PROXY: '127.0.0.1' }),
    /^ok .*sees callers through the proxy at 127\.0\.0\.1\.$/,
  )
  assert.match(await address(forwardedFor, { COMSERV_TRUST_PROXY: '1' }), /^ok /)
})

test('a proxy that is not trusted, or not the one that is, is a problem', async () => {
  assert.match(
    await address(forwardedFor),
    /^problem .*COMSERV_TRUST_PROXY is not set.*Set COMSERV_TRUST_PROXY=127\.0\.0\.1/,
  )
  assert.match(
    await address(forwardedFor, { COMSERV_TRUST_PROXY: '10.0.0.1' }),
    /^problem The proxy at 127\.0\.0\.1 is not one of those.*Add 127\.0\.0\.1/,
  )
})

test('callers who can choose their address are a problem', async () => {
  for (const trusted of ['true', '2'])
    assert.match(
      await address(forwardedFor, { COMSERV_TRUST_PROXY: trusted }),
      new RegExp(`^problem A caller can choose the address.*COMSERV_TRUST_PROXY=${trusted} trusts more`),
    )
  assert.match(
    await address((headers) => headers, { COMSERV_TRUST_PROXY: '127.0.0.1' }),
    /^problem A caller can choose the address.*Make the proxy add/,
  )
})

test('a proxy that writes the other header, none, or another Host, is told', async () => {
  assert.match(
    await address(
      adding('forwarded', (peer) => `for=${peer}`),
      { COMSERV_TRUST_PROXY: '127.0.0.1' },
    ),
    /^problem The proxy .*header forwarded, and the server reads x-forwarded-for\. Set COMSERV_FORWARDED_HEADER=forwarded/,
  )
  const withoutHeaders = ({ forwarded: _, 'x-forwarded-for': __, ...headers }: Headers) => headers
  assert.match(
    await address(withoutHeaders, { COMSERV_TRUST_PROXY: '127.0.0.1' }),
    /^warning COMSERV_TRUST_PROXY is set, but nobody named the caller/,
  )
  assert.match(
    await address((headers, peer) => ({ ...forwardedFor(headers, peer), host: 'upstream.internal' }), {
      COMSERV_TRUST_PROXY: '127.0.0.1',
    }),
    /^problem The server was called as 'upstream\.internal' instead of localhost:\d+.*Host \$host/,
  )
})

test('a public address that leads elsewhere or nowhere is told apart from a server that does not run', async () => {
  const server = await startServer()
  const settings = { ...settingsOf(server), PORT: String(server.context.config.port) }
  const nowhere = `http://localhost:${await freePort('127.0.0.1')}`
  const said = async (env: Record<string, string>) =>
    (await findings({ ...settings, ...env }, 'address')).lines[0] ?? ''
  assert.match(
    await said({ COMSERV_PUBLIC_URL: nowhere }),
    /^problem The server runs at .*cannot be reached at/,
  )
  const other = await startProxy(await freePort('127.0.0.1'), (headers) => headers)
  assert.match(
    await said({ COMSERV_PUBLIC_URL: other }),
    /^problem What responds at .* \(502\) is not this installation/,
  )
  assert.match(
    await said({ PORT: String(await freePort('127.0.0.1')) }),
    /^warning No server responds at .*\(ECONNREFUSED\)/,
  )
})

test('only the doctor is told what the server saw', async () => {
  const server = await startServer()
  const { secretKey } = server.context.config
  const seen = async (headers: Record<string, string>) =>
    (await server.call('GET', '/health/live', { headers })).headers.get(seenHeader)
  assert.equal(await seen({}), null)
  for (const proof of ['x', 'x.', doctorProof('z'.repeat(32), 'x'), `${doctorProof(secretKey, 'x')}0`])
    assert.equal(await seen({ [doctorHeader]: proof }), null)
  const told = await seen({ [doctorHeader]: doctorProof(secretKey, 'x'), 'x-forwarded-for': 'ü' })
  assert.match(decodeURIComponent(told ?? ''), /^\{"peer":"(::ffff:)?127\.0\.0\.1","address":"127\.0\.0\.1"/)
})

async function webhookTo(server: TestServer, key: string, url: string): Promise<void> {
  const json = { url, events: ['document.created'] }
  const { status, text } = await server.call('POST', '/api/v1/webhooks', { key, json })
  assert.equal(status, 201, text)
}

test('the hosts of active webhooks are connected to, and nothing is sent', async () => {
  let requests = 0
  const receiver = createServer((_, response) => {
    requests++
    response.end()
  }).listen(0, '127.0.0.1')
  await once(receiver, 'listening')
  after(() => receiver.close())
  const { port } = receiver.address() as AddressInfo
  const server = await startServer()
  const { secret: key } = await server.credential('admin')
  const env = {
    ...settingsOf(server),
    COMSERV_WEBHOOK_ALLOW_HTTP: 'true',
    COMSERV_WEBHOOK_ALLOWED_CIDRS: '127.0.0.0/8',
  }
  await webhookTo(server, key, `http://127.0.0.1:${port}/secret-path`)
  await webhookTo(server, key, `http://127.0.0.1:${port}/other`)
  assert.deepEqual((await findings(env, 'webhooks')).lines, [
    'ok 1 of 1 hosts of active webhooks can be connected to.',
  ])

  const closed = await freePort('127.0.0.1')
  await webhookTo(server, key, `http://127.0.0.1:${closed}/secret-path`)
  const { lines } = await findings(env, 'webhooks')
  assert.equal(lines[0], 'ok 1 of 2 hosts of active webhooks can be connected to.')
  assert.match(
    lines[1] ?? '',
    new RegExp(
      `^warning http://127\\.0\\.0\\.1:${closed} \\(1 webhook\\) cannot be connected to \\(ECONNREFUSED\\)`,
    ),
  )

  const shut = await findings(
    { ...settingsOf(server), COMSERV_PUBLIC_URL: 'https://comserv.example.org' },
    'webhooks',
  )
  assert.equal(shut.code, 1)
  assert.match(
    shut.lines[1] ?? '',
    /^problem http:\/\/127\.0\.0\.1:\d+ \(\d webhooks?\): The URL leads into a private/,
  )
  assert.doesNotMatch([...lines, ...shut.lines].join(), /secret-path/)
  assert.equal(requests, 0)
})
