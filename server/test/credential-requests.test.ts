import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dayMs } from '../src/lib/timestamps.ts'
import { type Answer, type Json, startServer } from './harness.ts'
import { makePerson, type SignedInPerson, signedInAs, signIn } from './people.ts'
import { sendRaw } from './raw-http.ts'
import { assertRefused } from './refusals.ts'

const server = await startServer({
  env: { COMSERV_KEY_REQUESTS_BY_GUESTS: 'true', COMSERV_TRUST_PROXY: 'true' },
})
const closedToGuests = await startServer()
const path = '/api/v1/credential-requests'
const { secret: key } = await server.credential('admin')
const reason = 'For the nightly report.'
const asked = (more: object = {}) => ({ name: 'Reports', scopes: ['documents:read'], reason, ...more })

async function requested(person: SignedInPerson, more: object = {}): Promise<Json> {
  const { status, body, text } = await person.call('POST', path, { json: asked(more) })
  assert.equal(status, 201, text)
  return body
}

const decide = (id: number, what: 'approve' | 'refuse', json: object = {}) =>
  server.call('POST', `${path}/${id}/${what}`, { key, json })

async function approved(person: SignedInPerson, more: object = {}, terms: object = {}): Promise<Json> {
  const { id } = await requested(person, more)
  const { status, body, text } = await decide(id, 'approve', terms)
  assert.equal(status, 200, text)
  return body
}

const collect = (person: SignedInPerson, id: number) => person.call('POST', `${path}/${id}/collect`)

/** Answers as the holder of a collected credential gets them. */
const uses = (secret: string, target: string) => server.call('GET', target, { key: secret })

test('a person of any role may request, and only administrators and the person see it', async () => {
  const other = await signedInAs(server, 'developer')
  const administrator = await signedInAs(server, 'admin')
  for (const role of ['normal', 'editor', 'developer', 'admin'] as const) {
    const person = await signedInAs(server, role)
    const { id } = await requested(person)
    const own = await person.call('GET', `${path}?requester_id=${person.id}`)
    assert.deepEqual([own.body.meta.total_count, own.body.data[0].id], [1, id])
    assert.equal((await person.call('GET', `${path}/${id}`)).status, 200)
    assert.equal((await administrator.call('GET', `${path}/${id}`)).status, 200)
    assert.equal((await uses(key, `${path}/${id}`)).status, 200)
    assert.equal((await other.call('GET', `${path}/${id}`)).status, 404)
    assert.equal((await other.call('GET', path)).body.meta.total_count, 0)
    assert.equal((await other.call('GET', `${path}?requester_id=${person.id}`)).body.meta.total_count, 0)
    // A program of the person, without `admin`, is not the person.
    const { secret } = await server.credential('credentials:read', { owner_id: person.id })
    assert.equal((await uses(secret, path)).body.meta.total_count, 0)
    assert.equal((await uses(secret, `${path}/${id}`)).status, 404)
    for (const what of ['withdraw', 'collect'])
      assert.equal((await other.call('POST', `${path}/${id}/${what}`)).status, 404)
    assertRefused(
      await administrator.call('POST', `${path}/${id}/withdraw`),
      role === 'admin' && person.id === administrator.id ? 200 : 403,
      /^Only the requester can do this\.$/,
    )
    assert.equal((await person.call('POST', `${path}/${id}/withdraw`)).body.status, 'withdrawn')
  }
  const anonymous = await server.call('POST', path, { json: asked() })
  assert.equal(anonymous.status, 401)
  assert.equal((await server.call('POST', path, { key, json: asked() })).status, 403)
})

test('the secret is shown once, to the requester, with the terms of the approval and no more', async () => {
  const person = await signedInAs(server, 'developer')
  const terms = {
    scopes: ['documents:read'],
    expires_at: '2027-01-01T00:00:00Z',
    allowed_ips: ['127.0.0.1'],
    message: 'Until the end of the year.',
  }
  const request = await approved(person, { scopes: ['documents:read', 'users:read'] }, terms)
  assert.equal(request.owner_id, person.id)
  assert.equal(request.message, terms.message)
  const { status, body, headers } = await collect(person, request.id)
  assert.equal(status, 201)
  assert.equal(headers.get('cache-control'), 'no-store')
  assert.deepEqual(
    [body.name, body.scopes, body.owner_id, body.expires_at, body.allowed_ips, body.tier],
    ['Reports', terms.scopes, person.id, terms.expires_at, terms.allowed_ips, 'standard'],
  )
  assert.equal((await uses(body.client_secret, '/api/v1/documents')).status, 200)
  assert.equal((await uses(body.client_secret, '/api/v1/users')).status, 403)
  const after = await person.call('GET', `${path}/${request.id}`)
  assert.deepEqual([after.body.status, after.body.credential_id], ['collected', body.id])
  assert.ok(!after.text.includes(body.client_secret))
  for (const again of [
    await collect(person, request.id),
    await decide(request.id, 'approve'),
    await decide(request.id, 'refuse', { message: 'Too late.' }),
    await person.call('POST', `${path}/${request.id}/withdraw`),
  ])
    assertRefused(
      again,
      409,
      /was already collected, and its secret is not shown again|was approved, and its secret was collected, so it cannot be (withdrawn|refused|approved)/,
    )
})

test('two collections at the same moment create one credential', async () => {
  const person = await signedInAs(server, 'developer')
  const { id } = await approved(person)
  const answers = await Promise.all([1, 2, 3].map(() => collect(person, id)))
  assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 409, 409])
  const headers = { 'idempotency-key': 'once' }
  const next = await approved(person)
  const [first, second] = [
    await person.call('POST', `${path}/${next.id}/collect`, { headers }),
    await person.call('POST', `${path}/${next.id}/collect`, { headers }),
  ]
  assert.equal(second.body.client_secret, first.body.client_secret)
})

test('an approval adds nothing, and names an owner who has the scopes', async () => {
  const person = await signedInAs(server, 'normal')
  const { id } = await requested(person, { scopes: ['documents:read', 'users:read'] })
  assertRefused(
    await decide(id, 'approve', { scopes: ['documents:read', 'users:write'] }),
    400,
    /^The 'scopes' field names 'users:write', which was not requested\.$/,
  )
  for (const scopes of [['admin'], ['read'], ['write']])
    assertRefused(await decide(id, 'approve', { scopes }), 400, /which was not requested/)
  const editor = await makePerson(server, 'normal')
  for (const [owner_id, why] of [
    [editor.id, new RegExp(`that of the user ${editor.id} lacks 'users:read'\\.$`)],
    [999_999, /there is no active user 999999\.$/],
  ] as const)
    assertRefused(await decide(id, 'approve', { owner_id }), 400, why)
  assertRefused(
    await decide(id, 'approve', { expires_at: '2020-01-01T00:00:00Z' }),
    400,
    /must be in the future/,
  )
  assertRefused(await decide(id, 'approve', { allowed_ips: ['nowhere'] }), 400, /neither an address nor/)
  const developer = await signedInAs(server, 'developer')
  assert.equal((await decide(id, 'approve', { owner_id: developer.id })).body.owner_id, developer.id)
  // Without a choice: the requester where the role suffices, otherwise the system account.
  const system = (await person.call('GET', '/api/v1/session')).body.system_account_id
  assert.equal((await decide(id, 'approve')).body.owner_id, system)
  assert.equal((await decide(id, 'approve', { scopes: ['documents:read'] })).body.owner_id, person.id)
  assert.equal((await developer.call('POST', `${path}/${id}/approve`, { json: {} })).status, 403)
  const { secret } = await server.credential('credentials:write')
  assert.equal((await server.call('POST', `${path}/${id}/approve`, { key: secret, json: {} })).status, 403)
})

test('the first approval that needs the system account makes it, also of several at once', async () => {
  const one = await startServer()
  const two = await startServer({ beside: one })
  const person = await signedInAs(one, 'normal')
  const administrators = [await signedInAs(one, 'admin'), await signedInAs(two, 'admin')]
  // The people of this test were created by an operator, and with the first of them the account.
  await one.context.database.write(({ db }) => db.deleteFrom('users').where('is_system', '=', 1).execute())
  assert.equal((await person.call('GET', '/api/v1/session')).body.system_account_id, null)
  const ids = await Promise.all(
    [1, 2, 3, 4].map(
      async () => (await person.call('POST', path, { json: asked({ scopes: ['users:write'] }) })).body.id,
    ),
  )
  const decided = await Promise.all(
    ids.map((id, n) => administrators[n % 2]?.call('POST', `${path}/${id}/approve`, { json: {} })),
  )
  const system = (await person.call('GET', '/api/v1/session')).body.system_account_id
  assert.ok(Number.isInteger(system))
  for (const answer of decided) {
    assert.equal(answer?.status, 200, `${answer?.text}`)
    assert.equal(answer?.body.owner_id, system)
  }
  const total = (await administrators[0]?.call('GET', '/api/v1/users'))?.body.meta.total_count
  assert.equal(total, 3, 'it is in no list')
  const collected = await person.call('POST', `${path}/${ids[0]}/collect`)
  assert.deepEqual([collected.status, collected.body.withheld_scopes], [201, []])
})

test('an approval can be changed or taken back until it is collected, and lapses after 14 days', async () => {
  const person = await signedInAs(server, 'developer')
  const { id } = await approved(person)
  assert.equal((await decide(id, 'refuse', { message: 'On second thought, no.' })).body.status, 'refused')
  assertRefused(await collect(person, id), 409, /was refused\. Make a new request\.$/)
  assertRefused(await decide(id, 'approve'), 409, /was refused, so it cannot be approved\.$/)

  const late = await approved(person)
  const short = await approved(person, {}, { expires_at: '2026-01-20T00:00:00Z' })
  assert.equal(late.collect_until, '2026-01-29T08:30:00Z')
  assert.equal(short.collect_until, '2026-01-20T00:00:00Z')
  server.clock.advance(14 * dayMs)
  const again = await signIn(server, person)
  for (const request of [late, short])
    assertRefused(
      await collect(again, request.id),
      409,
      /was not collected in time\. An administrator can approve/,
    )
  const listed = (query: string) => again.call('GET', `${path}?${query}`)
  assert.equal((await listed('status=lapsed')).body.meta.total_count, 2)
  assert.equal((await listed('status=approved')).body.meta.total_count, 0)
  await server.runTask('lapse credential requests')
  assert.equal((await listed('status=lapsed')).body.data[0].status, 'lapsed')
  const { body: log } = await server.call('GET', '/api/v1/audit-log?action=credential_request.lapse', { key })
  const lapsed = log.data.map(({ target }: Json) => target.id)
  assert.ok(lapsed.includes(late.id) && lapsed.includes(short.id))
  assert.equal(log.data[0].actor.type, 'system')
  assert.equal((await decide(late.id, 'approve')).body.status, 'approved')
  assert.equal((await collect(again, late.id)).status, 201)

  server.clock.advance(90 * dayMs)
  await server.runTask('lapse credential requests')
  const later = await signIn(server, person)
  assert.equal((await later.call('GET', path)).body.meta.total_count, 0)
})

test('what a former administrator approved needs another approval', async () => {
  const person = await signedInAs(server, 'developer')
  const boss = await signedInAs(server, 'admin')
  const { id } = await requested(person)
  assert.equal((await boss.call('POST', `${path}/${id}/approve`, { json: {} })).status, 200)
  await server.call('PATCH', `/api/v1/users/${boss.id}`, { key, json: { role: 'editor' } })
  assertRefused(await collect(person, id), 409, /is not an administrator any more; an administrator has to/)
  await decide(id, 'approve')
  assert.equal((await collect(person, id)).status, 201)
})

test('a person approves and collects with a password given lately, and requests without', async () => {
  const person = await signedInAs(server, 'developer')
  const boss = await signedInAs(server, 'admin')
  server.clock.advance(11 * 60_000)
  const { id } = await requested(person)
  assertRefused(
    await boss.call('POST', `${path}/${id}/approve`, { json: {} }),
    403,
    /POST \/api\/v1\/session\/confirm/,
  )
  await decide(id, 'approve')
  assertRefused(await collect(person, id), 403, /POST \/api\/v1\/session\/confirm/)
})

test('a person has five open requests, however many are made at once', async () => {
  const person = await signedInAs(server, 'normal')
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => person.call('POST', path, { json: asked() })),
  )
  assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 201, 201, 201, 201, 409, 409, 409])
  const refused = answers.find(({ status }) => status === 409) as Answer
  assertRefused(refused, 409, /^You have 5 open requests; withdraw one, or collect/)
  const { id } = answers.find(({ status }) => status === 201)?.body ?? {}
  await decide(id, 'refuse', { message: 'No.' })
  await requested(person)
})

test('a request says what it is for, and nothing that no credential could have', async () => {
  const person = await signedInAs(server, 'normal')
  for (const json of [
    asked({ reason: ' ' }),
    asked({ scopes: [] }),
    asked({ scopes: ['everything'] }),
    asked({ name: '' }),
    asked({ expires_at: '2020-01-01T00:00:00Z' }),
    asked({ tier: 'premium' }),
    asked({ contact: 'me' }),
    { name: 'x', scopes: ['read'] },
  ])
    assert.equal((await person.call('POST', path, { json })).status, 400, JSON.stringify(json))
  const { id } = await requested(person)
  assert.equal((await decide(id, 'refuse')).status, 400)
  assert.equal((await decide(id, 'refuse', { message: ' ' })).status, 400)
})

const guest = (what: string, json: object, headers: Record<string, string> = {}) =>
  server.call('POST', `${path}/guest${what}`, { json, headers })
const from = (address: string) => ({ 'x-forwarded-for': address })
const contact = 'Jane Doe, jane@example.org'

test('guests request where the operator allows it, and only from pages of this server', async () => {
  assert.deepEqual((await closedToGuests.call('GET', `${path}/guest`)).body, { allowed: false, scopes: [] })
  const refused = await closedToGuests.call('POST', `${path}/guest`, { json: asked({ contact }) })
  assertRefused(refused, 403, /^Guests cannot request a credential here\. Sign in/)
  const { body } = await server.call('GET', `${path}/guest`)
  assert.equal(body.allowed, true)
  assert.ok(body.scopes.some(({ name }: Json) => name === 'documents:read'))
  for (const headers of [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }])
    assert.equal((await guest('', asked({ contact }), headers as Record<string, string>)).status, 403)
  const text = JSON.stringify(asked({ contact }))
  const elsewhere = await sendRaw(
    server.url,
    `POST ${path}/guest HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${text.length}\r\n\r\n${text}`,
  )
  assertRefused(elsewhere, 403, /not served under the host 'evil\.example'/)
  assert.equal((await guest('', asked())).status, 400)
})

test('the link of a guest reads the request and shows the secret once; its token is in no row and no log', async () => {
  const { status, body } = await guest('', asked({ contact }), from('198.51.100.1'))
  assert.equal(status, 201)
  const { id, token } = body
  const read = () => guest('/read', { token }, from('198.51.100.2'))
  assert.equal((await read()).body.status, 'pending')
  assertRefused(
    await guest('/collect', { token }),
    409,
    /has not been approved yet\. An administrator decides\.$/,
  )
  await decide(id, 'approve', { message: 'Welcome.' })
  const { body: decided } = await read()
  assert.deepEqual([decided.status, decided.message, decided.contact], ['approved', 'Welcome.', contact])
  const taken = await Promise.all([1, 2].map(() => guest('/collect', { token })))
  assert.deepEqual(taken.map((one) => one.status).sort(), [201, 409])
  const secret = taken.find((one) => one.status === 201)?.body.client_secret
  assert.equal((await uses(secret, '/api/v1/documents')).status, 200)
  assert.equal((await read()).body.status, 'collected')
  assert.equal((await guest('/read', { token: 'x'.repeat(43) })).status, 404)
  assert.equal((await guest('/collect', { token: 'x'.repeat(43) })).status, 404)
  const { database } = server.context
  const rows = await database.read.selectFrom('credential_requests').selectAll().execute()
  const audit = await database.read.selectFrom('audit_log').selectAll().execute()
  const kept = JSON.stringify([rows, audit, server.logged])
  for (const text of [token, secret]) assert.ok(!kept.includes(text))
})

test('an approval narrows what is collected, and what it cannot narrow is refused', async () => {
  const person = await signedInAs(server, 'developer')
  const administrator = await signedInAs(server, 'admin')
  const rules = [{ scope: 'documents:read', where: { category: ['reports'] } }]
  const { body } = await person.call('POST', path, { json: asked({ scopes: ['read'] }) })
  const approve = (json: Json) => administrator.call('POST', `${path}/${body.id}/approve`, { json })
  assertRefused(await approve({ scopes: ['users:read'], rules }), 400, /not among the scopes/)
  const writing = [{ scope: 'documents:write', where: { own: true } }]
  assertRefused(await approve({ rules: writing }), 400, /'documents:write', which is not among the scopes/)
  assert.deepEqual((await approve({ rules })).body.granted_rules, rules)
  assert.equal((await approve({})).body.granted_rules, null)
  await approve({ rules })
  const collected = await person.call('POST', `${path}/${body.id}/collect`)
  assert.deepEqual([collected.status, collected.body.rules], [201, rules], collected.text)
  const { body: policy } = await server.call('POST', '/api/v1/documents', {
    key,
    json: { title: 'Policy', category: 'policies' },
  })
  assert.equal((await uses(collected.body.client_secret, `/api/v1/documents/${policy.id}`)).status, 404)
  assert.equal((await uses(collected.body.client_secret, '/api/v1/users')).status, 200)
})

const roles = { narrowed: 'policy-reader', author: 'own-author' }
const policies = [{ scope: 'documents:read', where: { category: ['policies'] } }]

test('a key that goes to another owner keeps the rules of the role that asked for it', async () => {
  await makeRole(roles.narrowed, policies)
  const person = await signedInAs(server, roles.narrowed)
  const scopes = ['documents:read', 'documents:write']
  const request = await requested(person, { scopes })
  assert.deepEqual(request.requester_rules, policies)
  assert.deepEqual(
    (await server.call('GET', `${path}/${request.id}`, { key })).body.requester_rules,
    policies,
  )
  const { body } = await decide(request.id, 'approve')
  assert.notEqual(body.owner_id, person.id)
  assert.deepEqual(body.granted_rules, policies)
  const json = { title: 'Plan', category: 'secret' }
  const { body: secret } = await server.call('POST', '/api/v1/documents', { key, json })
  const { body: credential } = await collect(person, request.id)
  assert.equal((await uses(credential.client_secret, `/api/v1/documents/${secret.id}`)).status, 404)

  // What it reaches beyond the role is what the approval says.
  const wider = await requested(person, { scopes })
  assert.equal((await decide(wider.id, 'approve', { rules: null })).body.granted_rules, null)
  const own = [{ scope: 'documents:write', where: { category: ['policies'] } }]
  assert.deepEqual((await decide(wider.id, 'approve', { rules: own })).body.granted_rules, own)
  // Fewer scopes, which the role has: the requester owns the key, and the role narrows it.
  const fewer = (await decide(wider.id, 'approve', { scopes: ['documents:read'] })).body
  assert.deepEqual([fewer.owner_id, fewer.granted_rules], [person.id, null])
  const only = (await decide(wider.id, 'approve', { scopes: ['documents:write'] })).body
  assert.equal(only.granted_rules, null)
})

test('what cannot be handed to another owner is decided by the approval', async () => {
  await makeRole(roles.author, [{ scope: 'documents:read', where: { own: true } }])
  const author = await signedInAs(server, roles.author)
  const { id } = await requested(author, { scopes: ['documents:read', 'users:write'] })
  assertRefused(await decide(id, 'approve'), 400, /narrows 'documents:read' to their own documents/)
  assert.equal((await decide(id, 'approve', { rules: null })).status, 200)
  const reader = await signedInAs(server, 'normal')
  const everything = await requested(reader, { scopes: ['admin'] })
  assertRefused(await decide(everything.id, 'approve'), 400, /cannot narrow the scope 'admin'.*"rules": null/)
  assert.equal((await decide(everything.id, 'approve', { rules: null })).status, 200)

  const developer = await signedInAs(server, 'developer')
  const more = await requested(developer, { scopes: ['credentials:read', 'users:write'] })
  assertRefused(await decide(more.id, 'approve'), 400, /the credentials and webhooks of everybody with/)
  const owner_id = (await developer.call('GET', '/api/v1/session')).body.system_account_id
  assert.equal((await decide(more.id, 'approve', { owner_id })).body.owner_id, owner_id)
})

async function makeRole(name: string, rules: object[]): Promise<void> {
  const json = { name, scopes: ['users:read', 'documents:read'], rules }
  const { status, text } = await server.call('POST', '/api/v1/roles', { key, json })
  assert.equal(status, 201, text)
}

test('a guest whose connection broke collects once more with the same Idempotency-Key, and nobody else does', async () => {
  const { body } = await guest('', asked({ contact }), from('198.51.100.9'))
  const { body: other } = await guest('', asked({ contact }), from('198.51.100.10'))
  for (const { id } of [body, other])
    assert.equal((await server.call('POST', `${path}/${id}/approve`, { key, json: {} })).status, 200)
  const headers = { 'idempotency-key': 'collect-once' }
  const first = await guest('/collect', { token: body.token }, headers)
  assert.equal(first.status, 201, first.text)
  const again = await guest('/collect', { token: body.token }, headers)
  assert.deepEqual([again.status, again.body], [201, first.body], again.text)
  assert.equal(again.headers.get('idempotency-replayed'), 'true')
  assert.equal((await guest('/collect', { token: other.token }, headers)).status, 422)
  assertRefused(await guest('/collect', { token: body.token }), 409, /was already collected/)
  assert.equal(
    (await guest('/collect', { token: body.token }, { ...headers, ...from('198.51.100.9') })).status,
    409,
  )
})

test('open requests of guests are bounded, by address and altogether, and so are their requests a minute', async () => {
  for (let i = 0; i < 3; i++)
    assert.equal((await guest('', asked({ contact }), from(`2001:db8::${i}`))).status, 201)
  assertRefused(
    await guest('', asked({ contact }), from('2001:db8::9')),
    409,
    /^There are too many open requests from your address; try again/,
  )
  let last: Answer | undefined
  for (let i = 0; i < 100 && last?.status !== 409; i++)
    last = await guest('', asked({ contact }), from(`203.0.113.${i}`))
  assertRefused(last as Answer, 409, /^There are too many open requests of guests/)
  const strict = await startServer({
    env: { COMSERV_KEY_REQUESTS_BY_GUESTS: 'true', COMSERV_RATE_LIMIT_SIGN_IN: '2' },
  })
  const tries = [1, 2, 3].map(() => ({ token: 'x'.repeat(43) }))
  const statuses: number[] = []
  for (const json of tries) statuses.push((await strict.call('POST', `${path}/guest/read`, { json })).status)
  assert.deepEqual(statuses, [404, 404, 429])
})

test('a program that approves hands on no wider bounds than its own, and is the parent of the credential', async () => {
  const person = await signedInAs(server, 'developer')
  const expires_at = '2030-01-01T00:00:00Z'
  const allowed_ips = ['127.0.0.0/8']
  const program = await server.credential('admin', { expires_at, allowed_ips })
  const approve = (id: number, json: object = {}) =>
    server.call('POST', `${path}/${id}/approve`, { key: program.secret, json })
  const { id } = await requested(person)
  const later = await approve(id, { expires_at: '2031-01-01T00:00:00Z' })
  assertRefused(later, 403, /^The 'expires_at' field must be 2030-01-01T00:00:00Z or earlier: /)
  assertRefused(await approve(id, { allowed_ips: ['10.0.0.0/8'] }), 403, /^The 'allowed_ips' field must stay/)
  const { body } = await approve(id)
  assert.deepEqual([body.granted_expires_at, body.granted_allowed_ips], [expires_at, allowed_ips])
  const collected = await collect(person, id)
  assert.equal(collected.body.parent_id, program.id, collected.text)
  const other = await requested(person)
  assert.equal((await approve(other.id)).status, 200)
  assert.equal((await uses(collected.body.client_secret, '/api/v1/documents')).status, 200)
  await server.call('DELETE', `/api/v1/credentials/${program.id}`, { key })
  assert.equal((await uses(collected.body.client_secret, '/api/v1/documents')).status, 401)
  assertRefused(await collect(person, other.id), 409, /^The credential that approved the request was revoked/)
})
