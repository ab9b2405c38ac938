import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { after, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { operator } from '../../server/src/cli/actor.ts'
import { newPasswordLink } from '../../server/src/sessions/password-link-service.ts'
import { newSetupLink } from '../../server/src/sessions/setup-service.ts'
import { allowApplication, pressDevice } from '../../server/test/allowing.ts'
import { Authenticator, type Passkey } from '../../server/test/authenticator.ts'
import { startServer, type TestServer } from '../../server/test/harness.ts'
import { makePerson, password } from '../../server/test/people.ts'
import { type Receiver, startReceiver } from '../../server/test/receiver.ts'
import { until } from '../../server/test/until.ts'
import { startCuttingProxy } from '../javascript/test/cutting-proxy.ts'
import { type Reply, raw, startStrangeServer } from '../javascript/test/strange-server.ts'
import { type Product, startProduct } from './product.ts'
import { startTlsFront, type TlsFront } from './tls-front.ts'

/**
 * What the test suites of client libraries in other languages stand on: the servers that the JavaScript suite starts for
 * itself, started by a POST. `README.md` beside this file lists the commands. It is a test that lasts until its standard
 * input ends, so that everything it started is stopped, and held against the invariants of every suite, before it ends.
 */
// biome-ignore lint/suspicious/noExplicitAny: the input of a command is what a test suite sent
type Input = any

const servers: TestServer[] = []
const processes: Product[] = []
const strangers: Awaited<ReturnType<typeof startStrangeServer>>[] = []
const proxies: Awaited<ReturnType<typeof startCuttingProxy>>[] = []
const receivers: Receiver[] = []
const fronts: TlsFront[] = []
const passkeys: { device: Authenticator; passkey: Passkey }[] = []

const commands: Readonly<Record<string, (input: Input) => Promise<unknown>>> = {
  'server/start': async ({ env = {} }) => {
    const server = await startServer({ env })
    return { server: servers.push(server) - 1, url: server.url }
  },
  'server/credential': async ({ server, scopes, ...more }) => {
    const { id, clientId, secret } = await at(servers, server).credential(scopes, more)
    return { id, client_id: clientId, client_secret: secret }
  },
  'server/person': async ({ server, role }) => ({
    ...(await makePerson(at(servers, server), role)),
    password,
  }),
  'server/allow': async ({ server, username, password }) => {
    const person = { id: 0, username, email: '' }
    const { application } = await allowApplication(at(servers, server), person, password)
    return { id: application.id }
  },
  'server/press-device': async ({ server, username, user_code, decision }) => {
    await pressDevice(at(servers, server), { id: 0, username, email: '' }, user_code, decision)
    return {}
  },
  'passkey/create': async ({ origin, options }) => {
    const device = new Authenticator(origin)
    const passkey = device.create(options)
    return { passkey: passkeys.push({ device, passkey }) - 1, response: passkey.made }
  },
  'passkey/use': async ({ passkey: number, options }) => {
    const { device, passkey } = at(passkeys, number)
    return { response: device.use(passkey, options) }
  },
  'server/setup': async ({ server }) => ({
    token: (await newSetupLink(at(servers, server).context))?.split('token=')[1],
  }),
  'server/password-link': async ({ server, username }) => {
    const { context } = at(servers, server)
    const { link } = await newPasswordLink(context, await operator(context), username)
    return { token: link.split('token=')[1] }
  },
  'server/advance': async ({ server, ms }) => {
    at(servers, server).clock.advance(ms)
    return { now_ms: at(servers, server).clock.now() }
  },
  'server/present': async ({ server }) => {
    const { clock } = at(servers, server)
    clock.advance(Date.now() - clock.now())
    return { now_ms: clock.now() }
  },
  'server/deliver': async ({ server }) => {
    await at(servers, server).deliver()
    return {}
  },
  'server/log-requests': async ({ server }) => {
    const { requestLog, hookCalls } = at(servers, server).context
    await Promise.all([requestLog.flush(), hookCalls.flush()])
    return {}
  },
  'server/streams': async ({ server, open }) => {
    const { eventStreams } = at(servers, server).context
    await until('the streams', () => eventStreams.size === open || undefined)
    return {}
  },
  'server/events': async ({ server }) => ({ types: await at(servers, server).newEvents() }),

  'process/start': async ({ env = {} }) => {
    const product = await startProduct(env)
    const { url, clientId, clientSecret } = product
    return { process: processes.push(product) - 1, url, client_id: clientId, client_secret: clientSecret }
  },
  'process/kill': async ({ process }) => {
    await at(processes, process).kill()
    return {}
  },
  'process/restart': async ({ process }) => {
    await at(processes, process).start()
    return {}
  },

  'strange/start': async ({ replies }) => {
    const strange = await startStrangeServer(...replies.map(replyOf))
    return { strange: strangers.push(strange) - 1, url: strange.url }
  },
  'strange/requests': async ({ strange }) => ({
    requests: at(strangers, strange).requests.map(({ method, url, headers }) => ({ method, url, headers })),
  }),

  'proxy/start': async ({ target }) => {
    const proxy = await startCuttingProxy(target)
    return { proxy: proxies.push(proxy) - 1, url: proxy.url }
  },
  'proxy/lose-answers': async ({ proxy, count }) => {
    at(proxies, proxy).loseAnswers(count)
    return {}
  },

  'tls/start': async ({ target }) => {
    const front = await startTlsFront(target)
    return { tls: fronts.push(front) - 1, url: front.url, certificate: front.certificate }
  },
  'tls/seen': async ({ tls }) => {
    const front = at(fronts, tls)
    return { connections: front.connections(), faults: front.faults() }
  },

  'receiver/start': async () => {
    const receiver = await startReceiver()
    return { receiver: receivers.push(receiver) - 1, url: receiver.url }
  },
  'receiver/received': async ({ receiver, count }) => {
    await at(receivers, receiver).arrived(count)
    return { received: at(receivers, receiver).received.map(({ headers, raw }) => ({ headers, raw })) }
  },
}

test('serves the test suites of client libraries until its input ends', async () => {
  const control = createServer(async (request, response) => {
    const answered = await answerTo(request).then(
      (body) => ({ status: 200, body }),
      (error: Error) => ({ status: 400, body: { error: error.stack } }),
    )
    response
      .writeHead(answered.status, { 'content-type': 'application/json' })
      .end(JSON.stringify(answered.body))
  })
  control.listen(0, '127.0.0.1')
  await once(control, 'listening')
  after(() => {
    control.closeAllConnections()
    control.close()
  })
  process.stdout.write(`listening at http://127.0.0.1:${(control.address() as AddressInfo).port}\n`)
  process.stdin.resume()
  await once(process.stdin, 'end')
})

async function answerTo(request: IncomingMessage): Promise<unknown> {
  const name = request.url?.slice(1) ?? ''
  const command = commands[name]
  if (command === undefined)
    throw new Error(`There is no command '${name}'; sdk/testing/README.md lists them.`)
  return command(await json(request))
}

/**
 * A reply as a test suite describes it. `hang` never answers, or never ends, `cut` breaks off in the middle of the body;
 * `parts` come one after the other, each `pause_ms` after the one before.
 */
function replyOf({
  status = 200,
  headers = {},
  body = '',
  parts,
  hang,
  cut,
  pause_ms,
  delay_ms = 0,
  raw: written,
}: Input): Reply {
  if (written) return raw(written)
  if (hang && !parts) return () => {}
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return async (response) => {
    await setTimeout(delay_ms)
    const plain = response.getHeader('content-type') ?? 'text/plain'
    const type = typeof body === 'string' ? plain : 'application/json'
    response.writeHead(status, { 'content-type': type, ...headers })
    for (const part of parts ?? []) {
      response.write(part)
      await setTimeout(pause_ms)
    }
    if (cut) response.write(text, () => response.destroy())
    else if (!hang) response.end(text)
  }
}

function at<T>(list: readonly T[], index: number): T {
  const found = list[index]
  if (found === undefined) throw new Error(`Nothing was started under the number ${index}.`)
  return found
}
