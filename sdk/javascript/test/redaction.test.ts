import assert from 'node:assert/strict'
import { Console } from 'node:console'
import { Writable } from 'node:stream'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { startServer } from '../../../server/test/harness.ts'
import { makePerson, password } from '../../../server/test/people.ts'
import { Comserv } from '../src/index.ts'
import { startStrangeServer } from './strange-server.ts'
import { Browser, recorded } from './traffic.ts'

const server = await startServer()

/** Everything that a program might print of a value, at its most curious. */
function printed(value: unknown): string {
  let logged = ''
  const stream = new Writable({
    write(text, _, done) {
      logged += text
      done()
    },
  })
  new Console(stream).log('%s %o %O %j', value, value, value, value)
  const curious = { depth: 20, showHidden: true, getters: true, customInspect: false } as const
  return [
    logged,
    inspect(value, { ...curious, customInspect: true }),
    inspect(value, curious),
    JSON.stringify(value),
    String(value),
    value instanceof Error ? `${value.stack} ${inspect(value.cause, curious)}` : '',
    JSON.stringify(Object.getOwnPropertyDescriptors(value)),
  ].join('\n')
}

function requireNone(secrets: readonly string[], values: Record<string, unknown>): void {
  for (const secret of secrets) {
    assert.ok(secret.length > 10, 'there is a secret to look for')
    for (const [name, value] of Object.entries(values)) {
      assert.ok(!printed(value).includes(secret), `${name} shows ${secret.slice(0, 8)}…`)
    }
  }
}

async function errorOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => assert.fail('it succeeded'),
    (error: unknown) => error,
  )
}

test('neither the client, its parts, its responses nor its errors show a secret or token', async () => {
  const { clientId, secret: clientSecret } = await server.credential('admin')
  const traffic = recorded()
  const comserv = new Comserv({ baseUrl: server.url, clientId, clientSecret, fetch: traffic.fetch })
  const answer = await comserv.users.list().withResponse()
  const bearer = traffic.of('/api/v1/users')[0]?.headers.get('authorization')?.replace('Bearer ', '') ?? ''
  const call = comserv.users.list()
  await call
  const hanging = await startStrangeServer(() => {})
  const slow = { baseUrl: hanging.url, clientId, clientSecret, timeoutMs: 20, maxRetries: 0 }
  requireNone([clientSecret, bearer], {
    comserv,
    ...comserv,
    answer,
    call,
    page: answer.data,
    export: comserv.users.export(),
    notFound: await errorOf(comserv.users.get(999)),
    timeout: await errorOf(new Comserv(slow).users.list()),
    refused: await errorOf(new Comserv({ ...slow, baseUrl: 'http://127.0.0.1:1' }).users.list()),
    wrong: await errorOf(new Comserv({ ...slow, baseUrl: server.url, clientId: 'other' }).users.list()),
  })
})

test('nor is an API key, not even one that no header can carry', async () => {
  const { secret: apiKey } = await server.credential('read')
  const comserv = new Comserv({ baseUrl: server.url, apiKey })
  const broken = await errorOf((async () => new Comserv({ baseUrl: server.url, apiKey: `${apiKey}\n` }))())
  requireNone([apiKey], { comserv, ...comserv, broken, denied: await errorOf(comserv.users.delete(1)) })
})

test('nor are the cookie and the CSRF token of a session, nor a password', async () => {
  const person = await makePerson(server, 'admin')
  const browser = new Browser()
  const page = new Comserv({ baseUrl: server.url, session: true, fetch: browser.fetch })
  const answer = await page.session.signIn({ username: person.username, password }).withResponse()
  const { csrf_token } = answer.data
  const { headers } = answer
  const token = browser.cookie.split('=')[1]?.split(';')[0] ?? ''
  requireNone([csrf_token, token, password], {
    page,
    ...page,
    headers,
    wrong: await errorOf(page.session.signIn({ username: 'other', password })),
  })
})

test('a client says where it goes and how, and no more', () => {
  const comserv = new Comserv({ baseUrl: 'https://comserv.example.org', apiKey: 'cs_live_secret' })
  const shown = '{"baseUrl":"https://comserv.example.org","authentication":"apiKey"}'
  assert.equal(JSON.stringify(comserv), shown)
  assert.equal(inspect(comserv), `Comserv ${shown}`)
})
