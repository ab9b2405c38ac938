import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { startServer } from '../../../server/test/harness.ts'
import { Comserv, ConfigurationError, type TokenStore } from '../src/index.ts'
import { recorded } from './traffic.ts'

const server = await startServer()
const tokenPath = '/api/v1/oauth/token'
const now = () => server.clock.now()

/** Clients of one credential, each of which stands for a process that starts. */
async function processes(store: TokenStore) {
  const { clientId, secret: clientSecret } = await server.credential('read write')
  const traffic = recorded()
  const start = (more: { scope?: string; clientSecret?: string } = {}) =>
    new Comserv({
      baseUrl: server.url,
      clientId,
      clientSecret,
      fetch: traffic.fetch,
      now,
      tokenStore: store,
      maxRetries: 0,
      ...more,
    })
  return { start, fetched: () => traffic.of(tokenPath).length, traffic }
}

test('processes share a token until it is time to renew it', async () => {
  const entries = new Map<string, string>()
  const seconds: number[] = []
  const store = {
    get: (name: string) => entries.get(name),
    set(name: string, entry: string, lasts: number) {
      entries.set(name, entry)
      seconds.push(lasts)
    },
  }
  const { start, fetched } = await processes(store)
  for (let i = 0; i < 5; i++) await start().users.list()
  assert.equal(fetched(), 1)
  assert.deepEqual(seconds, [3_540])
  server.clock.advance(3_539_000)
  await start().users.list()
  assert.equal(fetched(), 1)
  server.clock.advance(1_000)
  await start().users.list()
  assert.equal(fetched(), 2)
  await start({ scope: 'read' }).users.list()
  assert.equal(fetched(), 3)
  await assert.rejects(start({ clientSecret: 'cs_live_wrong' }).users.list(), {
    name: 'AuthenticationFailedError',
  })
})

test('a shared token that was revoked is replaced once for all processes', async () => {
  const { start, fetched, traffic } = await processes(new Map())
  const [one, two] = [start(), start()]
  await one.users.list()
  await two.users.list()
  const bearer = traffic.of('/api/v1/users')[0]?.headers.get('authorization') ?? ''
  await one.oauth.revokeToken(bearer.replace('Bearer ', ''))
  await one.users.list()
  await two.users.list()
  await start().users.list()
  assert.equal(fetched(), 2)
})

test('a store that fails, or holds anything else, is passed over', async () => {
  const fails = () => {
    throw new Error('The cache is down.')
  }
  const stores: TokenStore[] = [
    { get: fails, set: fails },
    { get: async () => fails(), set: async () => fails() },
    ...[null, 7, '', 'garbage', {}].map((found) => ({ get: () => found, set: () => {} })),
  ]
  for (const store of stores) {
    const { start, fetched } = await processes(store)
    const comserv = start()
    await comserv.users.list()
    await comserv.users.list()
    assert.equal(fetched(), 1)
  }
  for (const wrong of [{}, 'redis', { get: 1, set: 2 }, new Set()]) {
    const options = { baseUrl: server.url, clientId: 'a', clientSecret: 'b', tokenStore: wrong as never }
    assert.throws(() => new Comserv(options), ConfigurationError)
  }
})

test('two processes of the system share a token by files', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'comserv-tokens-'))
  after(() => rmSync(folder, { recursive: true }))
  const { clientId, secret } = await server.credential('read write')
  server.clock.advance(Date.now() - server.clock.now())
  const env = { ...process.env, BASE: server.url, CLIENT_ID: clientId, CLIENT_SECRET: secret, FOLDER: folder }
  const fetched = []
  for (let i = 0; i < 2; i++) {
    const program = join(import.meta.dirname, 'shared-token.js')
    const child = fork(program, [], { env, execArgv: ['--conditions=comserv-source'] })
    const [count] = await once(child, 'message')
    fetched.push(count)
    await once(child, 'exit')
  }
  assert.deepEqual(fetched, [1, 0])
})
