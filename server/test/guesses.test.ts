import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Answer, type Json, startServer } from './harness.ts'
import { makePerson, password } from './people.ts'
import { startReceiver } from './receiver.ts'
import { assertRefused } from './refusals.ts'

const server = await startServer({ env: { COMSERV_WEBHOOK_ALLOWED_CIDRS: '127.0.0.1/32' } })
const { secret: key } = await server.credential('admin')
const { url } = await startReceiver()
const phone = '+49 30 1234'

/** Each resource with a record, and for its fields a right and a wrong guess at what is stored. */
const resources = {
  users: {
    scopes: 'users:write',
    reads: 'users:read',
    made: { username: 'guessed', email: 'guessed@example.org', password, profile: { phone } },
    guesses: [
      [{ profile: { phone } }, { profile: { phone: '1' } }],
      [{ status: 'active' }, { status: 'inactive' }],
      [{ username: 'guessed' }, { username: 'other' }],
      [{ email: 'guessed@example.org' }, { email: 'other@example.org' }],
    ],
  },
  documents: {
    scopes: 'documents:write',
    reads: 'documents:read',
    made: { title: 'Guessed', category: 'secret', content: 'Text' },
    guesses: [
      [{ title: 'Guessed' }, { title: 'Other' }],
      [{ category: 'secret' }, { category: 'other' }],
      [{ content: 'Text' }, { content: 'Other' }],
      [{ status: 'draft' }, { status: 'published' }],
      [{ publish_at: null }, { publish_at: '2030-01-01T00:00:00Z' }],
    ],
  },
  categories: {
    scopes: 'documents:write',
    reads: 'documents:read',
    made: { name: 'Guessed', description: 'Text' },
    guesses: [
      [{ description: 'Text' }, { description: 'Other' }],
      [{ position: 0 }, { position: 7 }],
    ],
  },
  credentials: {
    scopes: 'credentials:write',
    reads: 'credentials:read',
    made: { name: 'Guessed', scopes: ['credentials:write'] },
    guesses: [
      [{ name: 'Guessed' }, { name: 'Other' }],
      [{ allowed_ips: null }, { allowed_ips: ['127.0.0.1'] }],
      [{ rules: null }, { expires_at: '2030-01-01T00:00:00Z' }],
    ],
  },
  webhooks: {
    scopes: 'webhooks:write users:read',
    reads: 'webhooks:read',
    made: { url, events: ['user.created'], description: 'Text' },
    guesses: [
      [{ description: 'Text' }, { description: 'Other' }],
      [{ url }, { url: `${url}/other` }],
      [{ events: ['user.created'] }, { events: ['user.deleted'] }],
      [{ concurrency: 5 }, { concurrency: 3 }],
    ],
  },
} as const

const make = async (plural: keyof typeof resources): Promise<Json> => {
  const { made } = resources[plural]
  const { status, body, text } = await server.call('POST', `/api/v1/${plural}`, { key, json: made })
  assert.equal(status, 201, text)
  return body
}

for (const [plural, { scopes, reads, guesses }] of Object.entries(resources)) {
  const path = `/api/v1/${plural}`

  test(`a right guess at one of ${plural} looks like a wrong one to callers who may not read it`, async () => {
    const { id } = await make(plural as keyof typeof resources)
    const { secret: writer } = await server.credential(scopes)
    const { secret: reader } = await server.credential(`${scopes} ${reads}`)
    const patch = (by: string, json: object) => server.call('PATCH', `${path}/${id}`, { key: by, json })
    for (const [right] of guesses) {
      const before = await patch(writer, {})
      const after = await patch(writer, right)
      assert.deepEqual([before.status, after.status], [204, 204], after.text)
      assert.notEqual(after.headers.get('etag'), before.headers.get('etag'), JSON.stringify(right))
      // A reader who repeats it changes nothing; the events of a webhook are then those of another credential.
      if ('events' in right) continue
      const seen = await patch(reader, right)
      assert.equal(seen.headers.get('etag'), after.headers.get('etag'))
    }
    await server.call('DELETE', `${path}/${id}`, { key })
  })

  if (plural === 'credentials' || plural === 'webhooks') continue

  test(`a batch of ${plural} that undoes itself does not tell right guesses from wrong ones`, async () => {
    const { id } = await make(plural as keyof typeof resources)
    const { secret: writer } = await server.credential(scopes)
    const tag = (await server.call('PATCH', `${path}/${id}`, { key: writer, json: {} })).headers.get('etag')
    const tried = async (data: object): Promise<Answer> => {
      const items = [
        { action: 'update', id, data },
        { action: 'update', id, data: {}, if_match: tag },
        { action: 'update', id: 999_999, data: {} },
      ]
      return server.call('POST', `${path}/batch?atomic=true`, { key: writer, json: { items } })
    }
    for (const [right, wrong] of guesses) {
      const [one, other] = [await tried(right), await tried(wrong)]
      assert.deepEqual([one.status, one.body], [other.status, other.body], JSON.stringify(right))
      assertRefused(one, 412, /^items\.1: /)
    }
    await server.call('DELETE', `${path}/${id}`, { key })
  })
}

test('what takes more authority takes it also for the value that is stored', async () => {
  const { secret: writer } = await server.credential('users:write')
  const { id, username, email } = await makePerson(server, 'developer')
  for (const json of [{ role: 'developer' }, { status: 'active' }, { username }, { email }])
    assertRefused(
      await server.call('PATCH', `/api/v1/users/${id}`, { key: writer, json }),
      403,
      /^Changing more than the profile of a developer needs/,
    )
  const { secret: credentialWriter } = await server.credential('credentials:write')
  const credential = await make('credentials')
  for (const json of [{ tier: 'standard' }, { owner_id: credential.owner_id }])
    assertRefused(
      await server.call('PATCH', `/api/v1/credentials/${credential.id}`, { key: credentialWriter, json }),
      403,
      /needs the scope 'admin'/,
    )
  const { secret: webhookWriter } = await server.credential('webhooks:write users:read')
  const webhook = await make('webhooks')
  assertRefused(
    await server.call('PATCH', `/api/v1/webhooks/${webhook.id}`, {
      key: webhookWriter,
      json: { owner_id: webhook.owner_id },
    }),
    403,
    /needs the scope 'admin'/,
  )
  // Readers know the value: repeating it is no change.
  const { secret: reader } = await server.credential('users:write users:read')
  const same = await server.call('PATCH', `/api/v1/users/${id}`, { key: reader, json: { role: 'developer' } })
  assert.equal(same.status, 200, same.text)
})

test('errors do not say what is stored to callers who may not read it', async () => {
  const headers = { 'X-Hidden': 'value' }
  const json = { url, events: ['user.created'], headers }
  const { body: webhook } = await server.call('POST', '/api/v1/webhooks', { key, json })
  const { secret: webhookWriter } = await server.credential('webhooks:write users:read')
  const renamed = (to: string) =>
    server.call('PATCH', `/api/v1/webhooks/${webhook.id}`, { key: webhookWriter, json: { url: to } })
  const [right, wrong] = [await renamed(url), await renamed('http://127.0.0.1:1/')]
  assert.deepEqual([right.status, right.body], [wrong.status, wrong.body])
  assertRefused(right, 400, /^The 'url' field needs the header fields of the webhook again/)
  const complete = { url, headers: { 'X-Hidden': 'other' } }
  const renewed = await server.call('PATCH', `/api/v1/webhooks/${webhook.id}`, {
    key: webhookWriter,
    json: complete,
  })
  assert.equal(renewed.status, 204, renewed.text)

  const { body: document } = await server.call('POST', '/api/v1/documents', {
    key,
    json: { title: 'Archived', category: 'secret', status: 'archived' },
  })
  const path = `/api/v1/documents/${document.id}`
  const { secret: writer } = await server.credential('documents:write')
  const scheduled = await server.call('PATCH', path, {
    key: writer,
    json: { publish_at: '2030-01-01T00:00:00Z' },
  })
  assertRefused(scheduled, 400, /is for drafts; this document is none\.$/)
  const { secret: narrow } = await server.credential('documents:write', {
    rules: [{ scope: 'documents:write', where: { status: ['draft', 'archived'] } }],
  })
  const published = await server.call('PATCH', path, { key: narrow, json: { status: 'published' } })
  assertRefused(published, 403, /may write only documents where the status is 'draft' or 'archived'\.$/)
})

test('a document that is published stays so when its status is sent again unseen', async () => {
  const json = { title: 'Published', status: 'published' }
  const { body } = await server.call('POST', '/api/v1/documents', { key, json })
  const { secret: writer } = await server.credential('documents:write')
  server.clock.advance(60_000)
  const path = `/api/v1/documents/${body.id}`
  const first = await server.call('PATCH', path, { key: writer, json: { status: 'published' } })
  assert.equal(first.status, 204)
  const seen = await server.call('GET', path, { key })
  assert.equal(seen.body.published_at, body.published_at)
  assert.equal(seen.headers.get('etag'), first.headers.get('etag'))
  const nothing = await server.call('PATCH', path, { key: writer, json: {} })
  assert.equal(nothing.headers.get('etag'), first.headers.get('etag'))
})
