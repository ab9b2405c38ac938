import { test } from 'node:test'
import { TOTP } from 'otpauth'
import { Authenticator } from '../authenticator.ts'
import { type Answer, startServer, type TestServer } from '../harness.ts'
import { makePerson, type Person, password, signedInAs } from '../people.ts'
import { scenariosOn } from '../scenario.ts'
import { now, type World } from './world.ts'

export function secondFactorScenarios({ server, scenario, succeeded }: World): void {
  const codeOf = (secret: string) => new TOTP({ secret }).generate({ timestamp: server.clock.now() })

  /** Somebody who gave the password. @returns the cookie of the sign-in that waits */
  async function begin(on: TestServer, { username }: Person): Promise<string> {
    const { headers } = await on.call('POST', '/api/v1/session', { json: { username, password } })
    return headers.getSetCookie()[0]?.split(';')[0] ?? ''
  }

  const secret = { secret: /^[A-Z2-7]{32}$/, uri: /^otpauth:/, expires_at: '2026-01-15T08:45:00Z' }
  const nothing = { status: 204, body: undefined, events: [] }

  test('an app is set up, used and removed, with a row each and no event', async () => {
    const person = await signedInAs(server, 'developer')
    const actor = `user ${person.username}`
    const begun: Answer = await scenario({
      request: { method: 'POST', path: '/api/v1/me/totp', by: person },
      status: 200,
      body: secret,
      events: [],
      audit: [],
    })
    const targetId = person.id
    const row = { actor, targetId }
    const json = { code: codeOf(begun.body.secret) }
    await scenario({
      request: { method: 'POST', path: '/api/v1/me/totp/activate', by: person, json },
      ...nothing,
      audit: [{ ...row, action: 'user.activate_totp', before: null, after: { created_at: now } }],
    })
    const made = await scenario({
      request: { method: 'POST', path: '/api/v1/me/recovery-codes', by: person },
      status: 200,
      body: { codes: (codes: string[]) => codes.length === 10 },
      events: [],
      audit: [{ ...row, action: 'user.make_recovery_codes', after: { recovery_codes_left: 10 } }],
    })
    const cookie = await begin(server, person)
    await scenario({
      request: {
        method: 'POST',
        path: '/api/v1/session/step/verify',
        by: 'nobody',
        json: { code: made.body.codes[0] },
        headers: { cookie },
      },
      status: 201,
      body: (session: { user: { id: number } }) => session.user.id === person.id,
      events: [],
      audit: [
        { ...row, action: 'user.use_recovery_code', after: { recovery_codes_left: 9 } },
        { action: 'session.create', actor },
      ],
    })
    const other = await begin(server, person)
    await scenario({
      request: {
        method: 'DELETE',
        path: '/api/v1/session/step',
        by: 'nobody',
        headers: { cookie: other },
      },
      ...nothing,
      audit: [],
    })
    const removal = { targetId, action: 'user.remove_second_factors', after: null }
    await scenario({
      request: { method: 'DELETE', path: '/api/v1/me/totp', by: person },
      ...nothing,
      audit: [{ ...removal, actor, before: { totp: { created_at: now }, passkeys: [] } }],
    })
    const again = await person.call('POST', '/api/v1/me/totp')
    const code = codeOf(again.body.secret)
    await person.call('POST', '/api/v1/me/totp/activate', { json: { code } })
    await scenario({
      request: { method: 'DELETE', path: `/api/v1/users/${person.id}/second-factors` },
      ...nothing,
      audit: [{ ...removal, actor: 'credential Administration' }],
    })
  })

  test('a passkey is added, used, renamed and removed, with a row each and no event', async () => {
    const origin = 'http://localhost:4321'
    const own = await startServer({
      env: { COMSERV_PUBLIC_URL: origin, COMSERV_ALLOWED_HOSTS: '127.0.0.1' },
    })
    const play = scenariosOn(own, '', succeeded)
    const device = new Authenticator(origin)
    const person = await signedInAs(own, 'developer')
    const row = { actor: `user ${person.username}`, targetId: person.id }
    const begun = await play({
      request: { method: 'POST', path: '/api/v1/me/passkeys/options', by: person },
      status: 200,
      body: { options: () => true, expires_at: '2026-01-15T08:35:00Z' },
      events: [],
      audit: [],
    })
    const passkey = device.create(begun.body.options)
    const shown = { id: (id: number) => id > 0, name: 'Laptop', created_at: now, last_used_at: null }
    const added = await play({
      request: {
        method: 'POST',
        path: '/api/v1/me/passkeys',
        by: person,
        json: { name: 'Laptop', response: passkey.made },
      },
      status: 201,
      body: shown,
      events: [],
      audit: [{ ...row, action: 'user.add_passkey', before: null, after: shown }],
    })
    const asked = await play({
      request: { method: 'POST', path: '/api/v1/session/passkey/options', by: 'nobody' },
      status: 200,
      body: { options: () => true, expires_at: '2026-01-15T08:35:00Z' },
      events: [],
      audit: [],
    })
    const cookie = asked.headers.getSetCookie()[0]?.split(';')[0] ?? ''
    await play({
      request: {
        method: 'POST',
        path: '/api/v1/session/passkey',
        by: 'nobody',
        json: { response: device.use(passkey, asked.body.options) },
        headers: { cookie },
      },
      status: 201,
      body: (session: { user: { id: number } }) => session.user.id === person.id,
      events: [],
      audit: [{ action: 'session.create', actor: `user ${person.username}` }],
    })
    const path = `/api/v1/me/passkeys/${added.body.id}`
    const renamed = { id: added.body.id, name: 'Work' }
    await play({
      request: { method: 'PATCH', path, by: person, json: { name: 'Work' } },
      status: 200,
      body: { ...shown, ...renamed, last_used_at: now },
      events: [],
      audit: [
        { ...row, action: 'user.rename_passkey', before: { ...renamed, name: 'Laptop' }, after: renamed },
      ],
    })
    await play({
      request: { method: 'DELETE', path, by: person },
      ...nothing,
      audit: [{ ...row, action: 'user.remove_passkey', before: renamed, after: null }],
    })
  })

  test('a person whose role needs an app sets it up to sign in', async () => {
    const strict = await startServer({ env: { COMSERV_SECOND_FACTOR_ROLES: 'all' } })
    const play = scenariosOn(strict, '', succeeded)
    const person = await makePerson(strict, 'normal')
    const headers = { cookie: await begin(strict, person) }
    const begun = await play({
      request: { method: 'POST', path: '/api/v1/session/step/totp', by: 'nobody', headers },
      status: 200,
      body: secret,
      events: [],
      audit: [],
    })
    await play({
      request: {
        method: 'POST',
        path: '/api/v1/session/step/totp/activate',
        by: 'nobody',
        json: { code: codeOf(begun.body.secret) },
        headers,
      },
      status: 201,
      body: (session: { user: { id: number } }) => session.user.id === person.id,
      events: [],
      audit: [
        { action: 'user.activate_totp', targetId: person.id },
        { action: 'session.create', actor: `user ${person.username}` },
      ],
    })
  })
}
