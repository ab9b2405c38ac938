import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { decideConfig } from '../src/config/decide.ts'
import { readExceptions } from '../src/config/proxy.ts'
import { createExchange } from '../src/sending/exchange.ts'
import { createGuard } from '../src/sending/guard.ts'
import { issueCertificate } from './certificate.ts'
import { answered, body, reasonOf } from './exchanges.ts'
import { startProxy } from './proxy-server.ts'
import { answerOk, startBlackhole, startRawReceiver, startTlsReceiver } from './raw-receiver.ts'
import { until } from './until.ts'

const authority = issueCertificate({ subject: 'Private Authority', isAuthority: true })
const folder = mkdtempSync(join(tmpdir(), 'comserv-ca-'))
const caFile = join(folder, 'ca.pem')
writeFileSync(caFile, `Private Authority\n${authority.cert}`)
after(() => rmSync(folder, { recursive: true }))

const host = 'receiver.example'
const secure = await startTlsReceiver(issueCertificate({ names: [host], issuer: authority }))
const plain = await startRawReceiver((socket) => answerOk(socket))

const unknown = async (name: string): Promise<string[]> => {
  if (name === 'inside.example') return ['10.0.0.1']
  if (name === 'proxy.example') return ['127.0.0.1']
  throw new Error('no such name')
}

/** As the product sends with these settings; nothing but the proxy resolves the names of receivers. */
function exchangeUnder(env: Record<string, string>, resolve = unknown, connectTimeoutMs?: number) {
  const { webhooks } = decideConfig({
    COMSERV_PUBLIC_URL: 'https://comserv.example.org',
    COMSERV_WEBHOOK_CA_FILE: caFile,
    COMSERV_WEBHOOK_ALLOW_HTTP: 'true',
    ...env,
  })
  const guard = createGuard({ ...webhooks, resolve })
  const exchange = createExchange({
    guard,
    resolve,
    ...webhooks,
    ...(connectTimeoutMs ? { connectTimeoutMs } : {}),
  })
  after(exchange.close)
  return { guard, post: (url: string) => exchange.post(url, {}, body), close: exchange.close }
}

const secureUrl = `https://${host}:${secure.port}/hook`
const plainUrl = `http://${host}:${plain.port}/hook?a=b`

test('https goes through a tunnel and http by its whole URL, over connections that are kept', async () => {
  const proxy = await startProxy()
  const { post } = exchangeUnder({ COMSERV_WEBHOOK_PROXY: proxy.url })
  for (let i = 0; i < 3; i++) {
    assert.equal(answered(await post(secureUrl)).body, 'secure')
    assert.equal(answered(await post(plainUrl)).body, 'ok')
  }
  assert.deepEqual(proxy.asked, [`CONNECT ${host}:${secure.port}`, ...Array(3).fill(`POST ${plainUrl}`)])
  assert.equal(proxy.sockets.length, 2)
  assert.match(plain.requests.at(-1) ?? '', /^POST \/hook\?a=b HTTP\/1.1\r\n/)
  assert.match((plain.requests.at(-1) ?? '').toLowerCase(), new RegExp(`host: ${host}:${plain.port}\r\n`))
  // A dot at the end is for DNS alone.
  assert.equal(answered(await post(`https://${host}.:${secure.port}/`)).body, 'secure')
  assert.equal(proxy.asked.at(-1), `CONNECT ${host}:${secure.port}`)
})

test('a proxy with TLS, by name, with a user name and a password', async () => {
  const certificate = issueCertificate({ names: ['proxy.example'], issuer: authority })
  const proxy = await startProxy({ certificate, login: 'hooks:p@ss:w/rd' })
  const { post } = exchangeUnder({
    COMSERV_WEBHOOK_PROXY: `https://hooks:p%40ss%3Aw%2Frd@proxy.example:${proxy.port}`,
  })
  assert.equal(answered(await post(secureUrl)).body, 'secure')
  assert.equal(answered(await post(plainUrl)).body, 'ok')
  assert.ok(
    !plain.requests.some((request) => /proxy-auth/i.test(request)),
    'receivers do not see the password',
  )
})

test('what goes wrong at the proxy is told apart', async () => {
  const unreachable = await startProxy()
  await unreachable.stop()
  const dropping = await startRawReceiver((socket) => socket.destroy())
  const babbling = await startRawReceiver((socket) => socket.write('220 mail.example ESMTP\r\n\r\n'))
  const untrusted = await startProxy({ certificate: issueCertificate({ names: ['127.0.0.1'] }) })
  for (const [url, reason, plainReason] of [
    [unreachable.url, 'proxy_unreachable', 'proxy_unreachable'],
    [`http://unknown.example:3128`, 'proxy_unreachable', 'proxy_unreachable'],
    [`http://127.0.0.1:${dropping.port}`, 'proxy_unreachable', 'reset'],
    [`http://127.0.0.1:${babbling.port}`, 'proxy_failed', 'protocol'],
    [untrusted.url, 'proxy_unreachable', 'proxy_unreachable'],
    [(await startProxy({ login: 'a:b' })).url, 'proxy_auth', 'proxy_auth'],
    [(await startProxy({ refusal: 403 })).url, 'proxy_refused', 'answered 403'],
    [(await startProxy({ refusal: 502 })).url, 'proxy_failed', 'answered 502'],
    [(await startProxy({ refusal: 504 })).url, 'proxy_failed', 'answered 504'],
  ] as const) {
    const { post } = exchangeUnder({ COMSERV_WEBHOOK_PROXY: url })
    assert.equal(reasonOf(await post(secureUrl)), reason, url)
    assert.equal(reasonOf(await post(plainUrl)), plainReason, url)
  }
})

test('TLS with the receiver is verified through the tunnel', async () => {
  const proxy = await startProxy()
  const { post } = exchangeUnder({ COMSERV_WEBHOOK_PROXY: proxy.url })
  assert.equal(reasonOf(await post(`https://other.example:${secure.port}/`)), 'tls_name')
  const stranger = await startTlsReceiver(issueCertificate({ names: [host] }))
  assert.equal(reasonOf(await post(`https://${host}:${stranger.port}/`)), 'tls_authority')
})

test('every wait for a proxy ends, and leaves no connection behind', async () => {
  const blackhole = await startBlackhole()
  after(blackhole.stop)
  const silent = await startRawReceiver(() => {})
  const unreachable = exchangeUnder(
    { COMSERV_WEBHOOK_PROXY: `http://127.0.0.1:${blackhole.port}` },
    unknown,
    400,
  )
  assert.equal(reasonOf(await unreachable.post(secureUrl)), 'proxy_unreachable')
  const { post } = exchangeUnder({ COMSERV_WEBHOOK_PROXY: `http://127.0.0.1:${silent.port}` }, unknown, 400)
  assert.equal(reasonOf(await post(secureUrl)), 'proxy_timeout')
  await until(
    'the connection to be dropped',
    () => silent.sockets.every(({ destroyed }) => destroyed) || undefined,
  )

  const closing = exchangeUnder({ COMSERV_WEBHOOK_PROXY: `http://127.0.0.1:${silent.port}` })
  const running = closing.post(secureUrl)
  await until('the request for a tunnel', () => silent.requests.length === 2 || undefined)
  closing.close()
  assert.equal(reasonOf(await running), 'interrupted')
  await until(
    'the connection to be dropped',
    () => silent.sockets.every(({ destroyed }) => destroyed) || undefined,
  )
})

test('the guard decides before the proxy hears of a destination', async () => {
  const proxy = await startProxy()
  const { post, guard } = exchangeUnder({ COMSERV_WEBHOOK_PROXY: proxy.url })
  for (const [inside, reason] of [
    ['127.0.0.1', 'blocked'],
    ['169.254.169.254', 'blocked'],
    ['[::1]', 'blocked'],
    ['2130706433', 'blocked'],
    ['localhost', 'blocked'],
    ['a.localhost.', 'blocked'],
    ['inside.example', 'blocked'],
    // Unknown here, and no public DNS has them.
    ['router', 'dns'],
    ['metadata.google.internal', 'dns'],
    ['printer.local', 'dns'],
  ] as const)
    for (const scheme of ['http', 'https'])
      assert.equal(
        reasonOf(await post(`${scheme}://${inside}:${plain.port}/`)),
        reason,
        `${scheme} ${inside}`,
      )
  assert.deepEqual(proxy.asked, [])
  assert.match((await guard.check('https://inside.example/')) ?? '', /private or reserved/)

  const allowed = exchangeUnder({
    COMSERV_WEBHOOK_PROXY: proxy.url,
    COMSERV_WEBHOOK_ALLOWED_CIDRS: '127.0.0.0/8',
  })
  assert.equal(answered(await allowed.post(`http://127.0.0.1:${plain.port}/`)).body, 'ok')
  assert.deepEqual(proxy.asked, [], 'a receiver on this machine is not that of the proxy')
})

test('the proxy of every program is used unless ours is set, with its exceptions', async () => {
  const [own, others] = [await startProxy(), await startProxy()]
  const resolve = async () => ['127.0.0.1']
  const open = { COMSERV_WEBHOOK_ALLOWED_CIDRS: '127.0.0.0/8' }
  const askedUnder = async (env: Record<string, string>, urls: readonly string[]) => {
    own.asked.length = 0
    others.asked.length = 0
    const { post } = exchangeUnder({ ...open, ...env }, resolve)
    for (const url of urls) assert.equal(answered(await post(url)).status, 200, url)
    return [own.asked.length, others.asked.length]
  }
  const both = [secureUrl, plainUrl]
  const here = `http://127.0.0.1:${plain.port}/`
  for (const [expected, env, urls] of [
    [[0, 0], {}, both],
    [[0, 1], { HTTPS_PROXY: others.url }, both],
    [[0, 1], { http_proxy: others.url }, both],
    [[0, 1], { HTTPS_PROXY: 'http://127.0.0.1:1', https_proxy: others.url }, [secureUrl]],
    [[0, 2], { HTTPS_PROXY: others.url, HTTP_PROXY: `127.0.0.1:${others.port}` }, both],
    [
      [0, 0],
      { HTTPS_PROXY: others.url, HTTP_PROXY: others.url, NO_PROXY: 'a.example, receiver.example' },
      both,
    ],
    [[0, 0], { HTTPS_PROXY: others.url, no_proxy: '.example' }, [secureUrl]],
    [[0, 1], { HTTPS_PROXY: others.url, NO_PROXY: `ceiver.example,receiver.example:1` }, [secureUrl]],
    [[0, 0], { HTTP_PROXY: others.url, NO_PROXY: '*' }, both],
    [[0, 0], { HTTP_PROXY: others.url, NO_PROXY: '10.0.0.0/8 127.0.0.0/8' }, [here]],
    [[0, 0], { HTTP_PROXY: others.url }, [here]],
    [[0, 1], { HTTP_PROXY: others.url, NO_PROXY: '' }, [here]],
    [[2, 0], { COMSERV_WEBHOOK_PROXY: own.url, HTTPS_PROXY: others.url }, both],
    [[0, 0], { COMSERV_WEBHOOK_PROXY: own.url }, [here]],
    [[1, 0], { COMSERV_WEBHOOK_PROXY: own.url, NO_PROXY: '' }, [here]],
    [[1, 0], { COMSERV_WEBHOOK_PROXY: own.url, NO_PROXY: '10.0.0.0/8' }, [here]],
    [[0, 0], { COMSERV_WEBHOOK_PROXY: own.url, NO_PROXY: `127.0.0.1:${plain.port}` }, [here]],
    [[1, 0], { COMSERV_WEBHOOK_PROXY: own.url, NO_PROXY: `receiver.example:${plain.port}` }, both],
    [[0, 0], { COMSERV_WEBHOOK_PROXY: own.url, NO_PROXY: '*.example' }, both],
    [[0, 0], { COMSERV_WEBHOOK_PROXY: 'Off', HTTPS_PROXY: others.url, HTTP_PROXY: others.url }, both],
    [[0, 0], { COMSERV_WEBHOOK_PROXY: 'direct', HTTPS_PROXY: others.url, HTTP_PROXY: others.url }, both],
    [[0, 0], { COMSERV_WEBHOOK_PROXY: 'none', HTTPS_PROXY: others.url, HTTP_PROXY: others.url }, both],
  ] as const)
    assert.deepEqual(await askedUnder(env, urls), expected, JSON.stringify(env))
})

test('what is silent is told from the proxy that waits for it, and a proxy that hangs keeps within the time', async () => {
  // Tunnels to this port are never opened; the proxy responds to all others.
  const proxy = await startProxy({ silentTo: 1 })
  const { post } = exchangeUnder({ COMSERV_WEBHOOK_PROXY: proxy.url }, unknown, 1_500)
  const beganMs = performance.now()
  assert.equal(reasonOf(await post(`https://${host}:1/`)), 'proxy_timeout')
  assert.ok(performance.now() - beganMs < 1_500)
  const silent = post(`https://${host}:1/`)
  await until('the request for a tunnel', () => proxy.asked.length === 2 || undefined)
  assert.equal(answered(await post(secureUrl)).body, 'secure')
  assert.equal(reasonOf(await silent), 'connect_timeout')
})

test('the exceptions are read as other programs read them, and what is not understood is refused', () => {
  for (const [text, ...reached] of [
    ['example.org', 'example.org:443', 'a.example.org:443'],
    ['.example.org', 'example.org:443', 'a.example.org:443'],
    ['*.Example.ORG.', 'example.org:443', 'a.example.org:443'],
    ['example.org:8443', 'example.org:8443', 'a.example.org:8443'],
    ['bücher.example', 'xn--bcher-kva.example:443'],
    ['10.0.0.0/8, 2001:db8::/32', '10.1.2.3:443', '2001:db8::7:443'],
    ['10.1.2.3:8080', '10.1.2.3:8080'],
    ['[2001:db8::7]', '2001:db8::7:443', '2001:db8::7:1'],
    ['[2001:db8::7]:8080', '2001:db8::7:8080'],
    ['2001:db8::7', '2001:db8::7:443'],
    ['/var/run/docker.sock,example.org', 'example.org:443'],
    ['*', 'example.org:443', '10.1.2.3:80', 'a.example.org:443'],
    ['*:8080', 'example.org:8080'],
    [''],
  ] as const) {
    const { bypass, problem } = readExceptions(text)
    assert.equal(problem, undefined, text)
    const reaches = (target: string) => {
      const end = target.lastIndexOf(':')
      return bypass(target.slice(0, end), Number(target.slice(end + 1)))
    }
    for (const target of reached) assert.ok(reaches(target), `${text} ${target}`)
    if (!text.startsWith('*') || text.length > 6)
      for (const other of ['other.org:443', 'notexample.org:443', '192.0.2.1:443', '::1:443'])
        assert.ok(!reaches(other), `${text} ${other}`)
  }
  const problemsOf = (env: Record<string, string>) => {
    try {
      decideConfig(env)
      return ''
    } catch (error) {
      return (error as Error).message
    }
  }
  const used = { COMSERV_WEBHOOK_PROXY: 'http://proxy.example:3128' }
  for (const entry of [
    '10.0.0.0/33',
    '10.0.0.0/255.0.0.0',
    '10.0/8',
    '10.*',
    '10.0.0.300',
    'a.*.example',
    'example.org:0',
    'example.org:99999',
    'example.org:https',
    '[::1',
    '[::1]:',
    '[example.org]',
    'http://example.org',
    '..',
  ]) {
    const env = { NO_PROXY: `example.com,${entry}` }
    assert.match(problemsOf({ ...used, ...env }), /NO_PROXY: entry 2 .*is not understood: write names/, entry)
    assert.equal(problemsOf(env), '', 'it matters to webhooks only where there is a proxy')
  }
  assert.ok(!problemsOf({ ...used, NO_PROXY: 'http://user:hidden@proxy' }).includes('hidden'))
  assert.match(problemsOf({ ...used, NO_PROXY: 'a.example,*' }), /COMSERV_WEBHOOK_PROXY would never be used/)
  assert.equal(problemsOf({ HTTPS_PROXY: 'http://proxy.example:3128', NO_PROXY: '*' }), '')
})

test('a receiver on the same machine that needs no setting is not sought beside the proxy', async () => {
  const proxy = await startProxy()
  const env = { COMSERV_PUBLIC_URL: '', COMSERV_WEBHOOK_ALLOW_HTTP: '', COMSERV_WEBHOOK_PROXY: proxy.url }
  const { post } = exchangeUnder(env)
  assert.equal(answered(await post(`http://127.0.0.1:${plain.port}/`)).body, 'ok')
  assert.deepEqual(proxy.asked, [])
})

test('a private authority is trusted beside those of Node, and only where it is set', async () => {
  const resolve = async () => ['127.0.0.1']
  const open = { COMSERV_WEBHOOK_ALLOWED_CIDRS: '127.0.0.0/8' }
  assert.equal(answered(await exchangeUnder(open, resolve).post(secureUrl)).body, 'secure')
  const without = exchangeUnder({ ...open, COMSERV_WEBHOOK_CA_FILE: '' }, resolve)
  assert.equal(reasonOf(await without.post(secureUrl)), 'tls_chain')
})

test('a setting that names no proxy or no authorities stops the start, and shows no password', () => {
  const problemsOf = (env: Record<string, string>): string => {
    try {
      decideConfig(env)
      return 'none'
    } catch (error) {
      return (error as Error).message
    }
  }
  for (const text of [
    'socks5://hidden:hidden@proxy:1080',
    'http://user:hid/den@proxy',
    'http://u:hidden#@p',
    '://hidden',
    'http://a:%hidden@p',
    'http:/hidden',
    'http://hid den',
    'http://hidden:0',
    'http://hidden:99999',
    'hidden:3128:1',
    'http://[::hid',
    'http://hid*den',
    'http://hidden:3128/path',
    '3128',
    ':3128',
    'true',
    'on',
    'disabled',
  ])
    for (const name of ['COMSERV_WEBHOOK_PROXY', 'HTTPS_PROXY', 'http_proxy']) {
      const problem = problemsOf({ [name]: text })
      assert.match(problem, new RegExp(`${name.toUpperCase()} must be an HTTP proxy`), text)
      assert.match(
        problem,
        name === 'COMSERV_WEBHOOK_PROXY' ? /without a proxy, write none/ : /leave it empty/,
      )
      assert.ok(!problem.includes('hid'), problem)
    }
  const file = join(folder, 'other.pem')
  for (const [content, expected] of [
    ['', /holds no certificate/],
    [issueCertificate({ names: ['a.example'] }).key, /holds no certificate/],
    ['-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----', /certificate 1 of 1 cannot be read/],
  ] as const) {
    writeFileSync(file, content)
    assert.match(problemsOf({ COMSERV_WEBHOOK_CA_FILE: file }), expected)
  }
  assert.match(
    problemsOf({ COMSERV_WEBHOOK_CA_FILE: '/nowhere/ca.pem' }),
    /COMSERV_WEBHOOK_CA_FILE names the file .* \(ENOENT\)/,
  )
})
