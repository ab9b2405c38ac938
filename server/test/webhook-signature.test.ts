import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { Webhook as StandardWebhook } from 'standardwebhooks'
import { Webhook as SvixWebhook } from 'svix'
import { generateSecret, secretProblem, signatureHeaders } from '../src/sending/signature.ts'

const nowSeconds = () => Math.floor(Date.now() / 1000)
const body = '{"event":"document.published","data":{"title":"Zürich – 東京 🎉"}}'

test('the signature is that of the test vector of Standard Webhooks', () => {
  const headers = signatureHeaders(
    {
      id: 'msg_loFOjxBNrRLzqYUf',
      timestamp: 1731705121,
      body: '{"event_type":"ping","data":{"success":true}}',
    },
    ['whsec_plJ3nmyCDGBKInavdOK15jsl'],
  )
  assert.deepEqual(headers, {
    'webhook-id': 'msg_loFOjxBNrRLzqYUf',
    'webhook-timestamp': '1731705121',
    'webhook-signature': 'v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=',
    'x-webhook-signature': headers['x-webhook-signature'],
  })
})

test('the plain signature is the HMAC of the body, keyed with the secret as it is shown', () => {
  for (const secret of [generateSecret(), 'a secret of mine, é', 'sixteen-letters!']) {
    const naive = createHmac('sha256', Buffer.from(secret, 'utf8')).update(Buffer.from(body)).digest('hex')
    const headers = signatureHeaders({ id: 'evt_1', timestamp: 1, body }, [secret])
    assert.equal(headers['x-webhook-signature'], naive)
    assert.match(naive, /^[0-9a-f]{64}$/)
  }
})

test('the published libraries accept what is signed, and nothing that was changed on the way', () => {
  const secret = generateSecret()
  const timestamp = nowSeconds()
  const headers = signatureHeaders({ id: 'evt_1', timestamp, body }, [secret])
  for (const library of [new StandardWebhook(secret), new SvixWebhook(secret)]) {
    assert.doesNotThrow(() => library.verify(body, headers))
    assert.throws(() => library.verify(`${body} `, headers))
    assert.throws(() => library.verify(body, { ...headers, 'webhook-id': 'evt_2' }))
    assert.throws(() => library.verify(body, { ...headers, 'webhook-timestamp': String(timestamp + 1) }))
  }
})

test('a secret without the prefix signs with its text, which the library calls its raw format', () => {
  const secret = 'mine, not base64: é'
  const headers = signatureHeaders({ id: 'evt_1', timestamp: nowSeconds(), body }, [secret])
  const library = new StandardWebhook(Buffer.from(secret), { format: 'raw' })
  assert.doesNotThrow(() => library.verify(body, headers))
})

test('while a secret is being replaced, receivers with the new one and with the old one both accept', () => {
  const [current, old, foreign] = [generateSecret(), generateSecret(), generateSecret()]
  const headers = signatureHeaders({ id: 'evt_1', timestamp: nowSeconds(), body }, [current, old])
  assert.equal(headers['webhook-signature'].split(' ').length, 2)
  for (const Library of [StandardWebhook, SvixWebhook]) {
    assert.doesNotThrow(() => new Library(current).verify(body, headers))
    assert.doesNotThrow(() => new Library(old).verify(body, headers))
    assert.throws(() => new Library(foreign).verify(body, headers))
  }
  const alone = signatureHeaders({ id: 'evt_1', timestamp: Number(headers['webhook-timestamp']), body }, [
    current,
  ])
  assert.equal(headers['webhook-signature'].split(' ')[0], alone['webhook-signature'])
  assert.equal(headers['x-webhook-signature'], alone['x-webhook-signature'])
})

test('without a secret nothing is signed', () => {
  assert.throws(() => signatureHeaders({ id: 'evt_1', timestamp: 1, body }, []), /at least one secret/)
})

test('a generated secret holds 32 random bytes and may be used', () => {
  const secrets = Array.from({ length: 100 }, generateSecret)
  assert.equal(new Set(secrets).size, 100)
  for (const secret of secrets) {
    assert.equal(secretProblem(secret), undefined)
    assert.equal(Buffer.from(secret.slice('whsec_'.length), 'base64').length, 32)
  }
})

test('a secret of the user is refused with the reason, or signs', () => {
  const ofBytes = (count: number) => `whsec_${Buffer.alloc(count, 7).toString('base64')}`
  for (const [secret, reason] of [
    ['', /16 to 256 characters, this one has 0/],
    ['a'.repeat(15), /16 to 256 characters, this one has 15/],
    ['🔑'.repeat(15), /this one has 15/],
    ['a'.repeat(257), /16 to 256 characters, this one has 257/],
    [' aaaaaaaaaaaaaaaa', /visible/],
    ['aaaaaaaa aaaaaaaa', /visible/],
    ['aaaaaaaaaaaaaaaa\n', /visible/],
    ['aaaaaaaa\0aaaaaaaa', /visible/],
    ['aaaaaaaa\u200baaaaaaaa', /visible/],
    ['aaaaaaaa\u00a0aaaaaaaa', /visible/],
    ['aaaaaaaa\ud800aaaaaaaa', /visible/],
    ['whsec_not-base64-at-all', /base64 of 24 to 64 bytes/],
    [ofBytes(23), /base64 of 24 to 64 bytes/],
    [ofBytes(65), /base64 of 24 to 64 bytes/],
    [ofBytes(32).replace('=', ''), /base64 of 24 to 64 bytes/],
    [ofBytes(24).replace('B', '-'), /base64 of 24 to 64 bytes/],
    [ofBytes(24), undefined],
    [ofBytes(64), undefined],
    ['a'.repeat(16), undefined],
    ['a'.repeat(256), undefined],
    ['schlüssel-日本語の鍵です-🔑', undefined],
    ['WHSEC_is-not-the-prefix', undefined],
  ] as const) {
    const problem = secretProblem(secret)
    if (reason) assert.match(problem ?? '', reason, JSON.stringify(secret))
    else assert.equal(problem, undefined, JSON.stringify(secret))
  }
})
