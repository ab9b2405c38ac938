import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { startServer } from '../../../server/test/harness.ts'
import { signedInAs } from '../../../server/test/people.ts'
import {
  Comserv,
  ConfigurationError,
  type DeviceCode,
  InvalidRequestError,
  type LoginOptions,
} from '../src/index.ts'
import { recorded } from './traffic.ts'

const server = await startServer()
const admin = new Comserv({ baseUrl: server.url, apiKey: (await server.credential('admin')).secret })
const person = await signedInAs(server, 'editor')
const { client_id: clientId } = await admin.applications.create({
  name: 'Archive tool',
  kind: 'native',
  redirect_uris: [],
  scopes: ['documents:read'],
})

async function press({ userCode }: DeviceCode, decision = 'allow'): Promise<void> {
  const answer = await fetch(`${server.url}/device`, {
    method: 'POST',
    headers: { cookie: person.cookie, 'sec-fetch-site': 'same-origin' },
    body: new URLSearchParams({ user_code: userCode, csrf_token: person.csrf, decision }),
  })
  assert.equal(answer.status, 200, await answer.text())
}

/** A program whose time is that of the server. */
function program(more: Partial<LoginOptions> = {}) {
  const waits: number[] = []
  const traffic = recorded()
  const options: LoginOptions = {
    baseUrl: server.url,
    clientId,
    scope: 'openid profile documents:read',
    fetch: traffic.fetch,
    now: () => server.clock.now(),
    sleep: async (ms) => {
      waits.push(ms)
      server.clock.advance(ms)
    },
    ...more,
  }
  return { options, waits, traffic }
}

test('a person enters the code, and the client acts for them for longer than a token lives', async () => {
  const shown: DeviceCode[] = []
  const { options, waits } = program({
    show: (code) => {
      shown.push(code)
    },
  })
  const { sleep } = options
  const comserv = await Comserv.login({
    ...options,
    sleep: async (ms, signal) => {
      await sleep?.(ms, signal)
      if (waits.length === 3 && shown[0]) await press(shown[0])
    },
  })
  assert.deepEqual(waits, [5_000, 5_000, 5_000])
  assert.equal(shown[0]?.verificationUri, `${server.url}/device`)
  assert.equal(shown[0]?.verificationUriComplete, `${server.url}/device?user_code=${shown[0]?.userCode}`)
  assert.equal((await comserv.oauth.userInfo()).preferred_username, person.username)
  server.clock.advance(2 * 3_600_000)
  await Promise.all(Array.from({ length: 20 }, () => comserv.documents.list()))
  server.clock.advance(2 * 3_600_000)
  await comserv.documents.list()
  assert.equal(inspect(comserv).includes('cs_refresh_'), false)
  assert.deepEqual(comserv.toJSON(), { baseUrl: server.url, authentication: 'person' })
})

test('what is saved signs in again without a code, until the person ends it', async () => {
  let saved: string | undefined
  let asked = 0
  const { options } = program({
    show: async (code) => {
      asked++
      await press(code)
    },
    loadRefreshToken: () => saved,
    saveRefreshToken: (token) => {
      saved = token
    },
  })
  await (await Comserv.login(options)).documents.list()
  const first = saved
  assert.match(first ?? '', /^cs_refresh_/)
  const again = await Comserv.login(options)
  await again.documents.list()
  assert.equal(asked, 1)
  assert.notEqual(saved, first)
  await again.signOut()
  assert.equal(saved, undefined)
  await assert.rejects(() => again.documents.list(), { message: /Nobody is signed in any more/ })
  await Comserv.login(options)
  assert.equal(asked, 2)
})

test('a token that could not be saved is not lost: the next call gets the same one', async () => {
  let saved = ''
  let fails = false
  const { options } = program({
    show: press,
    saveRefreshToken: (token) => {
      if (fails) throw new Error('The disk is full.')
      saved = token ?? ''
    },
  })
  const comserv = await Comserv.login(options)
  fails = true
  await assert.rejects(() => comserv.documents.list(), /The disk is full/)
  fails = false
  await comserv.documents.list()
  const other = new Comserv({ ...program().options, ...{ scope: undefined }, clientId, refreshToken: saved })
  await other.documents.list()
})

test('the person may refuse, or never come', async () => {
  const refused = program({ show: (code) => press(code, 'deny') })
  await assert.rejects(
    () => Comserv.login(refused.options),
    (error) => {
      assert.ok(error instanceof InvalidRequestError)
      assert.match(error.message, /access_denied: The person did not allow it/)
      return true
    },
  )
  const alone = program({ show: () => {} })
  await assert.rejects(() => Comserv.login(alone.options), /expired_token/)
  assert.equal(
    alone.waits.reduce((sum, ms) => sum + ms, 0),
    600_000,
  )
  const stopping = new AbortController()
  const stopped = program({ show: () => stopping.abort(), signal: stopping.signal, sleep: undefined })
  await assert.rejects(() => Comserv.login(stopped.options), { name: 'AbortError' })
})

test('a token that the person or another program has ended is refused, and so is signing out without one', async () => {
  const { options } = program({ show: press })
  const comserv = await Comserv.login(options)
  await comserv.documents.list()
  const { data } = (await person.call('GET', '/api/v1/me/applications')).body
  await person.call('DELETE', `/api/v1/me/applications/${data[0].id}`)
  await assert.rejects(() => comserv.documents.list(), { message: /The refresh token is not known/ })
  await comserv.signOut()
  await assert.rejects(() => admin.signOut(), ConfigurationError)
  await assert.rejects(
    () => Comserv.handleRedirect({ baseUrl: server.url, clientId }),
    /needs a page in a browser/,
  )
})

test('wrong options are named before anything is sent', async () => {
  for (const [more, text] of [
    [{ clientId: '' }, /clientId/],
    [{ scope: undefined }, /scope/],
    [{ saveRefreshToken: 'file' }, /saveRefreshToken must be a function/],
    [{ clientSecret: 'secret' }, /clientSecret/],
  ] as const) {
    const { options, traffic } = program(more as Partial<LoginOptions>)
    await assert.rejects(
      () => Comserv.login(options),
      (error) => {
        assert.ok(error instanceof ConfigurationError)
        assert.match(error.message, text)
        return true
      },
    )
    assert.equal(traffic.seen.length, 0)
  }
  assert.throws(() => new Comserv({ baseUrl: server.url, clientId, refreshToken: undefined }), /refreshToken/)
})
