import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Answer, type Json, startServer } from './harness.ts'
import { signedInAs } from './people.ts'

const server = await startServer()
const { secret: admin } = await server.credential('admin')
const api = (method: string, path: string, json?: object) =>
  server.call(method, `/api/v1${path}`, { key: admin, ...(json ? { json } : {}) })
const inAnHour = () => new Date(server.clock.now() + 3_600_000).toISOString()

type Call = (json: object) => Promise<Answer>

async function scheduled(call: Call, more: object = {}): Promise<number> {
  const { status, body, text } = await call({ title: 'Later', publish_at: inAnHour(), ...more })
  assert.equal(status, 201, text)
  return body.id
}

async function whenDue(id: number): Promise<Json> {
  server.clock.advance(2 * 3_600_000)
  await server.newEvents()
  await server.runTask('publish documents that are due')
  return (await api('GET', `/documents/${id}`)).body
}

async function assertStaysDraft(id: number, reason: string): Promise<void> {
  const { status, publish_at, publish_refused, version } = await whenDue(id)
  assert.deepEqual(
    { status, publish_at, publish_refused },
    { status: 'draft', publish_at: null, publish_refused: reason },
  )
  assert.deepEqual(await server.newEvents(), ['document.updated'])
  const { data } = (
    await api('GET', `/audit-log?action=document.refuse_publication&target_id=${id}&target_type=document`)
  ).body
  assert.equal(data.length, 1)
  assert.deepEqual([data[0].actor.type, data[0].after.publish_refused], ['system', reason])
  await server.runTask('publish documents that are due')
  assert.equal((await api('GET', `/documents/${id}`)).body.version, version)
}

const ofKey = async (scopes: string, more: object = {}) => {
  const credential = await server.credential(scopes, more)
  const call: Call = (json) => server.call('POST', '/api/v1/documents', { key: credential.secret, json })
  return { ...credential, call }
}
const ofPerson = async (role: string) => {
  const person = await signedInAs(server, role)
  const call: Call = (json) => person.call('POST', '/api/v1/documents', { json })
  return { ...person, call }
}

test('what somebody scheduled is published while they may, and not when they have lost the role', async () => {
  const editor = await ofPerson('editor')
  const first = await scheduled(editor.call)
  const published = await whenDue(first)
  assert.deepEqual([published.status, 'publish_refused' in published], ['published', false])
  const again = await ofPerson('editor')
  const second = await scheduled(again.call)
  await api('PATCH', `/users/${again.id}`, { role: 'normal' })
  await assertStaysDraft(second, 'scheduler_lacks_scope')
})

for (const [what, change] of [
  ['suspended', (id: number) => api('PATCH', `/users/${id}`, { status: 'suspended' })],
  ['deleted', (id: number) => api('DELETE', `/users/${id}`)],
] as const) {
  test(`nor when they were ${what}, also where somebody else edits the draft in between`, async () => {
    const editor = await ofPerson('editor')
    const id = await scheduled(editor.call)
    await api('PATCH', `/documents/${id}`, { content: 'Checked' })
    await change(editor.id)
    await assertStaysDraft(id, 'scheduler_inactive')
  })
}

test('whoever sets another time has scheduled it, and whoever publishes it ends the refusal', async () => {
  const editor = await ofPerson('editor')
  const id = await scheduled(editor.call)
  await api('PATCH', `/documents/${id}`, {
    publish_at: new Date(server.clock.now() + 5_000_000).toISOString(),
  })
  await api('PATCH', `/users/${editor.id}`, { status: 'suspended' })
  assert.equal((await whenDue(id)).status, 'published')

  const other = await ofPerson('editor')
  const refused = await scheduled(other.call)
  await api('PATCH', `/users/${other.id}`, { role: 'normal' })
  await assertStaysDraft(refused, 'scheduler_lacks_scope')
  const { body: edited } = await api('PATCH', `/documents/${refused}`, { title: 'Edited' })
  assert.equal(edited.publish_refused, 'scheduler_lacks_scope')
  const { body } = await api('PATCH', `/documents/${refused}`, { publish_at: inAnHour() })
  assert.equal('publish_refused' in body, false)
  assert.equal((await whenDue(refused)).status, 'published')
})

test('a credential that was revoked, has expired or was narrowed publishes nothing', async () => {
  const revoked = await ofKey('documents:write')
  const one = await scheduled(revoked.call)
  await api('DELETE', `/credentials/${revoked.id}`)
  await assertStaysDraft(one, 'credential_ended')

  const expires_at = new Date(server.clock.now() + 4_000_000).toISOString()
  const expiring = await ofKey('documents:write', { expires_at })
  const two = await scheduled(expiring.call)
  await assertStaysDraft(two, 'credential_ended')

  const fewer = await ofKey('documents:write documents:read')
  const three = await scheduled(fewer.call)
  await api('PATCH', `/credentials/${fewer.id}`, { scopes: ['documents:read'] })
  await assertStaysDraft(three, 'scheduler_lacks_scope')

  const narrowed = await ofKey('documents:write')
  const four = await scheduled(narrowed.call, { category: 'secret' })
  await api('PATCH', `/credentials/${narrowed.id}`, {
    rules: [{ scope: 'documents:write', where: { category: ['reports'] } }],
  })
  await assertStaysDraft(four, 'scheduler_out_of_reach')
})

test('a credential acts for its owner of that moment', async () => {
  const editor = await ofPerson('editor')
  const { body: own } = await api('POST', '/credentials', {
    name: 'Of the editor',
    scopes: ['documents:write'],
    owner_id: editor.id,
  })
  const call: Call = (json) => server.call('POST', '/api/v1/documents', { key: own.client_secret, json })
  const kept = await scheduled(call)
  await api('PATCH', `/users/${editor.id}`, { role: 'normal' })
  const system = (await editor.call({})).status
  assert.equal(system, 403)
  await assertStaysDraft(kept, 'scheduler_lacks_scope')

  const next = await ofPerson('editor')
  await api('PATCH', `/credentials/${own.id}`, { owner_id: next.id })
  const handedOver = await scheduled(call)
  const { system_account_id } = (await next.session) as Json
  await api('PATCH', `/credentials/${own.id}`, { owner_id: system_account_id })
  await api('PATCH', `/users/${next.id}`, { status: 'suspended' })
  assert.equal((await whenDue(handedOver)).status, 'published')
})
