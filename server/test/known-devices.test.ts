import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { dayMs, minuteMs } from '../src/lib/timestamps.ts'
import { type Answer, startServer, type TestServer } from './harness.ts'
import { makePerson, type Person, password } from './people.ts'

const settings = { COMSERV_RATE_LIMIT_SIGN_IN: '3', COMSERV_TRUST_PROXY: '127.0.0.1' }
const server = await startServer({ env: settings })
let addresses = 0
const anotherAddress = () => `203.0.113.${++addresses}`

interface Attempt {
  secret?: string
  from?: string
  device?: string | undefined
  on?: TestServer
}

function attempt(
  name: string,
  { secret = password, from = anotherAddress(), device, on = server }: Attempt = {},
) {
  return on.call('POST', '/api/v1/session', {
    json: { username: name, password: secret },
    headers: { 'x-forwarded-for': from, ...(device === undefined ? {} : { cookie: device }) },
  })
}

/** The cookie of the browser, as it sends it back. */
function deviceOf({ headers }: Answer): string {
  const cookie = headers.getSetCookie().find((one) => one.includes('comserv_device='))
  assert.match(cookie ?? '', /; Path=\/; Max-Age=31536000; HttpOnly; SameSite=Strict/)
  return cookie?.split(';')[0] ?? ''
}

async function guess(name: string, times: number, more: Attempt = {}): Promise<number[]> {
  const statuses: number[] = []
  for (let i = 0; i < times; i++)
    statuses.push((await attempt(name, { secret: `a wrong guess ${i}`, ...more })).status)
  return statuses
}

/** The person, and a browser in which they have signed in. */
async function personWithDevice(): Promise<Person & { device: string }> {
  const person = await makePerson(server, 'normal')
  const device = deviceOf(await attempt(person.username))
  server.clock.advance(minuteMs)
  return { ...person, device }
}

describe('a browser in which the person has signed in', () => {
  test('is not locked out by guesses from elsewhere', async () => {
    const { username, email, device } = await personWithDevice()
    assert.deepEqual(await guess(username, 4), [401, 401, 401, 429])
    assert.equal((await attempt(username)).status, 429)
    assert.equal((await attempt(username, { device })).status, 201)
    assert.equal((await attempt(email, { device })).status, 201)
  })

  test('is not locked out by a neighbour at the same address', async () => {
    const { username, device } = await personWithDevice()
    const from = anotherAddress()
    await guess('nobody-of-this-name', 3, { from })
    assert.equal((await attempt(username, { from })).status, 429)
    const known = await attempt(username, { from, device })
    assert.equal(known.status, 201)
    assert.equal(known.headers.get('x-ratelimit-limit'), '3')
    assert.equal(known.headers.get('x-ratelimit-remaining'), '2')
    assert.match(known.headers.get('ratelimit-policy') ?? '', /^"sign-in-device";q=3/)
  })

  test('has a window of its own that ends guessing there, too', async () => {
    const { username, device } = await personWithDevice()
    assert.deepEqual(await guess(username, 4, { device }), [401, 401, 401, 429])
    assert.equal((await attempt(username, { device })).status, 429)
    // Others are not affected, and signing in with the cookie again opens no other window.
    assert.equal((await attempt(username)).status, 201)
    server.clock.advance(minuteMs)
    const renewed = deviceOf(await attempt(username, { device }))
    assert.deepEqual(await guess(username, 3, { device: renewed }), [401, 401, 429])
  })

  test('is known for that person alone', async () => {
    const { device } = await personWithDevice()
    const other = await makePerson(server, 'normal')
    assert.deepEqual(await guess(other.username, 4, { device }), [401, 401, 401, 429])
    assert.equal((await attempt(other.username, { device })).status, 429)
  })

  test('may be shared by several people', async () => {
    const first = await personWithDevice()
    const second = await makePerson(server, 'normal')
    const device = deviceOf(await attempt(second.username, { device: first.device }))
    for (const { username } of [first, second]) {
      await guess(username, 3)
      assert.equal((await attempt(username, { device })).status, 201)
    }
    const crowd = await Promise.all(Array.from({ length: 5 }, () => makePerson(server, 'normal')))
    let shared = device
    for (const { username } of crowd) shared = deviceOf(await attempt(username, { device: shared }))
    assert.equal(shared.split('~').length, 5)
  })

  test('is forgotten after a year, and a forged or altered cookie is worth nothing', async () => {
    const { username, device } = await personWithDevice()
    const [name, value = ''] = device.split('=')
    const [expires, id, mac = ''] = value.split('.')
    const forged = [
      `${name}=`,
      `${name}=${expires}.${id}.${'0'.repeat(64)}`,
      `${name}=zzzzzzzzzz.${id}.${mac}`,
      `${name}=${expires}.${'A'.repeat(22)}.${mac}`,
      `${name}=${'~'.repeat(3_000)}`,
    ]
    await guess(username, 3)
    for (const device of forged)
      assert.equal((await attempt(username, { device })).status, 429, device.slice(0, 60))
    server.clock.advance(365 * dayMs)
    await guess(username, 3)
    assert.equal((await attempt(username, { device })).status, 429)
  })

  test('keeps its cookie through a sign-out, and over https under a name that binds it to the host', async () => {
    const secure = await startServer({
      env: {
        ...settings,
        COMSERV_PUBLIC_URL: 'https://comserv.example.org',
        COMSERV_ALLOWED_HOSTS: '127.0.0.1',
      },
    })
    const { username } = await makePerson(secure, 'normal')
    const signedIn = await attempt(username, { on: secure })
    const [session = '', device = '', ...more] = signedIn.headers.getSetCookie()
    assert.deepEqual(more, [])
    assert.match(device, /^__Host-comserv_device=.*; Secure$/)
    const out = await secure.call('DELETE', '/api/v1/session', {
      headers: { cookie: session.split(';')[0] ?? '', 'x-csrf-token': signedIn.body.csrf_token },
    })
    assert.equal(out.status, 204)
    assert.equal(
      out.headers.getSetCookie().some((one) => one.includes('device')),
      false,
    )
    // Another server does not take it.
    await guess(username, 3)
    assert.equal(
      (await attempt(username, { device: device.split(';')[0]?.replace('__Host-', '') })).status,
      429,
    )
  })
})

describe('guesses at one person', () => {
  test('count together by username and by email address, in any case', async () => {
    const { username, email } = await makePerson(server, 'normal')
    assert.deepEqual(await guess(username, 2), [401, 401])
    assert.deepEqual(await guess(email.toUpperCase(), 1), [401])
    assert.deepEqual(await guess(email, 1), [429])
    assert.deepEqual(await guess(username.toUpperCase(), 1), [429])
  })

  test('from one /64 of IPv6 count as from one address', async () => {
    const hosts = [
      '2001:db8:1:2::1',
      '2001:db8:1:2:ffff::2',
      '2001:0db8:0001:0002:0:0:0:3',
      '2001:db8:1:2::4',
    ]
    const statuses = []
    for (const [i, from] of hosts.entries()) statuses.push((await attempt(`nobody-${i}`, { from })).status)
    assert.deepEqual(statuses, [401, 401, 401, 429])
    assert.equal((await attempt('nobody-else', { from: '2001:db8:1:3::1' })).status, 401)
  })

  test('at a name that nobody has are limited alike', async () => {
    assert.deepEqual(await guess('nobody-here', 4), [401, 401, 401, 429])
    assert.deepEqual(await guess('NOBODY-HERE', 1), [429])
  })
})
