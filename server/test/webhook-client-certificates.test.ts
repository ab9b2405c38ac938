import assert from 'node:assert/strict'
import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto'
import { test } from 'node:test'
import { getCACertificates, setDefaultCACertificates, type TLSSocket } from 'node:tls'
import { issueCertificate } from './certificate.ts'
import { startWithWebhooks } from './delivering.ts'
import { startTlsReceiver } from './raw-receiver.ts'
import { assertRefused } from './refusals.ts'

const { server, key, call } = await startWithWebhooks()
const root = issueCertificate({ subject: 'Root', isAuthority: true })
setDefaultCACertificates([...getCACertificates('default'), root.cert])
const sales = issueCertificate({ subject: 'sales', issuer: root })
const stock = issueCertificate({ subject: 'stock', issuer: root })

const receiver = await startTlsReceiver({
  ...issueCertificate({ names: ['localhost'], issuer: root }),
  requestCert: true,
  rejectUnauthorized: true,
  ca: root.cert,
})
/** Who made each request, by the connection that it came over. */
const callers: string[] = []
receiver.server.prependListener('request', ({ socket }: { socket: TLSSocket }) => {
  callers.push(String(socket.getPeerCertificate().subject?.CN))
})
const url = `https://localhost:${receiver.port}/hook`

const identity = ({ cert, key: private_key }: { cert: string; key: string }) => ({
  certificate: cert,
  private_key,
})
const send = (method: string, path: string, json?: object) =>
  server.call(method, `/api/v1${path}`, { key, ...(json ? { json } : {}) })
const create = (client_certificate: unknown, more: object = {}) =>
  send('POST', '/webhooks', { url, events: ['document.created'], client_certificate, ...more })

test('each webhook identifies itself by its own certificate, over connections that are kept apart', async () => {
  const [first, second] = [await create(identity(sales)), await create(identity(stock))]
  const none = await call('POST', '/webhooks', { url, events: ['document.created'] })
  const outcomes: unknown[] = []
  for (const { id } of [first.body, second.body, none, first.body, second.body, none]) {
    const { body } = await send('POST', `/webhooks/${id}/test`)
    outcomes.push(body.log[0].error ?? body.log[0].response.status)
  }
  const refused = 'tls_client_certificate'
  assert.deepEqual(outcomes, [200, 200, refused, 200, 200, refused])
  assert.deepEqual(callers, ['sales', 'stock', 'sales', 'stock'])
})

test('a certificate is shown without its key, which is sealed', async () => {
  const { body } = await create(identity(sales))
  const shown = new X509Certificate(sales.cert)
  assert.deepEqual(body.client_certificate, {
    subject: 'CN=sales',
    issuer: 'CN=Root',
    fingerprint_sha256: shown.fingerprint256.replaceAll(':', '').toLowerCase(),
    expires_at: shown.validToDate.toISOString().replace('.000Z', 'Z'),
  })
  const read = await send('GET', `/webhooks/${body.id}`)
  assert.deepEqual(read.body.client_certificate, body.client_certificate)
  const secret = sales.key.split('\n')[1] ?? ''
  assert.ok(!JSON.stringify([body, read.body, (await send('GET', '/audit-log')).body]).includes(secret))
  const { client_certificate, client_key } = await server.context.database.read
    .selectFrom('webhooks')
    .select(['client_certificate', 'client_key'])
    .where('id', '=', body.id)
    .executeTakeFirstOrThrow()
  assert.equal(client_certificate, sales.cert)
  assert.ok(client_key && !client_key.includes(secret))
})

test('a certificate is replaced, removed, and left alone', async () => {
  const { body, headers } = await create(identity(sales))
  const path = `/webhooks/${body.id}`
  const etag = headers.get('etag')
  const same = await send('PATCH', path, { client_certificate: identity(sales) })
  assert.deepEqual([same.status, same.headers.get('etag')], [200, etag], 'nothing has changed')
  const other = await send('PATCH', path, { client_certificate: identity(stock) })
  assert.equal(other.body.client_certificate.subject, 'CN=stock')
  assert.notEqual(other.headers.get('etag'), etag)
  const kept = await send('PATCH', path, { description: 'kept' })
  assert.equal(kept.body.client_certificate.subject, 'CN=stock')
  const bare = await send('PATCH', path, { client_certificate: null })
  assert.deepEqual([bare.status, bare.body.client_certificate], [200, null])
  const again = await send('PATCH', path, { client_certificate: null })
  assert.equal(again.headers.get('etag'), bare.headers.get('etag'))
})

test('a certificate stays with the origin that it was given for', async () => {
  const { body } = await create(identity(sales), { url: 'https://example.com/hooks' })
  const path = `/webhooks/${body.id}`
  assertRefused(await send('PATCH', path, { url: 'https://example.org/' }), 400, /client_certificate/)
  assertRefused(await send('PATCH', path, { url: 'http://example.com/' }), 400, /client_certificate/)
  assert.equal((await send('PATCH', path, { url: 'https://example.com/other' })).status, 200)
  const moved = await send('PATCH', path, {
    url: 'https://example.org/',
    client_certificate: identity(stock),
  })
  assert.deepEqual([moved.status, moved.body.client_certificate.subject], [200, 'CN=stock'])
  const bare = await send('PATCH', path, { url: 'http://example.net/', client_certificate: null })
  assert.equal(bare.status, 200)
  assertRefused(await send('PATCH', path, { client_certificate: identity(sales) }), 400, /https/)
  assertRefused(await create(identity(sales), { url: 'http://example.com/' }), 400, /https/)
})

test('what cannot identify anybody is refused with the reason', async () => {
  const { body } = await create(null)
  const dayMs = 86_400_000
  const hourAgo = server.clock.now() - 3_600_000
  const old = issueCertificate({ subject: 'old', from: hourAgo - dayMs, to: hourAgo })
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
  const encrypted = createPrivateKey(sales.key)
    .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' })
    .toString()
  const broken = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----'
  for (const [certificate, private_key, reason] of [
    ['text', sales.key, /certificate' holds no certificate in PEM/],
    [broken, sales.key, /certificate' holds a certificate that cannot be read/],
    [sales.cert.repeat(11), sales.key, /more than 10/],
    [sales.cert, 'text', /private_key' is not a private key in PEM/],
    [sales.cert, encrypted, /private_key' is encrypted/],
    [sales.cert, stock.key, /private_key' does not belong/],
    [root.cert + sales.cert, sales.key, /has to be the first/],
    [sales.cert, rsa.export({ type: 'pkcs8', format: 'pem' }).toString(), /does not belong/],
    [old.cert, old.key, /expired on 20/],
  ] as const) {
    const client_certificate = { certificate, private_key }
    for (const refused of [
      await create(client_certificate),
      await send('PATCH', `/webhooks/${body.id}`, { client_certificate }),
    ]) {
      assertRefused(refused, 400, reason)
      assert.ok(!refused.text.includes(private_key.slice(30, 80)) || private_key === 'text')
    }
  }
  assertRefused(await create({ certificate: sales.cert }), 400, /private_key/)
  const chain = await create({
    certificate: `Bag Attributes\n${sales.cert}${root.cert}`,
    private_key: sales.key,
  })
  assert.deepEqual([chain.status, chain.body.client_certificate.subject], [201, 'CN=sales'])
})
