import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { BuiltInRole } from '../src/access/roles.ts'
import { type Answer, type Json, startServer } from './harness.ts'
import { openedAudit } from './opened-logs.ts'
import { makePerson, type SignedInPerson, signedInAs } from './people.ts'

const server = await startServer()
const { secret: adminKey } = await server.credential('admin')
const people: Record<BuiltInRole, SignedInPerson> = {
  admin: await signedInAs(server, 'admin'),
  developer: await signedInAs(server, 'developer'),
  editor: await signedInAs(server, 'editor'),
  normal: await signedInAs(server, 'normal'),
}
const somebody = await makePerson(server, 'normal')
const foreign = await server.credential('documents:read')
const draft = await makeDocument('draft')
const published = await makeDocument('published')
const archived = await makeDocument('archived')

/** One call, and what each role is answered: admin, developer, editor, normal. */
type Line = [method: string, path: string, json: Json, statuses: [number, number, number, number]]

const document = { title: 'By role', category: 'roles' }
const lines: Line[] = [
  ['GET', '/users', undefined, [200, 200, 200, 403]],
  ['GET', `/users/${somebody.id}`, undefined, [200, 200, 200, 403]],
  ['POST', '/users', {}, [400, 403, 403, 403]],
  ['PATCH', `/users/${somebody.id}`, { profile: null }, [200, 403, 403, 403]],
  ['DELETE', '/users/999999', undefined, [404, 403, 403, 403]],
  ['GET', '/documents', undefined, [200, 200, 200, 200]],
  ['GET', '/documents?status=published', undefined, [200, 200, 200, 200]],
  ['GET', '/documents?status=draft', undefined, [200, 200, 200, 403]],
  ['GET', '/documents?status=archived', undefined, [200, 200, 200, 403]],
  ['GET', `/documents/${published.id}`, undefined, [200, 200, 200, 200]],
  ['GET', `/documents/${draft.id}`, undefined, [200, 200, 200, 404]],
  ['GET', `/documents/${archived.id}`, undefined, [200, 200, 200, 404]],
  ['GET', `/documents/${published.id}/revisions`, undefined, [200, 200, 200, 403]],
  ['GET', `/documents/${published.id}/revisions/1`, undefined, [200, 200, 200, 403]],
  ['POST', '/documents', document, [201, 403, 201, 403]],
  ['PATCH', `/documents/${draft.id}`, { category: 'roles' }, [200, 403, 200, 403]],
  ['DELETE', '/documents/999999', undefined, [404, 403, 404, 403]],
  // What they own, which is nothing.
  ['GET', '/credentials', undefined, [200, 200, 200, 200]],
  ['GET', `/credentials/${foreign.id}`, undefined, [200, 404, 404, 404]],
  ['PATCH', `/credentials/${foreign.id}`, { name: 'Mine' }, [200, 404, 403, 403]],
  ['POST', `/credentials/${foreign.id}/rotate`, {}, [200, 404, 403, 403]],
  ['POST', '/credentials', { name: 'K', scopes: ['read'] }, [201, 201, 403, 403]],
  ['POST', '/credentials', { name: 'K', scopes: ['webhooks:write'] }, [201, 201, 403, 403]],
  ['POST', '/credentials', { name: 'K', scopes: ['documents:write'] }, [201, 403, 403, 403]],
  ['POST', '/credentials', { name: 'K', scopes: ['audit:read'] }, [201, 403, 403, 403]],
  ['POST', '/credentials', { name: 'K', scopes: ['admin'] }, [201, 403, 403, 403]],
  ['POST', '/credentials', { name: 'K', scopes: ['read'], owner_id: somebody.id }, [201, 403, 403, 403]],
  ['GET', '/me', undefined, [200, 200, 200, 200]],
  ['PATCH', '/me', { profile: { bio: 'Me' } }, [200, 200, 200, 200]],
  ['GET', '/me/sessions', undefined, [200, 200, 200, 200]],
  ['GET', '/me/second-factors', undefined, [200, 200, 200, 200]],
  ['GET', `/users/${somebody.id}/second-factors`, undefined, [200, 403, 403, 403]],
  ['GET', '/session', undefined, [200, 200, 200, 200]],
]

describe('what each role may do', () => {
  for (const [method, path, json, statuses] of lines) {
    for (const [i, role] of (['admin', 'developer', 'editor', 'normal'] as const).entries()) {
      test(`${role}: ${method} ${path.replaceAll(/\d+/g, 'N')} ${json ? JSON.stringify(json) : ''} ${statuses[i]}`, async () => {
        const answer = await people[role].call(method, `/api/v1${path}`, { json })
        assert.equal(answer.status, statuses[i], answer.text)
        if (answer.status === 403) assert.equal(answer.body.error.code, 'permission_denied')
      })
    }
  }

  test('the refusal names the scope, and says that the role does not have it', async () => {
    const { body } = await people.normal.call('GET', '/api/v1/users')
    assert.deepEqual(body.error, {
      code: 'permission_denied',
      message: 'Insufficient permissions',
      details: "This call needs the scope 'users:read', which your role does not have.",
    })
  })
})

describe('a normal user', () => {
  test('counts published documents alone, exactly, under every filter', async () => {
    const { normal, editor } = people
    for (const category of ['roles', 'policies']) {
      for (let i = 0; i < 3; i++)
        await editor.call('POST', '/api/v1/documents', {
          json: { title: 'A', category, status: 'published' },
        })
      await editor.call('POST', '/api/v1/documents', { json: { title: 'B', category } })
    }
    for (const filter of [
      '',
      'category=policies',
      `author_id=${editor.id}`,
      `category=roles&author_id=${editor.id}`,
    ]) {
      const seen = await normal.call('GET', `/api/v1/documents?${filter}&limit=2`)
      const expected = await editor.call('GET', `/api/v1/documents?${filter}&status=published&limit=2`)
      assert.deepEqual(seen.body, expected.body, filter)
      assert.ok(seen.body.data.every(({ status }: Json) => status === 'published'))
      assert.ok(seen.body.meta.total_count > 0)
    }
  })

  test('finds no draft by searching, nor by following a cursor', async () => {
    const { normal, editor } = people
    await editor.call('POST', '/api/v1/documents', { json: { title: 'Zephyr draft' } })
    await editor.call('POST', '/api/v1/documents', { json: { title: 'Zephyr open', status: 'published' } })
    const found = await normal.call('GET', '/api/v1/documents?q=zephyr')
    assert.deepEqual(titles(found), ['Zephyr open'])
    assert.equal(found.body.meta.total_count, 1)
    const theirs = await editor.call('GET', '/api/v1/documents?limit=1')
    const next = /<([^>]+)>; rel="next"/.exec(theirs.headers.get('link') ?? '')?.[1] ?? ''
    const followed = await normal.call('GET', `${next.replace('limit=1', 'limit=100')}`)
    assert.equal(followed.status, 200)
    assert.ok(followed.body.data.every(({ status }: Json) => status === 'published'))
  })

  test('loses sight of a document that is taken back', async () => {
    const { normal, editor } = people
    const made = await makeDocument('published')
    const address = `/api/v1/documents/${made.id}`
    assert.equal((await normal.call('GET', address)).status, 200)
    await editor.call('PATCH', address, { json: { status: 'archived' } })
    assert.equal((await normal.call('GET', address)).status, 404)
  })
})

describe('a developer', () => {
  test('makes, sees, changes, rotates and revokes own credentials, and counts those alone', async () => {
    const developer = await signedInAs(server, 'developer')
    const made = await developer.call('POST', '/api/v1/credentials', {
      json: { name: 'Mine', scopes: ['read', 'credentials:read', 'credentials:write'] },
    })
    assert.equal(made.status, 201)
    assert.equal(made.body.owner_id, developer.id)
    const address = `/api/v1/credentials/${made.body.id}`
    const list = await developer.call('GET', '/api/v1/credentials')
    assert.deepEqual(ids(list), [made.body.id])
    assert.equal(list.body.meta.total_count, 1)
    const renamed = await developer.call('PATCH', address, { json: { name: 'Still mine' } })
    assert.equal(renamed.body.name, 'Still mine')
    assert.equal((await developer.call('POST', `${address}/rotate`, { json: {} })).status, 200)

    const stranger = await signedInAs(server, 'developer')
    for (const [method, path] of [
      ['GET', address],
      ['DELETE', address],
    ] as const)
      assert.equal((await stranger.call(method, path)).status, 404)
    assert.equal((await stranger.call('GET', '/api/v1/credentials')).body.meta.total_count, 0)
    assert.ok(ids(await people.admin.call('GET', '/api/v1/credentials')).includes(made.body.id))
    assert.equal((await developer.call('DELETE', address)).status, 204)
  })

  test('reaches no further with a key or a token of their own', async () => {
    const developer = await signedInAs(server, 'developer')
    const made = await developer.call('POST', '/api/v1/credentials', {
      json: { name: 'Reach', scopes: ['credentials:read', 'credentials:write'] },
    })
    const key = made.body.client_secret
    const token = await server.token({ clientId: made.body.client_id, secret: key })
    for (const as of [{ key }, { token }]) {
      assert.deepEqual(ids(await server.call('GET', '/api/v1/credentials', as)), [made.body.id])
      assert.equal((await server.call('GET', `/api/v1/credentials/${foreign.id}`, as)).status, 404)
      assert.equal((await server.call('DELETE', `/api/v1/credentials/${foreign.id}`, as)).status, 404)
    }
  })

  test('cannot change what an administrator gave them beyond their role, but may revoke it', async () => {
    const developer = await signedInAs(server, 'developer')
    const given = await server.credential('users:write', { owner_id: developer.id })
    const address = `/api/v1/credentials/${given.id}`
    assert.equal((await developer.call('GET', address)).status, 200)
    assert.equal((await developer.call('PATCH', address, { json: { name: 'More' } })).status, 403)
    assert.equal((await developer.call('POST', `${address}/rotate`, { json: {} })).status, 403)
    assert.equal((await developer.call('DELETE', address)).status, 204)
  })
})

test('what a person makes belongs to that person', async () => {
  const made = await people.editor.call('POST', '/api/v1/documents', { json: { title: 'Mine' } })
  assert.equal(made.body.author_id, people.editor.id)
  const rows = await server.context.database.read
    .selectFrom('audit_log')
    .selectAll()
    .where('target_type', '=', 'document')
    .where('target_id', '=', made.body.id)
    .execute()
  const [row] = await openedAudit(server.context.database, rows)
  assert.deepEqual(
    [row?.actor_type, row?.actor_id, row?.actor_name],
    ['user', people.editor.id, people.editor.username],
  )
})

async function makeDocument(status: string): Promise<{ id: number }> {
  const { body } = await server.call('POST', '/api/v1/documents', {
    key: adminKey,
    json: { title: `A ${status} document`, status },
  })
  return body
}

function titles({ body }: Answer): string[] {
  return body.data.map(({ title }: Json) => title)
}

function ids({ body }: Answer): number[] {
  return body.data.map(({ id }: Json) => id)
}
