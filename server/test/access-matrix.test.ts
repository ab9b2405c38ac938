import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createApp } from '../src/app.ts'
import { minuteMs } from '../src/lib/timestamps.ts'
import { type Answer, type Json, startServer } from './harness.ts'
import { signedInAs } from './people.ts'
import { sendRaw } from './raw-http.ts'

/** Who may call each route, written by hand from the contract: a scope, or everybody. */
const expectedAccess: Record<string, string> = {
  'GET /health/live': 'public',
  'GET /health/ready': 'public',
  'GET /metrics': 'admin',
  'GET /api/v1/openapi.json': 'public',
  'POST /api/v1/oauth/token': 'public',
  'POST /api/v1/oauth/revoke': 'public',
  'POST /api/v1/oauth/introspect': 'public',
  'GET /api/v1/userinfo': 'signed-in',
  'POST /api/v1/userinfo': 'signed-in',
  'GET /.well-known/oauth-authorization-server': 'public',
  'GET /.well-known/openid-configuration': 'public',
  'GET /.well-known/jwks.json': 'public',
  'GET /.well-known/oauth-protected-resource': 'public',
  'GET /.well-known/oauth-protected-resource/mcp': 'public',
  'POST /mcp': 'program',
  'GET /.well-known/api-catalog': 'public',
  'GET /.well-known/security.txt': 'public',
  'GET /api': 'public',
  'GET /api-docs': 'public',
  'GET /api/openapi.json': 'public',
  'GET /docs/openapi.json': 'public',
  'GET /favicon.ico': 'public',
  'GET /favicon.svg': 'public',
  'GET /openapi': 'public',
  'GET /openapi.json': 'public',
  'GET /redoc': 'public',
  'GET /robots.txt': 'public',
  'GET /sitemap.xml': 'public',
  'GET /swagger': 'public',
  'GET /swagger.json': 'public',
  'POST /api/v1/session': 'public',
  'GET /api/v1/session': 'person',
  'DELETE /api/v1/session': 'person',
  'POST /api/v1/session/confirm': 'person',
  'GET /api/v1/session/step': 'public',
  'DELETE /api/v1/session/step': 'public',
  'POST /api/v1/session/step/verify': 'public',
  'POST /api/v1/session/passkey': 'public',
  'POST /api/v1/session/passkey/options': 'public',
  'POST /api/v1/session/step/totp': 'public',
  'POST /api/v1/session/step/totp/activate': 'public',
  'POST /api/v1/password-reset': 'public',
  'POST /api/v1/password-reset/request': 'public',
  'GET /api/v1/setup': 'public',
  'POST /api/v1/setup': 'public',
  'GET /api/v1/me': 'person',
  'PATCH /api/v1/me': 'person',
  'POST /api/v1/me/password': 'person',
  'GET /api/v1/me/personal-data': 'person',
  'GET /api/v1/me/sessions': 'person',
  'DELETE /api/v1/me/sessions/:id': 'person',
  'GET /api/v1/me/applications': 'person',
  'DELETE /api/v1/me/applications/:id': 'person',
  'GET /api/v1/me/second-factors': 'person',
  'POST /api/v1/me/totp': 'person',
  'DELETE /api/v1/me/totp': 'person',
  'POST /api/v1/me/totp/activate': 'person',
  'POST /api/v1/me/recovery-codes': 'person',
  'POST /api/v1/me/passkeys': 'person',
  'POST /api/v1/me/passkeys/options': 'person',
  'PATCH /api/v1/me/passkeys/:id': 'person',
  'DELETE /api/v1/me/passkeys/:id': 'person',
  'GET /api/v1/users': 'users:read',
  'POST /api/v1/users': 'users:write',
  'GET /api/v1/users/trash': 'users:write',
  'GET /api/v1/users/export': 'users:read',
  'POST /api/v1/users/batch': 'users:write',
  'POST /api/v1/users/import': 'users:write',
  'GET /api/v1/users/:id': 'users:read',
  'PATCH /api/v1/users/:id': 'users:write',
  'DELETE /api/v1/users/:id': 'users:write',
  'POST /api/v1/users/:id/restore': 'users:write',
  'GET /api/v1/users/:id/sessions': 'admin',
  'DELETE /api/v1/users/:id/sessions': 'admin',
  'DELETE /api/v1/users/:id/sessions/:session_id': 'admin',
  'GET /api/v1/users/:id/second-factors': 'admin',
  'DELETE /api/v1/users/:id/second-factors': 'admin',
  'GET /api/v1/users/:id/personal-data': 'admin',
  'POST /api/v1/users/:id/password-link': 'users:write',
  'POST /api/v1/users/:id/erase': 'admin',
  'DELETE /api/v1/users/:id/erase': 'admin',
  'GET /api/v1/users/:id/erasure': 'admin',
  'GET /api/v1/documents': 'documents:read',
  'POST /api/v1/documents': 'documents:write',
  'GET /api/v1/documents/trash': 'documents:write',
  'GET /api/v1/documents/export': 'documents:read',
  'GET /api/v1/documents/categories': 'documents:read',
  'POST /api/v1/documents/batch': 'documents:write',
  'POST /api/v1/documents/import': 'documents:write',
  'GET /api/v1/documents/:id': 'documents:read',
  'PATCH /api/v1/documents/:id': 'documents:write',
  'DELETE /api/v1/documents/:id': 'documents:write',
  'POST /api/v1/documents/:id/restore': 'documents:write',
  'GET /api/v1/documents/:id/revisions': 'documents:read',
  'GET /api/v1/documents/:id/revisions/:version': 'documents:read',
  'POST /api/v1/documents/:id/revisions/:version/restore': 'documents:write',
  'GET /api/v1/categories': 'documents:read',
  'POST /api/v1/categories': 'documents:write',
  'GET /api/v1/categories/trash': 'documents:write',
  'GET /api/v1/categories/export': 'documents:read',
  'POST /api/v1/categories/batch': 'documents:write',
  'GET /api/v1/categories/:id': 'documents:read',
  'PATCH /api/v1/categories/:id': 'documents:write',
  'DELETE /api/v1/categories/:id': 'documents:write',
  'POST /api/v1/categories/:id/restore': 'documents:write',
  'GET /api/v1/credential-requests': 'signed-in',
  'POST /api/v1/credential-requests': 'person',
  'GET /api/v1/credential-requests/:id': 'signed-in',
  'POST /api/v1/credential-requests/:id/approve': 'admin',
  'POST /api/v1/credential-requests/:id/refuse': 'admin',
  'POST /api/v1/credential-requests/:id/withdraw': 'person',
  'POST /api/v1/credential-requests/:id/collect': 'person',
  'GET /api/v1/credential-requests/guest': 'public',
  'POST /api/v1/credential-requests/guest': 'public',
  'POST /api/v1/credential-requests/guest/read': 'public',
  'POST /api/v1/credential-requests/guest/collect': 'public',
  'GET /api/v1/permissions/explain': 'signed-in',
  'GET /api/v1/roles': 'admin',
  'POST /api/v1/roles': 'admin',
  'GET /api/v1/roles/:id': 'admin',
  'PATCH /api/v1/roles/:id': 'admin',
  'DELETE /api/v1/roles/:id': 'admin',
  'GET /api/v1/credentials': 'credentials:read',
  'POST /api/v1/credentials': 'credentials:write',
  'GET /api/v1/credentials/:id': 'credentials:read',
  'PATCH /api/v1/credentials/:id': 'credentials:write',
  'DELETE /api/v1/credentials/:id': 'credentials:write',
  'POST /api/v1/credentials/:id/rotate': 'credentials:write',
  'DELETE /api/v1/credentials/:id/previous-secret': 'credentials:write',
  'GET /api/v1/credentials/:id/usage': 'credentials:read',
  'GET /api/v1/usage': 'credentials:read',
  'GET /api/v1/requests': 'credentials:read',
  'GET /api/v1/requests/:id': 'credentials:read',
  'GET /api/v1/deprecated-uses': 'credentials:read',
  'GET /api/v1/events/:id/deliveries': 'webhooks:read',
  'GET /api/v1/webhooks': 'webhooks:read',
  'POST /api/v1/webhooks': 'webhooks:write',
  'GET /api/v1/webhooks/:id': 'webhooks:read',
  'PATCH /api/v1/webhooks/:id': 'webhooks:write',
  'DELETE /api/v1/webhooks/:id': 'webhooks:write',
  'POST /api/v1/webhooks/preview': 'webhooks:write',
  'POST /api/v1/webhooks/:id/rotate-secret': 'webhooks:write',
  'DELETE /api/v1/webhooks/:id/previous-secret': 'webhooks:write',
  'POST /api/v1/webhooks/:id/test': 'webhooks:write',
  'POST /api/v1/webhooks/:id/recover': 'webhooks:write',
  'GET /api/v1/webhooks/:id/deliveries': 'webhooks:read',
  'GET /api/v1/automations': 'automations:read',
  'POST /api/v1/automations': 'automations:write',
  'GET /api/v1/automations/:id': 'automations:read',
  'PATCH /api/v1/automations/:id': 'automations:write',
  'DELETE /api/v1/automations/:id': 'automations:write',
  'POST /api/v1/automations/:id/run': 'automations:write',
  'POST /api/v1/automations/:id/dry-run': 'automations:read',
  'GET /api/v1/automation-runs': 'automations:read',
  'GET /api/v1/automation-runs/:id': 'automations:read',
  'POST /api/v1/automation-runs/:id/cancel': 'automations:write',
  'POST /api/v1/automation-runs/:id/resume': 'automations:write',
  'GET /api/v1/test-receivers': 'webhooks:read',
  'POST /api/v1/test-receivers': 'webhooks:write',
  'GET /api/v1/test-receivers/:id': 'webhooks:read',
  'DELETE /api/v1/test-receivers/:id': 'webhooks:write',
  'POST /test-receiver/:token': 'public',
  'GET /api/v1/hooks': 'admin',
  'POST /api/v1/hooks': 'admin',
  'GET /api/v1/hooks/:id': 'admin',
  'PATCH /api/v1/hooks/:id': 'admin',
  'DELETE /api/v1/hooks/:id': 'admin',
  'POST /api/v1/hooks/:id/rotate-secret': 'admin',
  'DELETE /api/v1/hooks/:id/previous-secret': 'admin',
  'POST /api/v1/hooks/:id/test': 'admin',
  'GET /api/v1/applications': 'admin',
  'POST /api/v1/applications': 'admin',
  'GET /api/v1/applications/:id': 'admin',
  'PATCH /api/v1/applications/:id': 'admin',
  'DELETE /api/v1/applications/:id': 'admin',
  'POST /api/v1/applications/:id/rotate-secret': 'admin',
  'GET /oauth/authorize': 'public',
  'POST /oauth/authorize': 'public',
  'GET /oauth/logout': 'public',
  'POST /oauth/logout': 'public',
  'GET /device': 'public',
  'POST /device': 'public',
  'POST /api/v1/oauth/device_authorization': 'public',
  'GET /api/v1/hook-calls': 'admin',
  'GET /api/v1/hook-calls/:id': 'admin',
  'GET /api/v1/mails': 'admin',
  'GET /api/v1/mails/:id': 'admin',
  'POST /api/v1/mails/:id/resend': 'admin',
  'GET /api/v1/delivery-outcomes': 'webhooks:read',
  'GET /api/v1/deliveries/:id': 'webhooks:read',
  'POST /api/v1/deliveries/:id/resend': 'webhooks:write',
  'POST /api/v1/deliveries/:id/cancel': 'webhooks:write',
  'GET /api/v1/events': 'events:read',
  'GET /api/v1/events/stream': 'events:read',
  'GET /api/v1/events/:id': 'events:read',
  'GET /api/v1/event-types': 'signed-in',
  'GET /api/v1/catalog': 'signed-in',
  'GET /api/v1/audit-log': 'audit:read',
  'GET /api/v1/audit-log/export': 'audit:read',
  'GET /api/v1/audit-log/head': 'audit:read',
  'GET /': 'public',
  'GET /sign-in': 'public',
  'GET /key-request': 'public',
  'GET /setup': 'public',
  'GET /forgot-password': 'public',
  'GET /new-password': 'public',
  'GET /docs': 'public',
  'GET /docs/*': 'public',
  'GET /llms.txt': 'public',
  'GET /llms-full.txt': 'public',
  'GET /console': 'public',
  'GET /console/*': 'public',
  'GET /assets/:name': 'public',
  'GET /sdk': 'public',
  'GET /sdk/': 'public',
  'GET /sdk/:file': 'public',
  'GET /sdk/packages.json': 'public',
  'GET /sdk/simple': 'public',
  'GET /sdk/simple/': 'public',
  'GET /sdk/simple/comserv': 'public',
  'GET /sdk/simple/comserv/': 'public',
}

/** What people may do with what they own, whatever their role. */
const ownersToo = new Set([
  'GET /api/v1/requests',
  'GET /api/v1/requests/:id',
  'GET /api/v1/deprecated-uses',
  ...['credentials', 'webhooks'].flatMap((plural) => [
    `GET /api/v1/${plural}`,
    `GET /api/v1/${plural}/:id`,
    `DELETE /api/v1/${plural}/:id`,
    `DELETE /api/v1/${plural}/:id/previous-secret`,
  ]),
])

/** What each name opens, written by hand from the contract; `admin` opens everything. */
const opens: Record<string, string[]> = {
  read: ['users:read', 'documents:read', 'events:read'],
  write: ['users:write', 'documents:write'],
  'users:read': ['users:read'],
  'users:write': ['users:write'],
  'documents:read': ['documents:read'],
  'documents:write': ['documents:write'],
  'events:read': ['events:read'],
  'webhooks:read': ['webhooks:read'],
  'webhooks:write': ['webhooks:write'],
  'automations:read': ['automations:read'],
  'automations:write': ['automations:write'],
  'credentials:read': ['credentials:read'],
  'credentials:write': ['credentials:write'],
  'audit:read': ['audit:read'],
  admin: Object.values(expectedAccess).filter((access) => access !== 'person'),
}

/** What each role of a person opens, written by hand from the contract; how far it reaches is tested where it is felt. */
const opensToRole: Record<string, string[]> = {
  admin: Object.values(expectedAccess),
  developer: [
    'person',
    'users:read',
    'documents:read',
    'events:read',
    'credentials:read',
    'credentials:write',
    'webhooks:read',
    'webhooks:write',
  ],
  editor: ['person', 'users:read', 'documents:read', 'documents:write'],
  normal: ['person', 'documents:read'],
}

/** Where a role has the scope, and its reach ends before the route: published documents, and not their history. */
const beyondReach: Record<string, string[]> = {
  normal: ['GET /api/v1/documents/:id/revisions', 'GET /api/v1/documents/:id/revisions/:version'],
}

/** Routes that need a second scope: a list of deleted records shows as much as any other. */
const needsToo: Record<string, string> = {
  'GET /api/v1/users/trash': 'users:read',
  'GET /api/v1/documents/trash': 'documents:read',
  'GET /api/v1/categories/trash': 'documents:read',
}

const server = await startServer({ env: { COMSERV_SECURITY_CONTACT: 'mailto:security@example.org' } })
const { secret: admin } = await server.credential('admin')

/** What a request shows, and whether it stands for a working credential. */
interface Shown {
  name: string
  headers: Record<string, string>
  /** What it opens; undefined when it does not work. */
  opens?: readonly string[]
  /** The role, where it is a person or bounds a credential. */
  role?: string
  /** The credential was given what the role does not open. */
  isWithheld?: boolean
}

const shown: Shown[] = [
  { name: 'no credentials', headers: {} },
  { name: 'an empty key', headers: { 'x-api-key': '' } },
  { name: 'a malformed key', headers: { 'x-api-key': 'cs_live_short' } },
  { name: 'an unknown key', headers: { 'x-api-key': 'cs_live_00000000000000000000000000000000' } },
  { name: 'a malformed token', headers: { authorization: 'Bearer x.y.z' } },
  { name: 'another scheme', headers: { authorization: 'Basic dXNlcjpwYXNz' } },
  { name: 'a key as Bearer', headers: { authorization: `Bearer ${admin}` } },
  { name: 'a key as Authorization', headers: { authorization: admin } },
]

for (const role of Object.keys(opensToRole)) {
  const password = `${role} password`
  await server.call('POST', '/api/v1/users', {
    key: admin,
    json: { username: role, email: `${role}@example.org`, password, role },
  })
  const signedIn = await server.call('POST', '/api/v1/session', { json: { username: role, password } })
  const cookie = signedIn.headers.getSetCookie()[0]?.split(';')[0] ?? ''
  const headers = { cookie, 'x-csrf-token': signedIn.body.csrf_token }
  shown.push({
    name: `a session of a person with the role ${role}`,
    headers,
    opens: opensToRole[role] ?? [],
    role,
  })
}
shown.push({
  name: 'a cookie of no session',
  headers: { cookie: '__Host-comserv_session=nobody; comserv_session=nobody' },
})

for (const scope of Object.keys(opens)) {
  const credential = await server.credential(scope)
  shown.push({
    name: `a key with ${scope}`,
    headers: { 'x-api-key': credential.secret },
    opens: opens[scope] ?? [],
  })
  const token = await server.token(credential)
  shown.push({
    name: `a token with ${scope}`,
    headers: { authorization: `Bearer ${token}` },
    opens: opens[scope] ?? [],
  })
}

/** Shows a credential as a key, and as a token that was issued before whatever happens to it next. */
async function show(
  name: string,
  { clientId, secret }: { clientId: string; secret: string },
  more: Omit<Shown, 'name' | 'headers'>,
): Promise<void> {
  const token = await server.token({ clientId, secret })
  shown.push({ name: `a key ${name}`, headers: { 'x-api-key': secret }, ...more })
  shown.push({ name: `a token ${name}`, headers: { authorization: `Bearer ${token}` }, ...more })
}

/** An owner's role, before and after, and what the credential was given. */
const demotions: [from: string, to: string, given: string][] = [
  ['admin', 'developer', 'admin'],
  ['admin', 'editor', 'admin'],
  ['admin', 'normal', 'admin'],
  ['developer', 'normal', 'read'],
  ['editor', 'normal', 'write'],
]
for (const [i, [from, to, given]] of demotions.entries()) {
  const json = {
    username: `mover${i}`,
    email: `mover${i}@example.org`,
    password: 'correct horse',
    role: from,
  }
  const { body } = await server.call('POST', '/api/v1/users', { key: admin, json })
  // A token of a credential without any scope left would not be issued.
  const credential = await server.credential(`${given} documents:read`, { owner_id: body.id })
  await show(`of an owner who was ${from} and is ${to}, with ${given}`, credential, {
    opens: [...(opens[given] ?? []), 'documents:read'].filter((scope) => opensToRole[to]?.includes(scope)),
    role: to,
    isWithheld: given === 'admin',
  })
  await server.call('PATCH', `/api/v1/users/${body.id}`, { key: admin, json: { role: to } })
}

async function childOf(parent: string, scopes: string[]) {
  const json = { name: 'A child', scopes }
  const { body } = await server.call('POST', '/api/v1/credentials', { key: parent, json })
  return { id: body.id, clientId: body.client_id, secret: body.client_secret }
}
for (const [name, end] of [
  ['', undefined],
  [' that was revoked', ''],
  [' that was revoked without its children', '?children=keep'],
] as const) {
  const parent = await server.credential('credentials:write read')
  const child = await childOf(parent.secret, ['credentials:write', 'read'])
  const grandchild = await childOf(child.secret, ['read'])
  const isOver = end === ''
  await show(`of a child of a credential${name}`, child, {
    ...(isOver ? {} : { opens: ['credentials:write', ...(opens.read ?? [])] }),
  })
  await show(`of a grandchild of a credential${name}`, grandchild, {
    ...(isOver ? {} : { opens: opens.read ?? [] }),
  })
  if (end !== undefined) await server.call('DELETE', `/api/v1/credentials/${parent.id}${end}`, { key: admin })
}

{
  const parent = await server.credential('credentials:write read')
  const child = await childOf(parent.secret, ['credentials:write', 'read'])
  const grandchild = await childOf(child.secret, ['read'])
  await show('of a child of a credential that lost scopes', child, {
    opens: ['credentials:write', 'users:read'],
  })
  await show('of a grandchild of a credential that lost scopes', grandchild, { opens: ['users:read'] })
  const json = { scopes: ['credentials:write', 'users:read'] }
  await server.call('PATCH', `/api/v1/credentials/${parent.id}`, { key: admin, json })
}

const unknown = (await server.credential('admin')).secret
const swapped = unknown.slice(0, -1) + (unknown.endsWith('0') ? '1' : '0')
shown.push({ name: 'a mistyped key', headers: { 'x-api-key': swapped } })

const owner = await server.call('POST', '/api/v1/users', {
  key: admin,
  json: { username: 'owner', email: 'owner@example.org', password: 'correct horse' },
})
const expires_at = new Date(server.clock.now() + 60_000).toISOString()
for (const [name, credential] of [
  ['expired', await server.credential('admin', { expires_at })],
  ['revoked', await server.credential('admin')],
  ['of a suspended owner', await server.credential('admin', { owner_id: owner.body.id })],
  ['for other addresses', await server.credential('admin', { allowed_ips: ['203.0.113.7', '127.0.0.1'] })],
] as const) {
  const token = await server.token(credential)
  shown.push({ name: `a key ${name}`, headers: { 'x-api-key': credential.secret } })
  shown.push({ name: `a token ${name}`, headers: { authorization: `Bearer ${token}` } })
  const path = `/api/v1/credentials/${credential.id}`
  if (name === 'revoked') await server.call('DELETE', path, { key: admin })
  if (name === 'for other addresses')
    await server.call('PATCH', path, { key: admin, json: { allowed_ips: ['203.0.113.7'] } })
}
await server.call('PATCH', `/api/v1/users/${owner.body.id}`, { key: admin, json: { status: 'suspended' } })
server.clock.advance(60_000)
/** A signed-in administrator who gave the password 10 minutes ago. Before the tests, which expect no new events. */
const unconfirmed = await signedInAs(server, 'admin')
await server.newEvents()

/** The call that ends the sessions comes last: the other rows need them. */
const routes = server.app.routeTable.routes
  .flatMap(({ method, url }) => [method].flat().map((one) => `${one} ${url}`))
  .sort((a, b) => Number(a === 'DELETE /api/v1/session') - Number(b === 'DELETE /api/v1/session'))

test(`the matrix: ${routes.length} routes × ${shown.length} callers, ${routes.length * shown.length} calls`, () => {
  const names = new Set(shown.map(({ name }) => name))
  assert.equal(names.size, shown.length)
})

test('every route is in the table, and every row of the table is a route', () => {
  const registered = routes.filter((route) => !route.startsWith('HEAD '))
  assert.deepEqual([...registered].sort(), Object.keys(expectedAccess).sort())
})

test('a route that does not say who may call it stops the server at its start, wherever it lies', () => {
  for (const url of ['/api/v1/forgotten', '/forgotten', '/.well-known/forgotten', '/metrics/forgotten']) {
    const another = createApp(server.context)
    assert.throws(() => another.route({ method: 'GET', url, handler: async () => ({}) }), {
      message: `GET ${url} does not say who may call it.`,
    })
  }
})

/** 401 and 403 come from access alone; whoever is let through meets the route itself, which finds nothing to change. */
function expectedStatus(route: string, access: string, { opens, role = '' }: Shown): number | 'let through' {
  if (access === 'public') return 'let through'
  if (opens === undefined) return 401
  if (access === 'signed-in') return 'let through'
  if (access === 'program') return opens.includes('person') ? 403 : 'let through'
  if (ownersToo.has(route) && opens.includes('person')) return 'let through'
  if (beyondReach[role]?.includes(route)) return 403
  return missingScope(route, access, opens) === undefined ? 'let through' : 403
}

function missingScope(route: string, access: string, opens: readonly string[]): string | undefined {
  return [access, needsToo[route] ?? access].find((scope) => !opens.includes(scope))
}

const queries: Record<string, string> = {
  '/api/v1/permissions/explain': '?action=users:read',
  // A position that does not exist; the stream would not end.
  '/api/v1/events/stream': '?after=999999',
}

/** An id that does not exist, and a body that is refused: who is let through changes nothing, and the rows stay comparable. */
function call(method: string, url: string, headers: Record<string, string>): Promise<Answer> {
  const path = url.replace(':id', '999999').replace(/:(version|session_id)/, '7')
  const hasBody = method === 'POST' || method === 'PATCH'
  const query = queries[url] ?? ''
  return server.call(method, path + query, { headers, ...(hasBody ? { json: { nothing: true } } : {}) })
}

const letThroughStatus = (route: string, isPerson: boolean) => {
  if (/^POST ((\/api\/v1)?\/oauth\/|\/api\/v1\/userinfo$|\/device$)/.test(route)) return 415
  // They speak to people: what is wrong with a request, and that nobody is signed in.
  if (route === 'GET /oauth/authorize') return 400
  if (route === 'GET /oauth/logout') return 200
  if (route === 'GET /device') return isPerson ? 200 : 303
  if (route === 'POST /test-receiver/:token') return 404
  // A refused row is not a refused request.
  if (route.endsWith('/import')) return 200
  if (/^(POST|PATCH) /.test(route)) return 400
  if (/^DELETE \/api\/v1\/(session|session\/step|me\/totp)$/.test(route)) return 204
  if (route === 'GET /api/v1/events/stream') return 410
  if (route === 'GET /robots.txt') return 200
  // Where others look for the description of an API.
  if (/^GET \/(api|api-docs|openapi|redoc|swagger|(api\/|docs\/)?(openapi|swagger)\.json)$/.test(route))
    return 308
  // No test of the server has a built console.
  if (!/^GET \/(api|health|metrics|\.well-known)/.test(route)) return 404
  return route.includes(':id') ? 404 : 200
}

for (const route of routes) {
  const [method = '', url = ''] = route.split(' ')
  const access = expectedAccess[route.replace('HEAD ', 'GET ')] ?? 'missing from the table'

  test(`${route} is open to ${access}, and to nobody else`, async () => {
    for (const one of shown) {
      const answer = await call(method, url, one.headers)
      const expected = expectedStatus(route.replace('HEAD ', 'GET '), access, one)
      const status =
        expected === 'let through'
          ? letThroughStatus(route.replace('HEAD ', 'GET '), one.name.startsWith('a session of a person'))
          : expected
      assert.equal(answer.status, status, `${route} with ${one.name}: ${answer.text}`)
      if (method === 'HEAD') continue
      if (expected === 401) assert.equal(answer.body.error.code, 'authentication_failed')
      const missing = missingScope(route, access, one.opens ?? [])
      const lacksScope =
        expected === 403 && access !== 'person' && access !== 'program' && missing !== undefined
      if (expected === 403) {
        assert.equal(answer.body.error.code, 'permission_denied')
        if (lacksScope) assert.match(answer.body.error.details, new RegExp(`'${missing}'`))
        if (lacksScope && one.isWithheld)
          assert.match(
            answer.body.error.details,
            new RegExp(`but its owner's role '${one.role}' does not have`),
          )
      }
      // Whoever lacks no scope cannot be told to get one.
      if (expected === 401 || lacksScope)
        assert.match(answer.headers.get('www-authenticate') ?? '', /^Bearer realm="comserv"/)
    }
    assert.deepEqual(await server.newEvents(), [])
  })
}

const challenge = /error="insufficient_user_authentication"/

/** Values of a schema, enough to pass it in most cases. */
function samplesOf(schema: Json): unknown[] {
  const { type, enum: values, anyOf, format, default: usual } = schema
  if (values) return values
  if (anyOf) return anyOf.flatMap(samplesOf)
  if (type === 'null') return [null]
  if (type === 'object') return [{}]
  if (usual !== undefined) return [usual]
  return [format === 'email' ? 'sample@example.org' : 'a sample text']
}

/** Bodies with one field each; a batch of them where the route takes a batch. */
function bodiesOf(route: (typeof server.app.routeTable.routes)[number]): object[] {
  const { body } = (route.schema ?? {}) as { body?: Json }
  if (!route.url.endsWith('/batch'))
    return Object.entries(body?.properties ?? {}).flatMap(([name, schema]) =>
      samplesOf(schema).map((value) => ({ [name]: value })),
    )
  const single = route.url.replace('/batch', '/:id')
  const changed = server.app.routeTable.routes.find(({ method, url }) => method === 'PATCH' && url === single)
  const updates = (changed ? bodiesOf(changed) : []).map((data) => ({ action: 'update', id: 999_999, data }))
  return [...updates, { action: 'create', data: {} }, { action: 'delete', id: 999_999 }].map((item) => ({
    items: [item],
  }))
}

test('every route asks a session for the password where its declaration says so, and no other does', async () => {
  server.clock.advance(10 * minuteMs)
  const counts = { always: 0, never: 0, needed: 0, free: 0 }
  for (const route of server.app.routeTable.routes) {
    const { confirm, access } = route.config ?? {}
    const path = route.url.replace(':id', '999999').replace(/:(version|session_id)/, '7')
    if (access === 'public' || route.url === '/api/v1/session') continue
    for (const method of [route.method].flat()) {
      const { status, headers, text } = await unconfirmed.call(method, path + (queries[route.url] ?? ''), {
        ...(/^(POST|PATCH)$/.test(method) ? { json: { nothing: true } } : {}),
      })
      counts[confirm === true ? 'always' : 'never']++
      assert.equal(
        challenge.test(headers.get('www-authenticate') ?? ''),
        confirm === true,
        `${method} ${path}`,
      )
      if (confirm === true) assert.equal(status, 403, text)
      if (typeof confirm !== 'function') continue
      for (const json of bodiesOf(route)) {
        const answer = await unconfirmed.call(method, path, { json })
        const isRefused = challenge.test(answer.headers.get('www-authenticate') ?? '')
        counts[isRefused ? 'needed' : 'free']++
        const said = `${method} ${path} ${JSON.stringify(json)}: ${answer.text}`
        if (answer.status !== 400) assert.equal(isRefused, confirm(json), said)
        else assert.equal(isRefused, false, said)
      }
    }
  }
  console.log(`unconfirmed sessions × routes: ${JSON.stringify(counts)}`)
  assert.ok(counts.always >= 15 && counts.needed >= 5 && counts.free >= 5, JSON.stringify(counts))
  assert.deepEqual(await server.newEvents(), [])
})

/** The router decodes a path and drops the host of an absolute one: a guard that reads the text of the address would be passed by. */
const otherSpellings: ((path: string) => string)[] = [
  (path) => path.replace('/api', '/%61pi'),
  (path) => path.replace('/v1', '/%761'),
  (path) => path.replace('/v1', '/v%31'),
  (path) => path.replace(/[a-z](?=[^/]*$)/, (letter) => `%${letter.charCodeAt(0).toString(16)}`),
  (path) => `http://elsewhere.example${path}`,
  (path) => `${path};x=1`,
  (path) => `/${path}`,
  (path) => path.replace('/api', '/API'),
  (path) => `${path}/`,
  (path) => `/x/..${path}`,
]

for (const route of routes.filter(
  (route) => (expectedAccess[route.replace('HEAD ', 'GET ')] ?? '') !== 'public',
)) {
  const [method = '', url = ''] = route.split(' ')

  test(`${route} is not opened by spelling its address in another way`, async () => {
    for (const spell of otherSpellings) {
      const path = spell(url.replace(':id', '1'))
      const answer = await sendRaw(
        server.url,
        `${method} ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}`,
      )
      assert.ok([401, 404, 405].includes(answer.status), `${path} answers ${answer.status}: ${answer.text}`)
      // Only the API counts requests; /metrics lies beside it.
      if (answer.status === 401 && url.startsWith('/api/v1/'))
        assert.equal(answer.headers.get('x-ratelimit-limit'), '1000000')
    }
    assert.deepEqual(await server.newEvents(), [])
  })
}

test('an Authorization of a proxy in front decides nothing beside a key or a cookie', async () => {
  const { secret } = await server.credential('read')
  const { cookie } = await signedInAs(server, 'editor')
  for (const authorization of ['Basic dTpw', 'basic  dTpw', 'Digest username="u"', 'Negotiate YII=']) {
    for (const credentials of [{ 'x-api-key': secret }, { cookie }]) {
      const headers = { ...credentials, authorization }
      assert.equal((await server.call('GET', '/api/v1/users', { headers })).status, 200, authorization)
    }
    const alone = await server.call('GET', '/api/v1/users', { headers: { authorization } })
    assert.equal(alone.status, 401, authorization)
    assert.match(alone.body.error.details, /must be 'Bearer'/)
  }
})

test('both ways to show credentials at once are refused, also when each alone would do', async () => {
  const credential = await server.credential('read')
  const token = await server.token(credential)
  const answer = await server.call('GET', '/api/v1/users', { key: credential.secret, token })
  assert.equal(answer.status, 400)
  assert.equal(answer.body.error.details, 'Send either Authorization or X-API-Key, not both.')
})
