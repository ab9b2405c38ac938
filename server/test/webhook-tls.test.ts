import assert from 'node:assert/strict'
import type { ServerOptions } from 'node:https'
import { test } from 'node:test'
import { getCACertificates, setDefaultCACertificates, type TLSSocket } from 'node:tls'
import { issueCertificate, selfSignedCertificate } from './certificate.ts'
import { answered, body, exchangeWith, guard, reasonOf } from './exchanges.ts'
import { startTlsReceiver } from './raw-receiver.ts'

const hourMs = 3_600_000
const host = 'receiver.example'
const root = issueCertificate({ subject: 'Root', isAuthority: true })
const middle = issueCertificate({ subject: 'Middle', issuer: root, isAuthority: true })
const unknownRoot = issueCertificate({ subject: 'Unknown Root', isAuthority: true })
const unknownMiddle = issueCertificate({ subject: 'Unknown Middle', issuer: unknownRoot, isAuthority: true })
setDefaultCACertificates([...getCACertificates('default'), root.cert])

const good = issueCertificate({ names: [host], issuer: root })
const short = issueCertificate({ names: [host], issuer: middle })
const exchange = exchangeWith(guard, 20_000)

const wanting = { requestCert: true, rejectUnauthorized: true, ca: root.cert }
const faults: Record<string, [reason: string, options: ServerOptions]> = {
  'a certificate for another name': [
    'tls_name',
    issueCertificate({ names: ['other.example'], issuer: root }),
  ],
  'an expired certificate': [
    'tls_expired',
    issueCertificate({
      names: [host],
      issuer: root,
      from: Date.now() - 48 * hourMs,
      to: Date.now() - hourMs,
    }),
  ],
  'a certificate of tomorrow': [
    'tls_expired',
    issueCertificate({ names: [host], issuer: root, from: Date.now() + hourMs }),
  ],
  'a certificate without the intermediate one': ['tls_chain', short],
  'a self-signed certificate': ['tls_authority', selfSignedCertificate(host)],
  'an unknown authority, with the chain': [
    'tls_authority',
    withChain(issueCertificate({ names: [host], issuer: unknownMiddle }), unknownMiddle),
  ],
  'an unknown authority, with its root': [
    'tls_authority',
    withChain(issueCertificate({ names: [host], issuer: unknownMiddle }), unknownMiddle, unknownRoot),
  ],
  'TLS 1.1': [
    'tls_protocol',
    { ...good, minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' },
  ],
  'no cipher in common': [
    'tls_protocol',
    { ...good, maxVersion: 'TLSv1.2', ciphers: 'ECDHE-RSA-AES128-GCM-SHA256' },
  ],
  'a client certificate wanted': ['tls_client_certificate', { ...good, ...wanting }],
  'a client certificate wanted by TLS 1.2': [
    'tls_client_certificate',
    { ...good, ...wanting, maxVersion: 'TLSv1.2' },
  ],
}

for (const [name, [reason, options]] of Object.entries(faults))
  test(`${name} is told as ${reason}`, async () => {
    const receiver = await startTlsReceiver(options)
    assert.equal(reasonOf(await exchange.post(`https://${host}:${receiver.port}/`, {}, body)), reason)
    assert.equal(receiver.requests.length, 0)
  })

test('a whole chain is trusted, and a client certificate that is merely welcome is not missed', async () => {
  for (const options of [
    withChain(short, middle),
    { ...good, requestCert: true, rejectUnauthorized: false },
    { ...good, requestCert: true, rejectUnauthorized: false, maxVersion: 'TLSv1.2' } as const,
  ]) {
    const receiver = await startTlsReceiver(options)
    assert.equal(answered(await exchange.post(`https://${host}:${receiver.port}/`, {}, body)).body, 'secure')
  }
})

test('a receiver that closes after it asked for a client certificate wants one, on a first connection', async () => {
  const receiver = await startTlsReceiver({ ...good, requestCert: true, rejectUnauthorized: false })
  receiver.server.prependListener('secureConnection', (socket: TLSSocket) => socket.destroy())
  const url = `https://${host}:${receiver.port}/`
  assert.equal(reasonOf(await exchange.post(url, {}, body)), 'tls_client_certificate')
})

test('a dot at the end of the host name is for DNS alone', async () => {
  const names: (string | false | null)[] = []
  const receiver = await startTlsReceiver(good)
  receiver.server.on('secureConnection', (socket: TLSSocket) => names.push(socket.servername))
  const hosts: (string | undefined)[] = []
  receiver.server.on('request', ({ headers }) => hosts.push(headers.host))
  assert.equal(answered(await exchange.post(`https://${host}.:${receiver.port}/`, {}, body)).body, 'secure')
  assert.deepEqual([names, hosts], [[host], [`${host}:${receiver.port}`]])
})

function withChain(
  { cert, key }: { cert: string; key: string },
  ...others: { cert: string }[]
): ServerOptions {
  return { key, cert: [cert, ...others.map((other) => other.cert)].join('') }
}
