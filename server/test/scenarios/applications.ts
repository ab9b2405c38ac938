import { test } from 'node:test'
import { anId } from '../scenario.ts'
import { now, type World } from './world.ts'

const path = '/api/v1/applications'

export function applicationScenarios({ scenario }: World): void {
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
}
