import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scrubbing } from '../src/sending/scrub.ts'
import { startWithWebhooks } from './delivering.ts'
import { startReceiver } from './receiver.ts'
import { assertRefused } from './refusals.ts'

const { server, key, call } = await startWithWebhooks()
const origin = 'https://example.com'
const value = 'Bearer of-the-receiver'

async function webhookAt(
  url: string,
  headers: Record<string, string> = { Authorization: value, 'X-Team': 'docs' },
) {
  const webhook = await call('POST', '/webhooks', { url, events: ['document.created'], headers })
  const patch = (json: object) => server.call('PATCH', `/api/v1/webhooks/${webhook.id}`, { key, json })
  return { webhook, patch }
}

test('hidden header fields stay with the origin of the URL they were given for', async () => {
  const { patch } = await webhookAt(`${origin}/hooks`)
  for (const url of [
    'https://example.org/hooks',
    'http://example.com/hooks',
    'https://example.com:8443/hooks',
    'https://www.example.com/hooks',
    'https://example.com./hooks',
    'https://еxample.com/hooks',
  ]) {
    assertRefused(
      await patch({ url }),
      400,
      /another origin than https:\/\/example\.com.*Authorization, X-Team/,
    )
    assertRefused(await patch({ url, headers: { Authorization: 'Bearer mine' } }), 400, /X-Team/)
    assertRefused(await patch({ url, headers: {} }), 400, /Authorization/)
  }
  for (const url of ['https://EXAMPLE.com/other', 'https://example.com:443/third?a=b', 'HTTPS://example.com'])
    assert.deepEqual((await patch({ url })).body.header_names, ['Authorization', 'X-Team'], url)
})

test('a new origin gets the header fields of the same request, or none', async () => {
  const first = await webhookAt(`${origin}/hooks`)
  const headers = { authorization: 'Bearer for-the-other', 'X-TEAM': null }
  const moved = await first.patch({ url: 'https://example.org/hooks', headers })
  assert.deepEqual([moved.status, moved.body.header_names], [200, ['authorization']], moved.text)
  const bare = await first.patch({ url: 'https://example.net/hooks', headers: null })
  assert.deepEqual([bare.status, bare.body.header_names], [200, []], bare.text)
  const free = await first.patch({ url: 'https://example.com/hooks' })
  assert.equal(free.status, 200, 'nothing is hidden any more')
})

test('what a receiver echoes of hidden values and secrets is hidden in the log of the delivery', async () => {
  const receiver = await startReceiver((response, { headers }) => {
    const seen = JSON.stringify(headers)
    const authorization = String(headers.authorization)
    response.setHeader('x-echo', authorization)
    response.end([seen, encodeURIComponent(authorization), Buffer.from(seen).toString('base64')].join('\n'))
  })
  const basic = `Basic ${Buffer.from('integration:a "long" password').toString('base64')}`
  const { webhook } = await webhookAt(receiver.url, { Authorization: basic, 'X-Key': 'key-of-the-receiver' })
  const { log } = await call('POST', `/webhooks/${webhook.id}/test`)
  const [{ request, response }] = log
  assert.equal(request.headers.Authorization, '[hidden]')
  assert.equal(response.headers['x-echo'], '[hidden]=')
  const decoded = response.body
    .split('\n')
    .map((line: string) => `${line} ${Buffer.from(line, 'base64').toString()}`)
    .join('\n')
  for (const secret of [basic, basic.slice(6), 'key-of-the-receiver', encodeURIComponent(basic)])
    assert.ok(!decoded.toLowerCase().includes(secret.toLowerCase()), secret)
  assert.match(response.body, /"x-webhook-event":"ping"/, 'the rest is shown')

  receiver.answer((response) =>
    response.end(`secret=${webhook.secret} ${webhook.secret.slice(6).toUpperCase()}`),
  )
  const again = await call('POST', `/webhooks/${webhook.id}/test`)
  // A secret may begin or end with punctuation, which may stay.
  assert.match(again.log[0].response.body, /^secret=\[hidden\]=? [+/]*\[hidden\]=?$/)
})

test('a value is found in every usual script of a response, and nothing else is hidden', () => {
  const secret = 'Bearer of-the-receiver/+"x'
  const scrub = scrubbing([secret, `Basic ${Buffer.from('me:pässword1').toString('base64')}`, 'abc', '§§§§§'])
  const inEvery = [...Buffer.from(secret)].map((byte) => byte.toString(16).padStart(2, '0'))
  const escapes = {
    capitals: secret.toUpperCase(),
    'its token alone': 'of-the-receiver/+"x',
    'JSON twice': JSON.stringify(JSON.stringify(secret)).slice(1, -1),
    'a URL': encodeURIComponent(secret),
    'a form': encodeURIComponent(secret).replaceAll('%20', '+'),
    'a URL twice': encodeURIComponent(encodeURIComponent(secret)),
    'every byte of a URL': inEvery.map((hex) => `%${hex}`).join(''),
    'digits with colons': inEvery.join(':'),
    JavaScript: inEvery.map((hex) => `\\x${hex}`).join(''),
    'Unicode escapes': inEvery.map((hex) => `\\u00${hex}`).join(''),
    HTML: secret.replaceAll('"', '&quot;').replaceAll('/', '&#x2F;').replaceAll('e', '&#101;'),
    'UTF-16': Buffer.from(secret, 'utf16le').toString().replaceAll('\0', '\ufffd'),
    'the login': 'me:pässword1',
    'the password': 'pässword1',
    'another script': '§§§§§',
  }
  for (const [name, text] of Object.entries(escapes)) {
    const shown = scrub(`before ${text} after`)
    assert.match(shown, /^before [%"\\]*\[hidden\][^0-9A-Za-z]* after$/, `${name}: ${shown}`)
  }
  for (const offset of ['', 'x', 'xy']) {
    const shown = scrub(Buffer.from(`${offset}${secret}yz`).toString('base64url'))
    assert.match(shown, /^.{0,4}\[hidden\].{0,5}$/, 'at most the digits that other bytes share')
  }
  for (const text of ['', 'abc', 'The bearer of the letter received 100 %, &c.', 'x'.repeat(5_000)])
    assert.equal(scrub(text), text)
})

test('the beginning of a value at the end of a truncated response is hidden, too', () => {
  const scrub = scrubbing([value])
  assert.equal(scrub('authorization: Bearer of-the-re', true), 'authorization: [hidden]')
  assert.equal(scrub('authorization: Bearer of-the-re'), 'authorization: Bearer of-the-re')
  assert.equal(scrub('nothing of it', true), 'nothing of it')
})
