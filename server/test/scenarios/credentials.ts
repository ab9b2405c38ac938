import { test } from 'node:test'
import { anId } from '../scenario.ts'
import { now, type World } from './world.ts'

const path = '/api/v1/credentials'
const formType = 'application/x-www-form-urlencoded'

export function credentialScenarios({ server, scenario, made }: World): void {
  test('a credential is created, and its secret is in no row', async () => {
    const credential = {
      id: anId,
      name: 'Reader',
      client_id: /^cs_client_[0-9A-Za-z]{20}$/,
      scopes: ['read', 'documents:read'],
      tier: 'premium',
      owner_id: anId,
      parent_id: anId,
      status: 'active',
      secret_prefix: /^cs_live_[0-9A-Za-z]{4}$/,
      previous_secret_expires_at: null,
      created_at: now,
      updated_at: now,
      expires_at: null,
      allowed_ips: null,
      last_used_at: null,
      last_used_ip: null,
      rules: null,
      withheld_scopes: [],
    }
    await scenario({
      request: {
        method: 'POST',
        path,
        json: { name: '  Reader ', scopes: ['documents:read', 'read'], tier: 'premium', expires_at: null },
      },
      status: 201,
      body: { ...credential, client_secret: /^cs_live_[0-9A-Za-z]{38}$/ },
      events: [],
      audit: [
        {
          action: 'credential.create',
          targetId: anId,
          before: null,
          after: (row: object) => !('client_secret' in row) && Object.keys(row).length === 18,
        },
      ],
    })
  })

  test('a credential is changed, rotated and revoked, none of which is an event', async () => {
    const { client_secret: _, ...credential } = await made(path, { name: 'A program', scopes: ['read'] })
    const own = `${path}/${credential.id}`
    await scenario({
      request: { method: 'PATCH', path: own, json: { name: 'Renamed' } },
      status: 200,
      body: { ...credential, name: 'Renamed' },
      events: [],
      audit: [{ action: 'credential.update', before: credential, after: { name: 'Renamed' } }],
    })
    await scenario({
      request: { method: 'PATCH', path: own, json: { name: 'Renamed' } },
      status: 200,
      body: { ...credential, name: 'Renamed' },
      events: [],
      audit: [],
    })
    const rotated = {
      ...credential,
      name: 'Renamed',
      secret_prefix: /^cs_live_/,
      previous_secret_expires_at: '2026-01-16T08:30:00Z',
    }
    await scenario({
      request: { method: 'POST', path: `${own}/rotate`, json: {} },
      status: 200,
      body: { ...rotated, client_secret: /^cs_live_[0-9A-Za-z]{38}$/ },
      events: [],
      audit: [{ action: 'credential.rotate', before: { previous_secret_expires_at: null }, after: rotated }],
    })
    await scenario({
      request: { method: 'DELETE', path: `${own}/previous-secret` },
      status: 204,
      body: undefined,
      events: [],
      audit: [
        {
          action: 'credential.end_previous_secret',
          before: rotated,
          after: { previous_secret_expires_at: null },
        },
      ],
    })
    await scenario({
      request: { method: 'DELETE', path: own },
      status: 204,
      body: undefined,
      events: [],
      audit: [{ action: 'credential.revoke', before: { status: 'active' }, after: { status: 'revoked' } }],
    })
  })

  test('a credential is revoked with what it created', async () => {
    const parent = await made(path, { name: 'A parent', scopes: ['credentials:write', 'read'] })
    const child = await server.call('POST', path, {
      key: parent.client_secret,
      json: { name: 'A child', scopes: ['read'] },
    })
    await scenario({
      request: { method: 'DELETE', path: `${path}/${parent.id}` },
      status: 204,
      body: undefined,
      events: [],
      audit: [parent.id, child.body.id].map((id) => ({
        action: 'credential.revoke',
        before: { id, status: 'active' },
        after: { id, status: 'revoked' },
      })),
    })
  })

  test('a token is given, looked at and revoked, which leaves no row', async () => {
    const { clientId, secret } = await server.credential('read write')
    const client = { client_id: clientId, client_secret: secret }
    const sent = (path: string, form: Record<string, string>) => ({
      method: 'POST',
      path: `/api/v1/oauth/${path}`,
      by: 'nobody' as const,
      body: new URLSearchParams({ ...client, ...form }).toString(),
      headers: { 'content-type': formType },
    })
    const { body } = await scenario({
      request: sent('token', { grant_type: 'client_credentials' }),
      status: 200,
      body: {
        access_token: /^[\w-]+\.[\w-]+\.[\w-]+$/,
        token_type: 'Bearer',
        expires_in: 3600,
        scope: 'read write',
      },
      events: [],
      audit: [],
    })
    const introspect = sent('introspect', { token: body.access_token })
    await scenario({
      request: introspect,
      status: 200,
      body: ({ active }: { active: boolean }) => active,
      events: [],
      audit: [],
    })
    await scenario({
      request: sent('revoke', { token: body.access_token }),
      status: 200,
      body: {},
      events: [],
      audit: [],
    })
    await scenario({ request: introspect, status: 200, body: { active: false }, events: [], audit: [] })
  })
}
