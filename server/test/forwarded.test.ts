import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { addressReader, type ForwardedHeader, type TrustedProxies } from '../src/lib/forwarded.ts'
import { startServer } from './harness.ts'
import { makePerson, signIn } from './people.ts'
import { sendRaw } from './raw-http.ts'
import { assertRefused } from './refusals.ts'

const limit = 5
const settings = { COMSERV_RATE_LIMIT_ANONYMOUS: String(limit), COMSERV_RATE_LIMIT_SIGN_IN: String(limit) }
const byList = await startServer({ env: { ...settings, COMSERV_TRUST_PROXY: '127.0.0.0/8, ::1' } })
const byForwarded = await startServer({
  env: { ...settings, COMSERV_TRUST_PROXY: '127.0.0.1', COMSERV_FORWARDED_HEADER: 'forwarded' },
})

/** The address that a server finds when `10.0.0.1` connects with this header. */
function found(
  proxies: TrustedProxies,
  header: ForwardedHeader,
  value: string | undefined,
  peer = '10.0.0.1',
) {
  const request = { socket: { remoteAddress: peer }, headers: { [header]: value } }
  return addressReader(proxies, header)(request as unknown as Parameters<ReturnType<typeof addressReader>>[0])
}

const spellings: [entry: string, address: string][] = [
  ['203.0.113.7', '203.0.113.7'],
  ['203.0.113.7:50001', '203.0.113.7'],
  ['"203.0.113.7:50001"', '203.0.113.7'],
  ['::ffff:203.0.113.7', '203.0.113.7'],
  ['::FFFF:cb00:7107', '203.0.113.7'],
  ['[::ffff:203.0.113.7]:443', '203.0.113.7'],
  ['2001:DB8:0:0::1', '2001:db8::1'],
  ['[2001:db8::1]', '2001:db8::1'],
  ['[2001:db8::1]:50001', '2001:db8::1'],
  ['"[2001:db8::1]:_port"', '2001:db8::1'],
  ['fe80::1%eth0', 'fe80::1'],
  ['[fe80::1%25eth0]:80', 'fe80::1'],
]

const noAddresses = [
  'unknown',
  '_hidden',
  '_SEVKISEK',
  'garbage',
  '999.1.1.1',
  '1.2.3',
  '1.2.3.4.5',
  '01.2.3.4',
  '0x7f000001',
  '2130706433',
  '1.2.3.4:port',
  '1.2.3.4:123456',
  '[2001:db8::1',
  '2001:db8::1]:80',
  '[1.2.3.4]x',
  'a"b',
  '"1.2.3.4',
  '-',
  'localhost',
  'x'.repeat(10_000),
]

describe('the address of a caller', () => {
  test('is read however a proxy spells it, in either header', () => {
    for (const [entry, address] of spellings) {
      assert.equal(found(1, 'x-forwarded-for', entry), address, entry)
      assert.equal(found(1, 'x-forwarded-for', `spoofed, 1.1.1.1 ,, ${entry}, ,`), address, entry)
      const node = entry.startsWith('"') ? entry : `"${entry}"`
      assert.equal(found(1, 'forwarded', `for=${node}`), address, entry)
      assert.equal(found(1, 'forwarded', `for=1.1.1.1, by=_us;FOR = ${node} ;proto=https`), address, entry)
    }
  })

  test('is that of the connection where a trusted proxy names none', () => {
    for (const entry of noAddresses) {
      assert.equal(found(1, 'x-forwarded-for', `1.1.1.1, ${entry}`), '10.0.0.1', entry)
      assert.equal(found(1, 'forwarded', `for=1.1.1.1, for=${entry}`), '10.0.0.1', entry)
      assert.equal(found(true, 'x-forwarded-for', `1.1.1.1, ${entry}, 192.0.2.4`), '192.0.2.4', entry)
    }
    for (const value of [undefined, '', ',', ' , ,', ','.repeat(16_000)]) {
      assert.equal(found(true, 'x-forwarded-for', value), '10.0.0.1')
      assert.equal(found(true, 'forwarded', value), '10.0.0.1')
    }
    for (const value of [
      'proto=https',
      'for=',
      'for=1.1.1.1;for=1.1.1.2',
      'for="1.1.1.1',
      'for 1.1.1.1',
      '=',
    ])
      assert.equal(found(true, 'forwarded', value), '10.0.0.1', value)
  })

  test('is found from the end of the header, past trusted hops alone', () => {
    const way = '1.1.1.1, 203.0.113.7, 10.0.0.3, 10.0.0.2'
    const asForwarded = way.replaceAll(/[^, ]+/g, 'for=$&')
    for (const [proxies, address] of [
      [false, '10.0.0.1'],
      [0, '10.0.0.1'],
      [1, '10.0.0.2'],
      [2, '10.0.0.3'],
      [3, '203.0.113.7'],
      [9, '1.1.1.1'],
      [true, '1.1.1.1'],
      [['10.0.0.0/8'], '203.0.113.7'],
      [['::ffff:10.0.0.0/104'], '203.0.113.7'],
      [['10.0.0.1', '10.0.0.2'], '10.0.0.3'],
      [['192.168.0.0/16'], '10.0.0.1'],
    ] as const) {
      assert.equal(found(proxies, 'x-forwarded-for', way), address, String(proxies))
      assert.equal(found(proxies, 'forwarded', asForwarded), address, String(proxies))
    }
    assert.equal(found(['10.0.0.1'], 'x-forwarded-for', '203.0.113.7', '::ffff:10.0.0.1'), '203.0.113.7')
    assert.equal(found(['fe80::/10'], 'x-forwarded-for', '203.0.113.7', 'fe80::1%eth0'), '203.0.113.7')
    assert.equal(found(true, 'x-forwarded-for', '203.0.113.7', ''), '203.0.113.7')
  })

  test('a quote that a caller leaves open swallows no entry of a proxy', () => {
    for (const start of ['for="', 'for="1.1.1.1', 'for="\\"', '"', 'a="b", for="'])
      assert.equal(found(1, 'forwarded', `${start}, for="[2001:db8::7]:80"`), '2001:db8::7', start)
    assert.equal(found(1, 'forwarded', 'for=1.1.1.1, for="203.0.113.7, for=1.1.1.2"'), '10.0.0.1')
  })
})

const from = (address: string) => ({ 'x-forwarded-for': address })

test('all limits count one caller, whatever port or name the proxy writes', async () => {
  const calls: ((headers: Record<string, string>, i: number) => Promise<{ status: number }>)[] = [
    (headers) => byList.call('GET', '/api/v1/users', { headers }),
    (headers, i) =>
      byList.call('POST', '/api/v1/session', { headers, json: { username: `name-${i}`, password: 'wrong' } }),
    (headers) =>
      byList.call('POST', '/api/v1/oauth/token', {
        headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
        body: 'grant_type=client_credentials&client_id=x&client_secret=y',
      }),
  ]
  for (const call of calls) {
    for (const entries of [Array.from({ length: 8 }, (_, i) => `198.51.100.7:5000${i}`), noAddresses]) {
      byList.clock.advance(60_000)
      const statuses: number[] = []
      for (const [i, entry] of entries.slice(0, 8).entries())
        statuses.push((await call(from(entry), i)).status)
      assert.deepEqual(statuses.slice(limit), [429, 429, 429])
      assert.ok(!statuses.slice(0, limit).includes(429))
    }
  }
})

test('only the header that was chosen is read', async () => {
  for (const [server, chosen, other] of [
    [byList, from('198.51.100.20'), { forwarded: 'for=198.51.100.21' }],
    [byForwarded, { forwarded: 'for="198.51.100.20:80"' }, from('198.51.100.21')],
  ] as const) {
    server.clock.advance(60_000)
    const { secret: key } = await server.credential('read', { allowed_ips: ['198.51.100.20'] })
    const call = (headers: Record<string, string>) => server.call('GET', '/api/v1/users', { key, headers })
    assert.equal((await call({ ...chosen, ...other })).status, 200)
    assertRefused(await call(other), 401, /^The credential may not be used from the address 127\.0\.0\.1\.$/)
  }
})

test('two headers count as one list', async () => {
  const { secret: key } = await byList.credential('read', { allowed_ips: ['198.51.100.30'] })
  const answer = await sendRaw(
    byList.url,
    `GET /api/v1/users HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-API-Key: ${key}\r\nX-Forwarded-For: 203.0.113.1\r\nX-Forwarded-For: 198.51.100.30:9\r\n\r\n`,
  )
  assert.equal(answer.status, 200, answer.text)
})

test('sessions, the audit log, the use of a credential and the log show the same address', async () => {
  byList.clock.advance(60_000)
  const headers = from('[2001:DB8:0::9]:443')
  const person = await signIn(byList, await makePerson(byList, 'admin'), undefined, headers)
  const { body, text } = await person.call('GET', '/api/v1/me/sessions', { headers })
  assert.ok(body.data, text)
  assert.equal(body.data[0].ip, '2001:db8::9')
  const made = await person.call('POST', '/api/v1/documents', { headers, json: { title: 'From elsewhere' } })
  assert.equal(made.status, 201)
  const { body: log } = await person.call('GET', '/api/v1/audit-log?action=document.create')
  assert.equal(log.data[0].ip, '2001:db8::9')
  const { secret: key, id } = await byList.credential('read')
  await byList.call('GET', '/api/v1/users', { key, headers })
  await byList.context.usage.flush()
  assert.equal((await person.call('GET', `/api/v1/credentials/${id}`)).body.last_used_ip, '2001:db8::9')
  assert.equal(byList.logged.findLast(({ path }) => path === '/api/v1/users').ip, '2001:db8::9')
})
