import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startServer } from '../../../server/test/harness.ts'
import { makePerson, password } from '../../../server/test/people.ts'
import { Comserv } from '../src/index.ts'
import { Browser, type Seen } from './traffic.ts'

const server = await startServer()

/** A page of the console, loaded in a browser. */
function load(browser: Browser) {
  const seen: Pick<Seen, 'method' | 'path' | 'status'>[] = []
  const comserv = new Comserv({
    baseUrl: server.url,
    session: true,
    async fetch(url, init) {
      assert.equal(init.credentials, 'same-origin')
      const response = await browser.fetch(url, init)
      seen.push({ method: init.method ?? '', path: new URL(url).pathname, status: response.status })
      return response
    },
  })
  const count = (method: string, path: string) =>
    seen.filter((one) => one.method === method && one.path === path).length
  return { comserv, seen, count }
}

async function signedIn(browser = new Browser()) {
  const person = await makePerson(server, 'admin')
  const page = load(browser)
  await page.comserv.session.signIn({ username: person.username, password })
  return { browser, person, ...page }
}

test('after signing in, changes carry the CSRF token without asking for it', async () => {
  const { comserv, count } = await signedIn()
  assert.equal((await comserv.documents.create({ title: 'By hand' })).title, 'By hand')
  assert.equal(count('GET', '/api/v1/session'), 0)
})

test('a reloaded page requests the token once, however many changes wait', async () => {
  const { browser } = await signedIn()
  const { comserv, count } = load(browser)
  await comserv.users.list()
  assert.equal(count('GET', '/api/v1/session'), 0)
  await Promise.all(['A', 'B', 'C'].map((title) => comserv.documents.create({ title })))
  assert.equal(count('GET', '/api/v1/session'), 1)
})

test('the result of `current` is remembered', async () => {
  const { browser, person } = await signedIn()
  const { comserv, count } = load(browser)
  assert.equal((await comserv.session.current()).user.id, person.id)
  await comserv.documents.create({ title: 'Known' })
  assert.equal(count('GET', '/api/v1/session'), 1)
})

test('signed in again in another tab, a change is refused, renewed and done, once', async () => {
  const { browser, comserv, seen, person } = await signedIn()
  await load(browser).comserv.session.signIn({ username: person.username, password })
  const before = seen.length
  const { id } = await comserv.documents.create({ title: 'From the first tab' })
  assert.deepEqual(
    seen.slice(before).map(({ method, status }) => `${method} ${status}`),
    ['POST 403', 'GET 200', 'POST 201'],
  )
  assert.equal((await comserv.documents.get(id)).title, 'From the first tab')
})

test('a call that the role does not allow is not retried', async () => {
  const person = await makePerson(server, 'normal')
  const { comserv, seen } = load(new Browser())
  await comserv.session.signIn({ username: person.username, password })
  await assert.rejects(comserv.documents.create({ title: 'Not mine to write' }), {
    name: 'PermissionDeniedError',
  })
  assert.equal(seen.filter(({ method, path }) => method === 'POST' && path.endsWith('/documents')).length, 1)
})

test('signed out, calls end in AuthenticationFailedError, also a change; signing in again works', async () => {
  const { comserv, person } = await signedIn()
  await comserv.session.signOut()
  await assert.rejects(comserv.session.current(), { name: 'AuthenticationFailedError' })
  await assert.rejects(comserv.documents.create({ title: 'Too late' }), { name: 'AuthenticationFailedError' })
  await comserv.session.signIn({ username: person.username, password })
  await comserv.documents.create({ title: 'Back' })
})

test('a wrong password is reported at once', async () => {
  const { comserv, seen } = load(new Browser())
  await assert.rejects(comserv.session.signIn({ username: 'nobody', password: 'wrong password' }), {
    name: 'AuthenticationFailedError',
  })
  assert.equal(seen.length, 1)
})

test('too many attempts to sign in are told at once, and not waited for', async () => {
  const strict = await startServer({ env: { COMSERV_RATE_LIMIT_SIGN_IN: '1' } })
  const slept: number[] = []
  const page = new Comserv({
    baseUrl: strict.url,
    session: true,
    sleep: async (ms) => void slept.push(ms),
  })
  await assert.rejects(page.session.signIn({ username: 'x', password }), { code: 'authentication_failed' })
  await assert.rejects(page.session.signIn({ username: 'x', password }), {
    name: 'RateLimitExceededError',
    retryAfterSeconds: 60,
  })
  assert.deepEqual(slept, [])
})

/** Signed in more than 10 minutes ago, in a page that can ask for the password. */
async function unconfirmed(confirm: (page: Comserv) => Promise<boolean>) {
  const { browser } = await signedIn()
  server.clock.advance(10 * 60_000)
  const asked: { method: string; path: string }[] = []
  const page: Comserv = new Comserv({
    baseUrl: server.url,
    session: true,
    fetch: browser.fetch,
    confirm(request) {
      asked.push(request)
      return confirm(page)
    },
  })
  return { page, asked }
}

const path = '/api/v1/credentials'

test('a change that needs the password is repeated once it was given, and the next one goes through', async () => {
  const { page, asked } = await unconfirmed(async (page) => {
    await page.session.confirm({ password })
    return true
  })
  const options = { idempotencyKey: 'given-again' }
  const made = await page.credentials.create({ name: 'Mine', scopes: ['read'] }, options)
  assert.equal(made.name, 'Mine')
  assert.deepEqual(asked, [{ method: 'POST', path }])
  await page.credentials.update(made.id, { name: 'Still mine' })
  assert.equal(asked.length, 1)
})

test('a change fails as it was refused when the password is not given, and when giving it did not help', async () => {
  for (const answer of [false, true]) {
    const { page, asked } = await unconfirmed(async () => answer)
    await assert.rejects(page.credentials.create({ name: 'No', scopes: ['read'] }), {
      name: 'PermissionDeniedError',
      details: /needs your password again/,
    })
    assert.equal(asked.length, 1)
  }
})

test('what asking for the password throws is what the call throws, and its caller can stop waiting', async () => {
  const failing = await unconfirmed(async () => {
    throw new Error('The dialog was closed.')
  })
  const create = (page: Comserv, signal?: AbortSignal) =>
    page.credentials.create({ name: 'No', scopes: ['read'] }, { signal })
  await assert.rejects(create(failing.page), { message: 'The dialog was closed.' })
  const stop = new AbortController()
  const waiting = await unconfirmed(async () => {
    stop.abort(new Error('Enough.'))
    return new Promise<boolean>(() => {})
  })
  await assert.rejects(create(waiting.page, stop.signal), { message: 'Enough.' })
})
