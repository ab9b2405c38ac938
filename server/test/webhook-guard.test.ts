import assert from 'node:assert/strict'
import type { LookupAddress } from 'node:dns'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { createGuard, type Guard } from '../src/sending/guard.ts'
import { systemResolve } from '../src/sending/resolve.ts'
import { startDnsServer } from './dns-server.ts'

const resolve = async () => ['93.184.215.14']
const guard = createGuard({ allowHttp: false, allowedRanges: [], resolve })

const publicAddresses = ['93.184.215.14', '1.1.1.1', '172.15.255.255', '172.32.0.0', '100.63.255.255']
  .concat(['100.128.0.0', '169.253.0.1', '192.167.0.1', '198.17.255.255', '198.20.0.0', '223.255.255.255'])
  .concat(['2606:4700:4700::1111', '2a00:1450:4001:80b::200e', '2001:4860:4860::8888', '2001:200::1'])

const blockedAddresses: Readonly<Record<string, readonly string[]>> = {
  'this network': ['0.0.0.0', '0.1.2.3'],
  loopback: ['127.0.0.1', '127.255.255.254', '::1', '::'],
  private: ['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1'],
  'shared by a carrier': ['100.64.0.1', '100.127.255.255', '100.100.100.200'],
  'link-local and metadata': ['169.254.169.254', '169.254.170.2', 'fe80::1', 'fe80::1%eth0', '168.63.129.16'],
  'unique and site local': ['fd00:ec2::254', 'fd20:ce::254', 'fc00::1', 'fec0::1'],
  'protocol assignments': ['192.0.0.1', '192.0.0.192', '2001:1::1', '192.88.99.1'],
  documentation: ['192.0.2.1', '198.51.100.1', '203.0.113.1', '2001:db8::1', '3fff::1', '3fff:fff::1'],
  benchmarks: ['198.18.0.1', '198.19.255.255', '2001:2::1'],
  'multicast, reserved, broadcast': [
    '224.0.0.1',
    '239.255.255.255',
    '240.0.0.1',
    '255.255.255.255',
    'ff02::1',
  ],
  mapped: ['::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:8.8.8.8', '0:0:0:0:0:FFFF:10.0.0.1'],
  compatible: ['::127.0.0.1', '::8.8.8.8', '::ffff:0:127.0.0.1'],
  'NAT64, 6to4, Teredo': [
    '64:ff9b::7f00:1',
    '64:ff9b::808:808',
    '64:ff9b:1::1',
    '2002:7f00:1::',
    '2001:0::1',
  ],
  'discard, overlay, not handed out': ['100::1', '2001:10::1', '2001:20::1', '5f00::1', '4000::1'],
  'no address': ['', 'localhost', '1.2.3', '1.2.3.4.5', '1.2.3.4/8', 'fe80', '0x7f000001', '[::1]'],
}

test('an address of the inside is blocked, a public one is not', () => {
  for (const address of publicAddresses) assert.equal(guard.isBlocked(address), false, address)
  for (const [what, addresses] of Object.entries(blockedAddresses)) {
    for (const address of addresses) assert.equal(guard.isBlocked(address), true, `${what}: ${address}`)
  }
})

test('an address of the inside is refused in every spelling that stands for it', async () => {
  for (const host of [
    ...['127.0.0.1', '0x7f000001', '0X7F.1', '2130706433', '017700000001', '0177.0.0.1', '127.1', '127.0.1'],
    ...['①②⑦.0.0.1', '127。0。0。1', '127.0.0.1.', '%31%32%37.0.0.1', '0x7f.0.0.0x1', '0', '0.0.0.0'],
    ...[
      'localhost',
      'localhost.',
      'LOCALHOST',
      'a.b.localhost',
      '%6c%6f%63%61lhost',
      'ⓛⓞⓒⓐⓛⓗⓞⓢⓣ',
      'lo\u00adcalhost',
    ],
    ...['169.254.169.254', '0xa9fea9fe', '2852039166', '169.254.43518', '0251.0376.0251.0376'],
    ...['[::1]', '[::]', '[0:0:0:0:0:0:0:1]', '[::ffff:7f00:1]', '[::ffff:127.0.0.1]', '[::127.0.0.1]'],
    ...['[64:ff9b::7f00:1]', '[64:ff9b::169.254.169.254]', '[2002:7f00:1::]', '[fd00:ec2::254]', '[FE80::1]'],
    ...[
      '[fe80::1%25eth0]',
      '[fe80::1%eth0]',
      '[::1',
      '127.0.0.1.nowhere..256',
      '1.2.3.4.5',
      '256.256.256.256',
    ],
    ...['127.0.0.1:443', '127.0.0.1:80', 'localhost:8443', '[::1]:443'],
  ]) {
    assert.ok(await guard.check(`https://${host}/hook`), host)
  }
})

test('a public destination passes', async () => {
  for (const url of [
    'https://example.com',
    'https://example.com:8443/hook?key=a%20b',
    'HTTPS://EXAMPLE.COM/',
    'https://bücher.example/日本',
    'https://example.com./',
    'https://1.1.1.1/',
    'https://[2606:4700:4700::1111]:8443/',
    `https://example.com/${'a'.repeat(2_048 - 'https://example.com/'.length)}`,
  ]) {
    assert.equal(await guard.check(url), undefined, url)
  }
})

test('a URL that is no destination is refused with the reason', async () => {
  for (const [url, reason] of [
    ['', /not a URL/],
    ['example.com', /not a URL/],
    ['//example.com', /not a URL/],
    ['https://', /not a URL/],
    ['https://exa mple.com', /not a URL/],
    ['https://example.com:65536', /not a URL/],
    ['https://localhost%00.example.com', /not a URL/],
    [
      'http://example.com',
      /must begin with https:\/\/\. .* COMSERV_WEBHOOK_ALLOW_HTTP=true in the environment .* \.env file/,
    ],
    // No setting opens these.
    ['ftp://example.com', /must begin with https:\/\/\.$/],
    ['file:///etc/passwd', /must begin with https:\/\/\.$/],
    ['javascript:alert(1)', /must begin with https:\/\/\.$/],
    ...[
      '169.254.169.254',
      '0.0.0.0',
      '255.255.255.255',
      '[::]',
      '[fe80::1]',
      '[ff02::1]',
      '[64:ff9b::7f00:1]',
    ].map((host): [string, RegExp] => [
      `https://${host}/`,
      /reserved for the network itself.* address of the receiver\.$/,
    ]),
    ['https://10.1.2.3/', /COMSERV_WEBHOOK_ALLOWED_CIDRS=10\.1\.2\.3 /],
    ['https:example.com', /must begin/],
    ['https:/example.com', /must begin/],
    ['https://user@example.com', /user name or password/],
    ['https://:password@example.com', /user name or password/],
    ['https://example.com@127.0.0.1', /user name or password/],
    ['https://example.com/#top', /fragment/],
    ['https://example.com/#', /fragment/],
    [' https://example.com', /spaces/],
    ['https://example.com/a b', /spaces/],
    ['https://exam\nple.com', /spaces/],
    ['https:\\\\example.com', /backslashes/],
    [`https://example.com/${'a'.repeat(2_048)}`, /at most 2,048/],
  ] as const) {
    assert.match((await guard.check(url)) ?? '', reason, JSON.stringify(url))
  }
})

test('http is accepted where it is allowed, and to public addresses only', async () => {
  const lenient = createGuard({ allowHttp: true, allowedRanges: [], resolve })
  assert.equal(await lenient.check('http://example.com'), undefined)
  assert.equal(await lenient.check('https://example.com'), undefined)
  assert.match((await lenient.check('http://127.0.0.1')) ?? '', /private or reserved/)
  assert.match((await lenient.check('ftp://example.com')) ?? '', /https:\/\/ or http:\/\//)
})

test('a refusal names every setting that would allow the URL, and where it is written', async () => {
  const inside = createGuard({ allowHttp: false, allowedRanges: [], resolve: async () => ['10.9.8.7'] })
  const lenient = createGuard({ allowHttp: true, allowedRanges: [], resolve })
  for (const [at, url, value] of [
    [guard, 'http://127.0.0.1:8080/hook', '127.0.0.1'],
    [guard, 'https://127.0.0.1:8080/hook', '127.0.0.1'],
    [guard, 'http://127.1/', '127.0.0.1'],
    [guard, 'http://2130706433/', '127.0.0.1'],
    [guard, 'http://localhost/', '127.0.0.1'],
    [guard, 'https://a.localhost./', '127.0.0.1'],
    [guard, 'http://[::1]/', '::1'],
    [guard, 'http://[::ffff:127.0.0.1]/', '127.0.0.1'],
    [lenient, 'http://10.1.2.3/', '10.1.2.3'],
    [inside, 'http://intranet.example/', undefined],
    [inside, 'https://intranet.example/', undefined],
  ] as const) {
    const reason = (await at.check(url)) ?? ''
    assert.match(reason, /COMSERV_WEBHOOK_ALLOW_HTTP=true/, url)
    assert.match(reason, /environment of the server or in its \.env file.*\/docs\/configuration/, url)
    const named = /COMSERV_WEBHOOK_ALLOWED_CIDRS=?(\S*)/.exec(reason)?.[1]
    assert.equal(named, value ?? '', reason)
    if (value !== undefined) {
      const open = createGuard({ allowHttp: true, allowedRanges: [value], resolve })
      assert.equal(await open.check(url), undefined, `${url} with what the refusal names`)
    }
  }
  const outside = (await guard.check('http://example.com/')) ?? ''
  assert.match(outside, /COMSERV_WEBHOOK_ALLOW_HTTP=true/)
  assert.doesNotMatch(outside, /COMSERV_WEBHOOK_ALLOWED_CIDRS/)
})

test('an open loopback takes its addresses and names over http, and nothing else', async () => {
  const local = createGuard({
    allowHttp: false,
    allowedRanges: [],
    opensLoopback: true,
    resolve: async () => ['127.0.0.1'],
  })
  for (const url of [
    'http://127.0.0.1:8080/hook',
    'http://127.1/',
    'http://localhost:8080/hook',
    'http://app.localhost/',
    'http://[::1]:8080/hook',
    'http://[::ffff:127.0.0.1]/',
    'https://127.0.0.1/',
  ]) {
    assert.equal(await local.check(url), undefined, url)
    assert.equal(local.vet(url).kind, 'fine', url)
  }
  assert.deepEqual(await lookedUp(local, 'localhost'), [
    { address: '127.0.0.1', family: 4 },
    { address: '::1', family: 6 },
  ])
  for (const url of ['http://10.0.0.1/', 'http://example.com/'])
    assert.match((await local.check(url)) ?? '', /COMSERV_WEBHOOK_ALLOW/, url)
  for (const url of ['http://0.0.0.0/', 'https://169.254.169.254/'])
    assert.match((await local.check(url)) ?? '', /reserved for the network itself/, url)
  // Somebody else decides where such a name leads.
  assert.match((await local.check('https://rebind.example/')) ?? '', /private or reserved/)
  assert.equal(codeOf(await lookedUp(local, 'rebind.example')), 'EBLOCKED')
})

test('an allowed range is open, in its mapped form too, and nothing beside it', async () => {
  const open = createGuard({
    allowHttp: false,
    allowedRanges: ['10.1.0.0/16', 'fd00:1::/32', '127.0.0.1'],
    resolve,
  })
  for (const address of [
    '10.1.2.3',
    '::ffff:10.1.2.3',
    '::ffff:a01:203',
    'fd00:1::5',
    '127.0.0.1',
    '1.1.1.1',
  ])
    assert.equal(open.isBlocked(address), false, address)
  for (const address of ['10.2.0.1', '::ffff:10.2.0.1', 'fd00:2::5', '127.0.0.2', '::1', '64:ff9b::a01:203'])
    assert.equal(open.isBlocked(address), true, address)
  assert.equal(await open.check('https://10.1.2.3/'), undefined)
  assert.equal(await open.check('https://[::ffff:10.1.2.3]/'), undefined)
  // The loopback's names serve with the one of its addresses that is allowed.
  assert.equal(await open.check('https://localhost/'), undefined)
  assert.deepEqual(await lookedUp(open, 'localhost'), [{ address: '127.0.0.1', family: 4 }])

  const allOfIPv6 = createGuard({ allowHttp: false, allowedRanges: ['::/0'], resolve })
  assert.equal(allOfIPv6.isBlocked('::1'), false)
  assert.equal(allOfIPv6.isBlocked('10.0.0.1'), true)
  const allOfIPv4 = createGuard({ allowHttp: false, allowedRanges: ['0.0.0.0/0'], resolve })
  assert.equal(allOfIPv4.isBlocked('10.0.0.1'), false)
  assert.equal(allOfIPv4.isBlocked('fd00::1'), true)
})

test('a name that leads inside is refused without a word on where it leads', async () => {
  const inside = createGuard({ allowHttp: false, allowedRanges: [], resolve: async () => ['10.9.8.7'] })
  const reason = await inside.check('https://intranet.example/')
  assert.match(reason ?? '', /private or reserved/)
  assert.doesNotMatch(reason ?? '', /10\.9/)
  const failure = await lookedUp(inside, 'intranet.example')
  assert.ok(failure instanceof Error)
  assert.doesNotMatch(failure.message, /10\.9/)
  const unencrypted = await inside.check('http://intranet.example/')
  assert.equal(unencrypted, reason)
})

test('a name that nobody knows at the moment is accepted, and no connection is made to it', async () => {
  const broken = async () => {
    throw new Error('no server answers')
  }
  for (const resolve of [broken, async () => []]) {
    const unsure = createGuard({ allowHttp: false, allowedRanges: [], resolve })
    assert.equal(await unsure.check('https://later.example/'), undefined)
    assert.equal(codeOf(await lookedUp(unsure, 'later.example')), 'EUNRESOLVED')
  }
})

test('a name that answers another address the next time is found out before the connection', async () => {
  const answers = [['93.184.215.14'], ['127.0.0.1']]
  let asked = 0
  const dns = await startDnsServer(({ type }) => (type === 'A' ? (answers[asked++] ?? []) : []))
  after(dns.stop)
  const rebound = guardAsking(dns.address)
  assert.equal(await rebound.check('https://rebind.example/'), undefined)
  assert.equal(codeOf(await lookedUp(rebound, 'rebind.example')), 'EBLOCKED')
  assert.equal(asked, 2)
})

test('a name that answers one blocked address among public ones is refused as a whole', async () => {
  const dns = await startDnsServer(({ name }) => {
    if (name === 'both-v4.example') return ['93.184.215.14', '192.168.0.1']
    if (name === 'private-v6.example') return ['93.184.215.14', 'fd00::1']
    if (name === 'mapped.example') return ['93.184.215.14', '::ffff:7f00:1']
    return ['93.184.215.14', '2606:4700:4700::1111']
  })
  after(dns.stop)
  const asking = guardAsking(dns.address)
  for (const name of ['both-v4.example', 'private-v6.example', 'mapped.example']) {
    assert.match((await asking.check(`https://${name}/`)) ?? '', /private or reserved/, name)
    assert.equal(codeOf(await lookedUp(asking, name)), 'EBLOCKED', name)
  }
  assert.equal(await asking.check('https://public.example/'), undefined)
  assert.deepEqual(await lookedUp(asking, 'public.example'), [
    { address: '93.184.215.14', family: 4 },
    { address: '2606:4700:4700::1111', family: 6 },
  ])
})

test('the lookup gives one address or all, of the family that is asked for', async () => {
  const both = async () => ['93.184.215.14', '2606:4700:4700::1111']
  const dual = createGuard({ allowHttp: false, allowedRanges: [], resolve: both })
  const one = (family: 0 | 4 | 6) =>
    new Promise((done) => dual.lookup('dual.example', { family }, (_, address, is) => done([address, is])))
  assert.deepEqual(await one(0), ['93.184.215.14', 4])
  assert.deepEqual(await one(4), ['93.184.215.14', 4])
  assert.deepEqual(await one(6), ['2606:4700:4700::1111', 6])
  const only = createGuard({ allowHttp: false, allowedRanges: [], resolve })
  assert.equal(codeOf(await lookedUp(only, 'v4.example', 6)), 'EUNRESOLVED')
})

test('a connection through the lookup fails with its error', async () => {
  const inside = createGuard({ allowHttp: false, allowedRanges: [], resolve: async () => ['127.0.0.1'] })
  const socket = connect({ host: 'inside.example', port: 1, lookup: inside.lookup })
  const error = await new Promise((done) => socket.on('error', done))
  assert.equal(codeOf(error), 'EBLOCKED')
})

test('a name that no DNS server knows is left to the system', async () => {
  const dns = await startDnsServer(() => 'unknown')
  after(dns.stop)
  const withoutFile = systemResolve({ servers: [dns.address], hostsPath: '/nowhere/hosts' })
  assert.ok((await withoutFile('localhost')).includes('127.0.0.1'))
  assert.ok(dns.questions.length >= 2)
})

test('a DNS server that is silent ends in a failure, without a thread that waits for it', async () => {
  const dns = await startDnsServer(() => 'silence')
  after(dns.stop)
  // The system would know this name: it is not asked after a time-out.
  await assert.rejects(systemResolve({ servers: [dns.address], hostsPath: '/nowhere/hosts' })('localhost'))
})

test('the hosts file comes before DNS, and is read again when it has changed', async () => {
  const dns = await startDnsServer(({ name }) => (name === 'other.example' ? ['93.184.215.14'] : 'silence'))
  const folder = mkdtempSync(join(tmpdir(), 'comserv-hosts-'))
  after(() => Promise.all([dns.stop(), rmSync(folder, { recursive: true })]))
  const hostsPath = join(folder, 'hosts')
  const lines = [
    '# a comment: 10.9.9.9 receiver.example',
    '2606:4700:4700::1111\treceiver.example # and one behind it',
    '  1.1.1.1  first.example Receiver.Example receiver.example.',
    '1.1.1.1 receiver.example',
    'nonsense other.example',
    '10.0.0.1 inside.example\r',
  ]
  writeFileSync(hostsPath, lines.join('\n'))
  const resolve = systemResolve({ servers: [dns.address], hostsPath })
  for (const name of ['receiver.example', 'RECEIVER.example', 'receiver.example.'])
    assert.deepEqual(await resolve(name), ['1.1.1.1', '2606:4700:4700::1111'], name)
  assert.deepEqual(await resolve('other.example'), ['93.184.215.14'])
  assert.deepEqual(await resolve('inside.example'), ['10.0.0.1'])
  assert.ok(dns.questions.every(({ name }) => name === 'other.example'))

  writeFileSync(hostsPath, '9.9.9.9 receiver.example')
  assert.deepEqual(await resolve('receiver.example'), ['9.9.9.9'])
})

test('a name in the hosts file passes the guard by its addresses alone', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'comserv-hosts-'))
  after(() => rmSync(folder, { recursive: true }))
  const hostsPath = join(folder, 'hosts')
  writeFileSync(
    hostsPath,
    '10.1.0.7 inside.example\n1.1.1.1 mixed.example\nfe80::1%eth0 mixed.example\n1.1.1.1 outside.example',
  )
  const resolve = systemResolve({ hostsPath })
  const strict = createGuard({ allowHttp: false, allowedRanges: [], resolve })
  const open = createGuard({ allowHttp: false, allowedRanges: ['10.1.0.7'], resolve })
  assert.match((await strict.check('https://inside.example/')) ?? '', /private or reserved/)
  assert.match((await open.check('https://mixed.example/')) ?? '', /private or reserved/)
  assert.equal(codeOf(await lookedUp(strict, 'inside.example')), 'EBLOCKED')
  assert.deepEqual(await lookedUp(open, 'inside.example'), [{ address: '10.1.0.7', family: 4 }])
  assert.deepEqual(await lookedUp(strict, 'outside.example'), [{ address: '1.1.1.1', family: 4 }])
})

test('an answer for one family is enough when nobody answers for the other', async () => {
  const dns = await startDnsServer(({ type }) => (type === 'A' ? ['93.184.215.14'] : 'silence'))
  after(dns.stop)
  assert.deepEqual(await systemResolve({ servers: [dns.address] })('half.example'), ['93.184.215.14'])
})

function guardAsking(server: string): Guard {
  return createGuard({ allowHttp: false, allowedRanges: [], resolve: systemResolve({ servers: [server] }) })
}

function lookedUp(guard: Guard, host: string, family: 0 | 4 | 6 = 0): Promise<LookupAddress[] | Error> {
  return new Promise((done) =>
    guard.lookup(host, { all: true, family }, (error, addresses) =>
      done(error ?? (addresses as LookupAddress[])),
    ),
  )
}

function codeOf(failure: unknown): string | undefined {
  return failure instanceof Error && 'code' in failure ? String(failure.code) : undefined
}
