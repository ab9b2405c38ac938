import { test } from 'node:test'
import { operator } from '../../src/cli/actor.ts'
import { newPasswordLink } from '../../src/sessions/password-link-service.ts'
import { newSetupLink } from '../../src/sessions/setup-service.ts'
import { startServer } from '../harness.ts'
import { makePerson, password, signedInAs, signIn } from '../people.ts'
import { anId, scenariosOn } from '../scenario.ts'
import { now, type World } from './world.ts'

export function sessionScenarios({ server, scenario, succeeded }: World): void {
  test('the setup link makes the first administrator and signs in', async () => {
    const empty = await startServer()
    const token = (await newSetupLink(empty.context))?.split('token=')[1]
    const first = { username: 'root', email: 'root@example.org' }
    await scenariosOn(
      empty,
      '',
      succeeded,
    )({
      request: { method: 'POST', path: '/api/v1/setup', by: 'nobody', json: { ...first, password, token } },
      status: 201,
      body: (session: { user: { role: string } }) => session.user.role === 'admin',
      events: [{ type: 'user.created', data: { ...first, role: 'admin' } }],
      audit: [
        { action: 'user.create', actor: 'operator setup link', after: first },
        { action: 'session.create', actor: 'user root' },
      ],
    })
  })

  test('who signs in and out leaves a row each, and no event', async () => {
    const person = await makePerson(server, 'developer')
    const { username } = person
    await scenario({
      request: { method: 'POST', path: '/api/v1/session', by: 'nobody', json: { username, password } },
      status: 201,
      body: {
        id: anId,
        user: (user: { id: number }) => user.id === person.id,
        scopes: Array.isArray,
        system_account_id: (id: unknown) => id !== undefined,
        csrf_token: /^[\w-]+$/,
        created_at: now,
        expires_at: '2026-01-16T08:30:00Z',
      },
      events: [],
      audit: [{ action: 'session.create', actor: `user ${username}` }],
    })
    await scenario({
      request: {
        method: 'POST',
        path: '/api/v1/session',
        by: 'nobody',
        json: { username, password: 'wrong' },
      },
      status: 401,
      body: {
        error: {
          code: 'authentication_failed',
          message: /./,
          details: 'The username or the password is wrong.',
        },
      },
      events: [],
      audit: [],
    })
    const laptop = await signIn(server, person)
    await scenario({
      request: { method: 'POST', path: '/api/v1/session/confirm', by: laptop, json: { password } },
      status: 204,
      body: undefined,
      events: [],
      audit: [{ action: 'session.confirm', targetId: laptop.session.id, before: null, after: null }],
    })
    const phone = await signIn(server, person)
    await scenario({
      request: { method: 'DELETE', path: `/api/v1/me/sessions/${phone.session.id}`, by: laptop },
      status: 204,
      body: undefined,
      events: [],
      audit: [{ action: 'session.delete', targetId: phone.session.id }],
    })
    await scenario({
      request: { method: 'DELETE', path: '/api/v1/session', by: laptop },
      status: 204,
      body: undefined,
      events: [],
      audit: [{ action: 'session.delete', targetId: laptop.session.id }],
    })
  })

  test('an administrator ends the sessions of a user, one or all, with a row each', async () => {
    const person = await makePerson(server, 'editor')
    const [laptop, phone] = [await signIn(server, person), await signIn(server, person)]
    const path = `/api/v1/users/${person.id}/sessions`
    for (const [ended, at] of [
      [laptop, `${path}/${laptop.session.id}`],
      [phone, path],
    ] as const)
      await scenario({
        request: { method: 'DELETE', path: at },
        status: 204,
        body: undefined,
        events: [],
        audit: [
          {
            actor: 'credential Administration',
            action: 'session.delete',
            targetId: ended.session.id,
            before: { user_id: person.id },
            after: null,
          },
        ],
      })
  })

  test('a link sets a password and signs in', async () => {
    const { id, username } = await makePerson(server, 'editor')
    const { link } = await newPasswordLink(server.context, await operator(server.context), username)
    const json = { token: link.split('token=')[1], password: 'an entirely new secret' }
    await scenario({
      request: { method: 'POST', path: '/api/v1/password-reset', by: 'nobody', json },
      status: 201,
      body: (session: { user: { id: number } }) => session.user.id === id,
      events: [{ type: 'user.updated', resourceId: id }],
      audit: [
        { action: 'user.update', actor: 'operator password link', targetId: id },
        { action: 'session.create', actor: `user ${username}` },
      ],
    })
  })

  test('who changes the own profile leaves the event and the row of any change of a user', async () => {
    const person = await signedInAs(server, 'normal')
    const profile = { first_name: 'Jo', last_name: null, phone: null, bio: null }
    await scenario({
      request: {
        method: 'PATCH',
        path: '/api/v1/me',
        by: person,
        json: { email: 'other@example.org', profile },
      },
      status: 200,
      body: { ...person.session.user, email: 'other@example.org', profile },
      events: [{ type: 'user.updated', resourceId: person.id, data: { email: 'other@example.org' } }],
      audit: [{ action: 'user.update', actor: `user ${person.username}`, after: { profile } }],
    })
  })

  test('a password that was changed is audited without either of them', async () => {
    const person = await signedInAs(server, 'normal')
    const json = { current_password: password, new_password: 'an entirely new secret' }
    await scenario({
      request: { method: 'POST', path: '/api/v1/me/password', by: person, json },
      status: 204,
      body: undefined,
      events: [],
      audit: [{ action: 'user.password', targetId: person.id, before: null, after: null }],
    })
  })
}
