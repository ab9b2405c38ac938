import { test } from 'node:test'
import { signedInAs } from '../people.ts'
import { anId } from '../scenario.ts'
import { now, type World } from './world.ts'

const path = '/api/v1/credential-requests'
const asked = { name: 'Reports', scopes: ['documents:read'], reason: 'For the nightly report.' }

const pending = {
  id: anId,
  ...asked,
  expires_at: null,
  status: 'pending',
  requester_id: anId,
  contact: null,
  requester_rules: null,
  granted_scopes: null,
  granted_expires_at: null,
  granted_allowed_ips: null,
  granted_rules: null,
  owner_id: null,
  collect_until: null,
  decided_at: null,
  decided_by: null,
  message: null,
  credential_id: null,
  created_at: now,
  updated_at: now,
}
const published = [{ scope: 'documents:read', where: { status: ['published'] } }]
const ofNormal = { ...pending, requester_rules: published }
const granted = {
  status: 'approved',
  granted_scopes: ['documents:read'],
  owner_id: anId,
  collect_until: '2026-01-29T08:30:00Z',
  decided_at: now,
  decided_by: anId,
}
const secretOnly = (credential: object) => 'client_secret' in credential && 'client_id' in credential
const withoutSecret = (row: object) =>
  !('client_secret' in row) && !('token' in row) && !('token_hash' in row)

export function credentialRequestScenarios({ server, scenario }: World): void {
  test('a person requests a credential, an administrator approves it, and the person collects it', async () => {
    const person = await signedInAs(server, 'developer')
    const { body } = await scenario({
      request: { method: 'POST', path, by: person, json: asked },
      status: 201,
      body: pending,
      events: [],
      audit: [
        {
          action: 'credential_request.create',
          actor: `user ${person.username}`,
          before: null,
          after: withoutSecret,
        },
      ],
    })
    const own = `${path}/${body.id}`
    await scenario({
      request: { method: 'POST', path: `${own}/approve`, json: {} },
      status: 200,
      body: { ...pending, ...granted, owner_id: person.id },
      events: [],
      audit: [
        {
          action: 'credential_request.approve',
          before: { status: 'pending' },
          after: { status: 'approved', owner_id: person.id },
        },
      ],
    })
    await scenario({
      request: { method: 'POST', path: `${own}/collect`, by: person },
      status: 201,
      body: secretOnly,
      events: [],
      audit: [
        { action: 'credential.create', actor: `user ${person.username}`, after: withoutSecret },
        {
          action: 'credential_request.collect',
          before: { status: 'approved' },
          after: { status: 'collected', credential_id: anId },
        },
      ],
    })
  })

  test('a request is refused with a sentence, and another one is withdrawn', async () => {
    const person = await signedInAs(server, 'normal')
    const { body: one } = await person.call('POST', path, { json: asked })
    const { body: other } = await person.call('POST', path, { json: asked })
    const message = 'Use the shared key of your team.'
    await scenario({
      request: { method: 'POST', path: `${path}/${one.id}/refuse`, json: { message: ` ${message} ` } },
      status: 200,
      body: { ...ofNormal, status: 'refused', message, decided_at: now, decided_by: anId },
      events: [],
      audit: [
        {
          action: 'credential_request.refuse',
          before: { status: 'pending' },
          after: { status: 'refused', message },
        },
      ],
    })
    await scenario({
      request: { method: 'POST', path: `${path}/${other.id}/withdraw`, by: person },
      status: 200,
      body: { ...ofNormal, status: 'withdrawn' },
      events: [],
      audit: [{ action: 'credential_request.withdraw', after: { status: 'withdrawn' } }],
    })
  })

  test('a guest requests a credential, reads the decision and collects the secret by a token', async () => {
    const contact = 'Jane Doe, jane@example.org'
    const actor = 'anonymous anonymous'
    const { body } = await scenario({
      request: { method: 'POST', path: `${path}/guest`, by: 'nobody', json: { ...asked, contact } },
      status: 201,
      body: { ...pending, requester_id: null, contact, token: /^[\w-]{43}$/ },
      events: [],
      audit: [{ action: 'credential_request.create', actor, after: withoutSecret }],
    })
    const { id, token } = body
    await server.call('POST', `${path}/${id}/approve`, {
      key: (await server.credential('admin')).secret,
      json: {},
    })
    await scenario({
      request: { method: 'POST', path: `${path}/guest/read`, by: 'nobody', json: { token } },
      status: 200,
      body: { ...pending, ...granted, requester_id: null, contact },
      events: [],
      audit: [],
    })
    await scenario({
      request: { method: 'POST', path: `${path}/guest/collect`, by: 'nobody', json: { token } },
      status: 201,
      body: secretOnly,
      events: [],
      audit: [
        { action: 'credential.create', actor, after: withoutSecret },
        { action: 'credential_request.collect', actor, after: { status: 'collected' } },
      ],
    })
  })
}
