import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { decideConfig } from '../src/config/decide.ts'
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
  assert.equal(reasonOf(await post(secureUrl)), 'connect_timeout')
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
  assert.equal(proxy.asked.length, 1)
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
    [[2, 0], { COMSERV_WEBHOOK_PROXY: own.url, HTTPS_PROXY: others.url, NO_PROXY: '*' }, both],
    [[0, 0], { COMSERV_WEBHOOK_PROXY: 'none', HTTPS_PROXY: others.url, HTTP_PROXY: others.url }, both],
  ] as const)
    assert.deepEqual(await askedUnder(env, urls), expected, JSON.stringify(env))
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
  ])
    for (const name of ['COMSERV_WEBHOOK_PROXY', 'HTTPS_PROXY', 'http_proxy']) {
      const problem = problemsOf({ [name]: text })
      assert.match(problem, new RegExp(`${name.toUpperCase()} must be an HTTP proxy`), text)
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
