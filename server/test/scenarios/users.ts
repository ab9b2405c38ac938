import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anId } from '../scenario.ts'
import { now, type World } from './world.ts'

const blank = { first_name: null, last_name: null, phone: null, bio: null }

export function userScenarios({ server, key, scenario, made }: World): void {
  let count = 0
  const createUser = (more: object = {}) => {
    const username = `user${++count}`
    return made('/api/v1/users', {
      username,
      email: `${username}@example.org`,
      password: 'correct horse',
      ...more,
    })
  }

  test('a user is created, and the password is in no row', async () => {
    const profile = { first_name: 'Ada', last_name: 'Lovelace', phone: '+441234', bio: 'Counts.\nÄ 日本 😀' }
    const account = { username: 'Ada', email: 'Ada@Example.org', role: 'editor', status: 'active' }
    const shown = { id: anId, ...account, created_at: now }
    const { body, headers } = await scenario({
      request: {
        method: 'POST',
        path: '/api/v1/users',
        json: { ...account, password: 'correct horse', profile },
      },
      status: 201,
      body: shown,
      events: [{ type: 'user.created', resourceId: anId, data: { id: anId, ...account } }],
      audit: [
        {
          actor: 'credential Administration',
          action: 'user.create',
          targetId: anId,
          before: null,
          after: { ...shown, last_login: null, profile },
        },
      ],
    })
    const read = await server.call('GET', headers.get('location') ?? '', { key })
    assert.deepEqual(read.body, { ...body, last_login: null, profile })
  })

  test('a merge patch of a user sets what it names, clears what is null, and leaves the rest', async () => {
    const user = await createUser({ profile: { first_name: 'Jo', phone: '1', bio: 'b' } })
    const before = {
      ...user,
      last_login: null,
      profile: { ...blank, first_name: 'Jo', phone: '1', bio: 'b' },
    }
    const after = {
      ...before,
      status: 'inactive',
      profile: { ...blank, first_name: 'Jo', last_name: 'Doe', bio: 'b' },
    }
    await scenario({
      request: {
        method: 'PATCH',
        path: `/api/v1/users/${user.id}`,
        body: JSON.stringify({ status: 'inactive', profile: { phone: null, last_name: 'Doe' } }),
        headers: { 'content-type': 'application/merge-patch+json' },
      },
      status: 200,
      body: after,
      events: [{ type: 'user.updated', resourceId: user.id, data: { status: 'inactive' } }],
      audit: [{ action: 'user.update', targetId: user.id, before, after }],
    })
    await scenario({
      request: { method: 'PATCH', path: `/api/v1/users/${user.id}`, json: { profile: null } },
      status: 200,
      body: { ...after, profile: blank },
      events: [{ type: 'user.updated' }],
      audit: [{ action: 'user.update', after: { profile: blank } }],
    })
    const { username, email, role } = user
    await scenario({
      request: {
        method: 'PATCH',
        path: `/api/v1/users/${user.id}`,
        json: { username, email, role, profile: { bio: null } },
      },
      status: 200,
      body: { ...after, profile: blank },
      events: [],
      audit: [],
    })
  })

  test('a user is deleted once, and restored as it was', async () => {
    const user = await createUser()
    const path = `/api/v1/users/${user.id}`
    const shown = { ...user, last_login: null, profile: blank }
    await scenario({
      request: { method: 'DELETE', path },
      status: 204,
      body: undefined,
      events: [{ type: 'user.deleted', data: { username: user.username, status: 'active' } }],
      audit: [{ action: 'user.delete', before: shown, after: null }],
    })
    await scenario({
      request: { method: 'DELETE', path },
      status: 404,
      body: {
        error: {
          code: 'resource_not_found',
          message: /./,
          details: `There is no user with id ${user.id}.`,
        },
      },
      events: [],
      audit: [],
    })
    await scenario({
      request: { method: 'POST', path: `${path}/restore` },
      status: 200,
      body: shown,
      events: [{ type: 'user.updated', resourceId: user.id }],
      audit: [{ action: 'user.restore', before: null, after: shown }],
    })
  })

  test('a batch of users leaves behind what the single calls would', async () => {
    const changed = await createUser()
    const deleted = await createUser()
    const [username, email] = ['batched', 'batched@example.org']
    const item = { username, email, password: 'correct horse' }
    const editor = { ...changed, role: 'editor', last_login: null }
    await scenario({
      request: {
        method: 'POST',
        path: '/api/v1/users/batch',
        json: {
          items: [
            { action: 'create', data: item },
            { action: 'create', data: item },
            { action: 'update', id: changed.id, data: { role: 'editor' } },
            { action: 'update', id: changed.id, data: { role: 'editor' } },
            { action: 'delete', id: deleted.id },
          ],
        },
      },
      status: 200,
      body: {
        data: [
          {
            status: 201,
            id: anId,
            etag: /^"/,
            resource: { ...changed, id: anId, username, email, last_login: null },
          },
          { status: 409, error: { code: 'conflict', message: /./, details: /'username' and the 'email'/ } },
          { status: 200, id: changed.id, etag: /^"/, resource: editor },
          { status: 200, id: changed.id, etag: /^"/, resource: editor },
          { status: 204, id: deleted.id },
        ],
        meta: { succeeded: 4, failed: 1 },
      },
      events: [
        { type: 'user.created' },
        { type: 'user.updated', resourceId: changed.id },
        { type: 'user.deleted', resourceId: deleted.id },
      ],
      audit: [
        { action: 'user.create', before: null },
        { action: 'user.update', targetId: changed.id },
        { action: 'user.delete', targetId: deleted.id },
      ],
    })
  })

  test('a person is to be erased, and the erasure is cancelled', async () => {
    const user = await createUser()
    const due_at = '2026-01-16T08:30:00Z'
    const audit = { actor: 'credential Administration', targetId: user.id }
    const names = { id: user.id, username: user.username, email: user.email, role: 'normal' }
    await scenario({
      request: { method: 'POST', path: `/api/v1/users/${user.id}/erase`, json: { username: user.username } },
      status: 202,
      body: {
        user_id: user.id,
        status: 'waiting',
        requested_at: now,
        due_at,
        erased_at: null,
        credentials: 0,
        webhooks: 0,
        automations: 0,
        receipt: null,
      },
      events: [{ type: 'user.updated', resourceId: user.id, data: { ...names, status: 'suspended' } }],
      audit: [
        { ...audit, action: 'user.update' },
        { ...audit, action: 'user.request_erasure', before: null, after: { due_at } },
      ],
    })
    await scenario({
      request: { method: 'DELETE', path: `/api/v1/users/${user.id}/erase` },
      status: 204,
      body: undefined,
      events: [{ type: 'user.updated', resourceId: user.id, data: { ...names, status: 'active' } }],
      audit: [
        { ...audit, action: 'user.update' },
        { ...audit, action: 'user.cancel_erasure', before: { due_at }, after: null },
      ],
    })
  })
}
