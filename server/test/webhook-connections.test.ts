import assert from 'node:assert/strict'
import { Agent, request } from 'node:http'
import { after, test } from 'node:test'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { createGuard } from '../src/sending/guard.ts'
import { boundIdleSockets } from '../src/sending/idle-sockets.ts'
import { systemResolve } from '../src/sending/resolve.ts'
import { selfSignedCertificate } from './certificate.ts'
import { startDnsServer } from './dns-server.ts'
import { answered, body, exchangeWith, guard, loopback, reasonOf, resolve } from './exchanges.ts'
import { answerOk, startBlackhole, startRawReceiver, startTlsReceiver } from './raw-receiver.ts'
import { until } from './until.ts'

const patient = exchangeWith(guard, 20_000)
const hasty = exchangeWith(guard, 600)

test('a closed port refuses, and one that takes no connections runs into the connect time-out', async () => {
  const receiver = await startRawReceiver(() => {})
  await receiver.stop()
  assert.equal(reasonOf(await patient.post(receiver.url, {}, body)), 'refused')

  const blackhole = await startBlackhole()
  const url = `http://127.0.0.1:${blackhole.port}/`
  const exchange = exchangeWith(guard, 20_000, 200)
  const outcome = await exchange.post(url, {}, body)
  assert.equal(reasonOf(outcome), 'connect_timeout')
  assert.ok(outcome.durationMs < 5_000)
  assert.equal(reasonOf(await hasty.post(url, {}, body)), 'connect_timeout')
  await blackhole.stop()
})

test('the time for the connection covers DNS, and ends with it', async () => {
  const never = () => new Promise<string[]>(() => {})
  const stuck = createGuard({ allowHttp: true, allowedRanges: loopback, resolve: never })
  const outcome = await exchangeWith(stuck, 20_000, 100).post('http://stuck.example/', {}, body)
  assert.equal(reasonOf(outcome), 'connect_timeout')

  const slow = await startRawReceiver((socket) => setTimeout(() => answerOk(socket), 900))
  assert.equal(answered(await exchangeWith(guard, 20_000, 600).post(slow.url, {}, body)).status, 200)

  const unknown = async () => Promise.reject(new Error('no such name'))
  const nowhere = createGuard({ allowHttp: true, allowedRanges: loopback, resolve: unknown })
  assert.equal(reasonOf(await exchangeWith(nowhere, 20_000).post('http://no.example/', {}, body)), 'dns')
})

test('nothing is sent to a blocked address, whether it stands in the URL or behind a name', async () => {
  const receiver = await startRawReceiver((socket) => answerOk(socket))
  const strict = exchangeWith(createGuard({ allowHttp: true, allowedRanges: [], resolve }), 20_000)
  for (const host of ['127.0.0.1', '2130706433', '[::ffff:127.0.0.1]', 'localhost', 'inside.example']) {
    const outcome = await strict.post(`http://${host}:${receiver.port}/`, {}, body)
    assert.equal(reasonOf(outcome), 'blocked', host)
  }
  const withoutHttp = createGuard({ allowHttp: false, allowedRanges: loopback, resolve })
  assert.equal(reasonOf(await exchangeWith(withoutHttp, 20_000).post(receiver.url, {}, body)), 'blocked')
  assert.equal(reasonOf(await patient.post('not a URL', {}, body)), 'blocked')
  assert.equal(receiver.sockets.length, 0)
})

test('a name that moves inside between two connections is not followed there', async () => {
  const receiver = await startRawReceiver((socket) =>
    socket.end('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n'),
  )
  let address = '127.0.0.1'
  const dns = await startDnsServer(() => [address])
  after(dns.stop)
  const rebound = createGuard({
    allowHttp: true,
    allowedRanges: ['127.0.0.1/32'],
    resolve: systemResolve({ servers: [dns.address] }),
  })
  const exchange = exchangeWith(rebound, 20_000)
  const url = `http://rebind.example:${receiver.port}/`
  assert.equal(answered(await exchange.post(url, {}, body)).status, 200)
  assert.match(receiver.requests[0] ?? '', new RegExp(`Host: rebind\\.example:${receiver.port}\r\n`))
  address = '127.0.0.2'
  assert.equal(reasonOf(await exchange.post(url, {}, body)), 'blocked')
  assert.equal(receiver.sockets.length, 1)
})

test('over TLS only the certificate of the host name counts', async () => {
  const known = selfSignedCertificate('known.example')
  setDefaultCACertificates([...getCACertificates('default'), known.cert])
  const receiver = await startTlsReceiver(known)
  const stranger = await startTlsReceiver(selfSignedCertificate('known.example'))
  const plain = await startRawReceiver((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
  const mute = await startRawReceiver(() => {})
  const dropping = await startRawReceiver((socket) => socket.destroy())
  after(() => Promise.all([receiver.stop(), stranger.stop()]))

  const trusted = `https://known.example:${receiver.port}/hook`
  assert.equal(answered(await patient.post(trusted, {}, body)).body, 'secure')
  assert.equal(answered(await patient.post(trusted, { Host: 'other.example' }, body)).body, 'secure')
  assert.equal(receiver.sockets.length, 1)
  for (const [url, reason] of [
    [`https://other.example:${receiver.port}/`, 'tls_name'],
    [`https://127.0.0.1:${receiver.port}/`, 'tls_name'],
    [`https://known.example:${stranger.port}/`, 'tls_authority'],
    [`https://known.example:${plain.port}/`, 'tls_protocol'],
    [`https://known.example:${dropping.port}/`, 'tls'],
  ] as const) {
    assert.equal(reasonOf(await patient.post(url, {}, body)), reason, url)
  }
  const unfinished = await hasty.post(`https://known.example:${mute.port}/`, {}, body)
  assert.equal(reasonOf(unfinished), 'connect_timeout')
  assert.deepEqual([receiver.requests.length, stranger.requests.length], [2, 0])
})

test('connections are used again', async () => {
  const receiver = await startRawReceiver((socket) => answerOk(socket))
  for (let i = 0; i < 20; i++) answered(await patient.post(receiver.url, {}, body))
  assert.deepEqual([receiver.requests.length, receiver.sockets.length], [20, 1])
})

test('a connection that was closed while it was idle costs no attempt', async () => {
  const receiver = await startRawReceiver((socket, nth) => (nth === 2 ? socket.destroy() : answerOk(socket)))
  assert.equal(answered(await patient.post(receiver.url, {}, body)).status, 200)
  // To the sender it looks like a connection that its receiver closed at that moment: no byte of an answer.
  assert.equal(answered(await patient.post(receiver.url, {}, body)).status, 200)
  assert.deepEqual([receiver.requests.length, receiver.sockets.length], [3, 2])
})

test('a stale connection is tried again once, and not when an answer had begun', async () => {
  const dead = await startRawReceiver((socket, nth) =>
    nth === 1 ? answerOk(socket) : socket.resetAndDestroy(),
  )
  assert.equal(answered(await patient.post(dead.url, {}, body)).status, 200)
  assert.equal(reasonOf(await patient.post(dead.url, {}, body)), 'reset')
  assert.equal(dead.requests.length, 3)

  const partial = await startRawReceiver((socket, nth) =>
    nth === 1 ? answerOk(socket) : socket.end('HTTP/1.1 2'),
  )
  assert.equal(answered(await patient.post(partial.url, {}, body)).status, 200)
  assert.equal(reasonOf(await patient.post(partial.url, {}, body)), 'reset')
  assert.equal(partial.requests.length, 2)
})

test('bytes that nobody asked for are not taken for the next answer', async () => {
  const receiver = await startRawReceiver((socket, nth) => {
    answerOk(socket, `answer ${nth}`)
    if (nth === 1) answerOk(socket, 'smuggled')
  })
  assert.equal(answered(await patient.post(receiver.url, {}, body)).body, 'answer 1')
  assert.equal(answered(await patient.post(receiver.url, {}, body)).body, 'answer 2')
})

test('idle connections are bounded over all hosts and agents together', async () => {
  const receivers = await Promise.all([1, 2, 3].map(() => startRawReceiver((socket) => answerOk(socket))))
  const agents = [new Agent({ keepAlive: true }), new Agent({ keepAlive: true })]
  boundIdleSockets(agents, 2)
  const ask = (url: string, agent: Agent | undefined) =>
    new Promise<void>((done, failed) =>
      request(url, agent ? { agent } : {}, (response) => response.resume().on('close', done))
        .on('error', failed)
        .end(),
    )
  const idle = () =>
    agents
      .flatMap(({ freeSockets }) => Object.values(freeSockets))
      .reduce((sum, of) => sum + (of?.length ?? 0), 0)
  await Promise.all(receivers.flatMap(({ url }) => agents.map((agent) => ask(url, agent))))
  await until('the idle connections', () => (idle() === 2 ? true : undefined))
  for (const { url } of receivers) for (const agent of agents) await ask(url, agent)
  assert.ok(idle() <= 2)
  // What was closed by the other side makes room again.
  for (const { sockets } of receivers) for (const socket of sockets) socket.destroy()
  await until('no idle connection', () => (idle() === 0 ? true : undefined))
  await ask(receivers[0]?.url ?? '', agents[0])
  await until('an idle connection', () => (idle() === 1 ? true : undefined))
  for (const agent of agents) agent.destroy()
})
