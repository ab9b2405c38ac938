import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { makePerson, signIn } from '../people.ts'
import { anId } from '../scenario.ts'
import { now, type World } from './world.ts'

const path = '/api/v1/applications'

export function applicationScenarios({ server, scenario, succeeded, made }: World): void {
  test('who the caller is can be asked by POST, which changes nothing', async () => {
    await scenario({
      request: {
        method: 'POST',
        path: '/api/v1/userinfo',
        body: '',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      },
      status: 200,
      body: { sub: /^cs_client_/ },
      events: [],
      audit: [],
    })
  })

  test('an application is created, changed, given a new secret and deleted, none of which is an event', async () => {
    const json = {
      name: 'Reading room',
      kind: 'server',
      redirect_uris: ['https://app.example.org/done'],
      scopes: ['documents:read'],
    }
    const application = {
      ...json,
      id: anId,
      client_id: /^cs_app_[0-9A-Za-z]{20}$/,
      post_logout_redirect_uris: [],
      origins: [],
      roles: null,
      trusted: false,
      id_token_alg: 'RS256',
      created_at: now,
      updated_at: now,
    }
    const secret = { client_secret: /^cs_live_/ }
    const { body } = await scenario({
      request: { method: 'POST', path, json },
      status: 201,
      body: { ...application, ...secret },
      events: [],
      audit: [{ action: 'application.create', targetId: anId, before: null, after: application }],
    })
    const own = `${path}/${body.id}`
    const changed = { ...application, trusted: true, scopes: ['users:read', 'documents:read'] }
    await scenario({
      request: {
        method: 'PATCH',
        path: own,
        json: { trusted: true, scopes: ['documents:read', 'users:read'] },
      },
      status: 200,
      body: changed,
      events: [],
      audit: [{ action: 'application.update', targetId: body.id, before: application, after: changed }],
    })
    await scenario({
      request: { method: 'POST', path: `${own}/rotate-secret`, json: {} },
      status: 200,
      body: { ...changed, ...secret },
      events: [],
      audit: [{ action: 'application.rotate_secret', before: changed, after: changed }],
    })
    await scenario({
      request: { method: 'DELETE', path: own },
      status: 204,
      body: undefined,
      events: [],
      audit: [{ action: 'application.delete', before: changed, after: null }],
    })
  })

  test('a person allows an application, signs out by it, and ends its access: a row each, and no event', async () => {
    const redirectUri = 'https://app.example.org/done'
    const application = await made(path, {
      name: 'Reading room',
      kind: 'browser',
      redirect_uris: [redirectUri],
      scopes: ['documents:read'],
    })
    const account = await makePerson(server, 'editor')
    const person = await signIn(server, account)
    await server.newEvents()
    const press = async (to: string, fields: Record<string, string>) => {
      const response = await fetch(`${server.url}${to}`, {
        method: 'POST',
        redirect: 'manual',
        headers: { cookie: person.cookie },
        body: new URLSearchParams({ csrf_token: person.csrf, ...fields }),
      })
      succeeded('POST', to)
      return response
    }
    const request = new URLSearchParams({
      response_type: 'code',
      client_id: application.client_id,
      scope: 'documents:read',
      code_challenge: createHash('sha256').update('verifier').digest('base64url'),
      code_challenge_method: 'S256',
    }).toString()
    const allowed = await press('/oauth/authorize', { request, decision: 'allow' })
    assert.match(allowed.headers.get('location') ?? '', /^https:\/\/app\.example\.org\/done\?code=/)
    const device = await made(path, { name: 'Tool', kind: 'native', redirect_uris: [], scopes: ['read'] })
    const begun = await fetch(`${server.url}/api/v1/oauth/device_authorization`, {
      method: 'POST',
      body: new URLSearchParams({ client_id: device.client_id }),
    })
    succeeded('POST', '/api/v1/oauth/device_authorization')
    const { user_code } = (await begun.json()) as { user_code: string }
    assert.equal((await press('/device', { user_code, decision: 'allow' })).status, 200)
    const mine = `/api/v1/me/applications/${application.id}`
    assert.equal((await person.call('DELETE', mine)).status, 204)
    succeeded('DELETE', mine)
    assert.equal((await press('/oauth/logout', { request: '', decision: 'sign-out' })).status, 200)
    const rows = await server.context.database.read
      .selectFrom('audit_log')
      .select(['action', 'target_id'])
      .where('actor_id', '=', account.id)
      .where('action', '!=', 'session.create')
      .orderBy('id')
      .execute()
    assert.deepEqual(
      rows.map(({ action }) => action),
      ['application.sign_in', 'application.sign_in', 'application.withdraw', 'session.delete'],
    )
    assert.deepEqual(await server.newEvents(), [])
  })
}
