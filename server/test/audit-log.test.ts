import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TOTP } from 'otpauth'
import { listRequest } from '../src/api/paging.ts'
import { auditSorts } from '../src/audit/schema.ts'
import { type AuditFilter, listAudit } from '../src/audit/store.ts'
import { operator } from '../src/cli/actor.ts'
import { freePort } from '../src/config/free-port.ts'
import { catalog } from '../src/resources.ts'
import { type Json, startServer } from './harness.ts'
import { openedAudit } from './opened-logs.ts'
import { type SignedInPerson, signIn } from './people.ts'
import { queryPlans } from './query-plan.ts'
import { assertRefused } from './refusals.ts'

const server = await startServer({
  env: { COMSERV_SMTP_URL: 'smtp://127.0.0.1:1', COMSERV_MAIL_FROM: 'comserv@example.org' },
})
const { id: adminId, secret: admin } = await server.credential('admin', { name: 'Administration' })
const { secret: key } = await server.credential('audit:read')
const password = 'correct horse battery'

/** Everything secret that came by. */
const secrets = new Set([admin, key, password, `${password} 2`, `${password} 3`])

async function call(method: string, path: string, json?: object): Promise<Json> {
  const answer = await server.call(method, `/api/v1${path}`, {
    key: admin,
    ...(json ? { json } : {}),
    headers: { 'x-request-id': 'audit-test' },
  })
  assert.ok(answer.status < 300, `${method} ${path}: ${answer.text}`)
  for (const secret of [answer.body?.client_secret, answer.body?.secret]) if (secret) secrets.add(secret)
  return answer.body
}

async function list(query = ''): Promise<{ data: Json[]; meta: Json; headers: Headers; text: string }> {
  const { status, body, text, headers } = await server.call('GET', `/api/v1/audit-log${query}`, { key })
  assert.equal(status, 200, text)
  return { ...body, headers, text }
}

let recoveryCodes: string[] = []
let userId = 0
let mailId = 0
let documentId = 0
let categoryId = 0
let credentialId = 0
let webhookId = 0
let deliveryId = 0
let receiverId = 0
let automationId = 0
let runId = 0
let applicationId = 0
let hookId = 0
let signedIn: SignedInPerson

/**
 * What is purged is tested with the trash, what a webhook's failures lead to with its deliveries, and what changes no
 * record in audit-outside.test.ts, requests for credentials in credential-requests.test.ts, and passkeys with the scenarios.
 */
const testedElsewhere =
  /\.purge$|^webhook\.(recover|disable)$|^application\.(sign_in|withdraw|end_replayed)$|\.(refuse|export|show_secret)|^backup\.|^database\.|^credential_request\.|\.prune$|^secret_key|_passkey$|^user\.(erase|request_erasure|cancel_erasure)$/

/** One way to each action, in an order that works. */
const doings: Record<string, () => Promise<unknown>> = {
  async 'user.create'() {
    const json = { username: 'audited', email: 'audited@example.org', password }
    userId = (await call('POST', '/users', json)).id
  },
  'user.update': () =>
    call('PATCH', `/users/${userId}`, { password: `${password} 2`, profile: { bio: 'new' } }),
  'user.delete': () => call('DELETE', `/users/${userId}`),
  'user.restore': () => call('POST', `/users/${userId}/restore`),
  async 'session.create'() {
    const person = { id: userId, username: 'audited', email: 'audited@example.org' }
    signedIn = await signIn(server, person, `${password} 2`)
  },
  async 'user.activate_totp'() {
    const { body } = await signedIn.call('POST', '/api/v1/me/totp')
    const code = new TOTP({ secret: body.secret }).generate({ timestamp: server.clock.now() })
    await signedIn.call('POST', '/api/v1/me/totp/activate', { json: { code } })
  },
  async 'user.make_recovery_codes'() {
    recoveryCodes = (await signedIn.call('POST', '/api/v1/me/recovery-codes')).body.codes
  },
  'user.use_recovery_code': () =>
    signedIn.call('POST', '/api/v1/session/confirm', { json: { code: recoveryCodes[0] } }),
  // Confirmed by the code.
  'session.confirm': async () => {},
  'user.remove_second_factors': () => signedIn.call('DELETE', '/api/v1/me/totp'),
  'user.password': () =>
    signedIn.call('POST', '/api/v1/me/password', {
      json: { current_password: `${password} 2`, new_password: `${password} 3` },
    }),
  'session.delete': () => signedIn.call('DELETE', '/api/v1/session'),
  async 'user.reset_password'() {
    mailId = (await call('POST', `/users/${userId}/password-link`, {})).mail_id
  },
  'mail.resend': () => call('POST', `/mails/${mailId}/resend`),
  async 'document.create'() {
    documentId = (await call('POST', '/documents', { title: 'Audited', content: 'text' })).id
  },
  'document.update': () => call('PATCH', `/documents/${documentId}`, { title: 'Changed' }),
  'document.delete': () => call('DELETE', `/documents/${documentId}`),
  'document.restore': () => call('POST', `/documents/${documentId}/restore`),
  async 'category.create'() {
    categoryId = (await call('POST', '/categories', { name: 'Audited' })).id
  },
  'category.update': () => call('PATCH', `/categories/${categoryId}`, { description: 'Changed' }),
  'category.delete': () => call('DELETE', `/categories/${categoryId}`),
  'category.restore': () => call('POST', `/categories/${categoryId}/restore`),
  async 'credential.create'() {
    credentialId = (await call('POST', '/credentials', { name: 'Audited', scopes: ['read'] })).id
  },
  'credential.update': () => call('PATCH', `/credentials/${credentialId}`, { name: 'Changed' }),
  'credential.rotate': () => call('POST', `/credentials/${credentialId}/rotate`, {}),
  'credential.end_previous_secret': () => call('DELETE', `/credentials/${credentialId}/previous-secret`),
  'credential.revoke': () => call('DELETE', `/credentials/${credentialId}`),
  'role.create': () => call('POST', '/roles', { name: 'audited', scopes: ['read'] }),
  'role.update': () => call('PATCH', '/roles/audited', { description: 'Changed' }),
  'role.delete': () => call('DELETE', '/roles/audited'),
  async 'webhook.create'() {
    const url = `http://127.0.0.1:${await freePort('127.0.0.1')}/nobody`
    webhookId = (await call('POST', '/webhooks', { url, events: ['user.created'] })).id
  },
  'webhook.update': () =>
    call('PATCH', `/webhooks/${webhookId}`, { headers: { 'X-Key': 'own header value' } }),
  'webhook.rotate_secret': () => call('POST', `/webhooks/${webhookId}/rotate-secret`, {}),
  'webhook.end_previous_secret': () => call('DELETE', `/webhooks/${webhookId}/previous-secret`),
  async 'webhook.test'() {
    deliveryId = (await call('POST', `/webhooks/${webhookId}/test`)).id
  },
  async 'delivery.resend'() {
    deliveryId = (await call('POST', `/deliveries/${deliveryId}/resend`)).id
  },
  'delivery.cancel': () => call('POST', `/deliveries/${deliveryId}/cancel`),
  'webhook.delete': () => call('DELETE', `/webhooks/${webhookId}`),
  async 'hook.create'() {
    const url = `http://127.0.0.1:${await freePort('127.0.0.1')}/nobody`
    hookId = (await call('POST', '/hooks', { url, actions: ['user.create'], status: 'paused' })).id
  },
  'hook.update': () => call('PATCH', `/hooks/${hookId}`, { timeout_ms: 500 }),
  'hook.rotate_secret': () => call('POST', `/hooks/${hookId}/rotate-secret`, {}),
  'hook.end_previous_secret': () => call('DELETE', `/hooks/${hookId}/previous-secret`),
  'hook.test': () => call('POST', `/hooks/${hookId}/test`, { action: 'user.create' }),
  'hook.delete': () => call('DELETE', `/hooks/${hookId}`),
  async 'application.create'() {
    const json = { name: 'Audited', redirect_uris: ['https://example.com/done'], scopes: ['read'] }
    applicationId = (await call('POST', '/applications', { ...json, kind: 'server' })).id
  },
  'application.update': () => call('PATCH', `/applications/${applicationId}`, { trusted: true }),
  'application.rotate_secret': () => call('POST', `/applications/${applicationId}/rotate-secret`, {}),
  'application.delete': () => call('DELETE', `/applications/${applicationId}`),
  async 'test_receiver.create'() {
    receiverId = (await call('POST', '/test-receivers')).id
  },
  'test_receiver.delete': () => call('DELETE', `/test-receivers/${receiverId}`),
  async 'automation.create'() {
    const steps = [{ name: 'pause', type: 'wait', minutes: 5 }]
    const json = { name: 'Audited', enabled: true, trigger: { type: 'button' }, steps }
    automationId = (await call('POST', '/automations', json)).id
  },
  'automation.update': () => call('PATCH', `/automations/${automationId}`, { description: 'Changed' }),
  async 'automation.run'() {
    runId = (await call('POST', `/automations/${automationId}/run`, {})).id
  },
  'automation.cancel_run': () => call('POST', `/automation-runs/${runId}/cancel`),
  'automation.resume_run': () => call('POST', `/automation-runs/${runId}/resume`),
  'automation.delete': () => call('DELETE', `/automations/${automationId}`),
  'signing_key.rotate': async () =>
    server.context.signingKeys.rotate(await operator(server.context), 'ES256'),
}

const beginning = new Date(server.clock.now()).toISOString()
for (const act of Object.values(doings)) {
  server.clock.advance(60_000)
  await act()
}

test('there is a way to each action', () => {
  const expected = catalog.auditActions.filter((action) => !testedElsewhere.test(action))
  assert.deepEqual(Object.keys(doings).sort(), expected.toSorted())
})

test('every audited action is in the log, with who did it, from where, to what, and how it was before', async () => {
  const { data, meta } = await list('?limit=100')
  const done = Object.keys(doings)
  assert.equal(meta.total_count, data.length)
  assert.deepEqual(
    data.slice(0, done.length).map((record) => record.action),
    done.toReversed(),
  )
  const renamed = data.find((record) => record.action === 'document.update')
  assert.deepEqual(
    { ...renamed, id: 0, before: renamed.before.title, after: renamed.after.title },
    {
      id: 0,
      occurred_at: renamed.after.updated_at,
      actor: { type: 'credential', id: adminId, name: 'Administration' },
      action: 'document.update',
      target: { type: 'document', id: documentId },
      ip: '127.0.0.1',
      request_id: 'audit-test',
      before: 'Audited',
      after: 'Changed',
      chain_seq: null,
      chain_hash: null,
    },
  )
  const rotated = data[0]
  assert.deepEqual(rotated.actor, { type: 'operator', id: null, name: 'command line' })
  assert.deepEqual(rotated.target, { type: 'signing_key', id: null })
  assert.deepEqual([rotated.ip, rotated.request_id, rotated.after.alg], [null, null, 'ES256'])
  const created = data.find((record) => record.action === 'user.create')
  assert.equal(created.before, null)
  assert.equal(created.after.username, 'audited')
})

test('no secret, password, or hash of one is in the log, in the table or in an answer', async () => {
  const { read } = server.context.database
  const users = await read.selectFrom('users').select('password_hash').execute()
  for (const { password_hash } of users) if (password_hash) secrets.add(password_hash)
  for (const { secret_hash } of await read.selectFrom('credential_secrets').select('secret_hash').execute())
    secrets.add(secret_hash)
  for (const { token_hash } of await read.selectFrom('sessions').select('token_hash').execute())
    secrets.add(token_hash)
  for (const { private_jwk, kid } of await read.selectFrom('signing_keys').selectAll().execute()) {
    secrets.add(private_jwk)
    assert.ok(kid)
  }
  assert.ok(secrets.size >= 12, 'there is something to look for')
  const stored = JSON.stringify(
    await openedAudit(server.context.database, await read.selectFrom('audit_log').selectAll().execute()),
  )
  const answered = (await list('?limit=100')).text
  for (const text of [stored, answered]) {
    assert.ok(text.includes('credential.rotate'))
    for (const secret of secrets) assert.ok(!text.includes(secret), `the log holds ${secret}`)
    assert.doesNotMatch(text, /\$argon2|"password|client_secret|secret_hash|token_hash|private_jwk|"d\\?":/)
  }
})

test('the log is filtered by actor, action, target and time, with exact totals', async () => {
  const count = async (query: string) => {
    const { data, meta } = await list(`?limit=100&${query}`)
    assert.equal(data.length, meta.total_count, query)
    return data.length
  }
  assert.equal(await count(`actor_type=credential&actor_id=${adminId}`), 48)
  assert.equal(await count('actor_type=credential&actor_id=999999'), 0)
  assert.equal(await count('actor_type=operator'), 3)
  assert.equal(await count('action=document.update'), 1)
  assert.equal(await count(`target_type=document&target_id=${documentId}`), 4)
  assert.equal(await count(`target_type=document&target_id=${documentId}&action=document.delete`), 1)
  assert.equal(await count(`since=${beginning}`), Object.keys(doings).length + 2)

  const { data } = await list('?action=document.create')
  const at = data[0].occurred_at
  const next = new Date(Date.parse(at) + 60_000).toISOString()
  assert.equal(await count(`since=${at}&until=${next}`), 1, 'the end is not included')
  assert.equal(await count(`since=${next}`), 42)
  const elsewhere = new Date(Date.parse(at) - 7_200_000).toISOString().replace('.000Z', '-02:00')
  assert.equal(await count(`since=${elsewhere}&until=${next}`), 1, 'in any time zone')
})

test('following the cursors and asking by page answer the same records, in both orders', async () => {
  const { data: all } = await list('?limit=100')
  const ids = all.map((record) => record.id)
  const walked: number[] = []
  for (let next: string | undefined = '/api/v1/audit-log?limit=4'; next !== undefined; ) {
    const { body, headers } = await server.call('GET', next, { key })
    assert.equal(body.meta.total_count, ids.length)
    walked.push(...body.data.map((record: Json) => record.id))
    next = /<([^>]+)>; rel="next"/.exec(headers.get('link') ?? '')?.[1]
  }
  assert.deepEqual(walked, ids)
  assert.deepEqual(
    (await list('?limit=4&page=2')).data.map((record) => record.id),
    ids.slice(4, 8),
  )
  assert.deepEqual(
    (await list('?limit=100&sort=occurred_at')).data.map((record) => record.id),
    ids.toReversed(),
  )
})

test('the log refuses half a filter and what it does not know', async () => {
  const cases: [string, RegExp][] = [
    ['actor_id=1', /'actor_id' query parameter requires 'actor_type'/],
    ['target_id=1', /belong together/],
    ['target_type=user', /belong together/],
    ['action=user.eat', /'action' query parameter must be one of: user.create/],
    ['actor_type=robot', /must be one of: credential, user, operator, system/],
    ['since=yesterday', /'since' query parameter must be an RFC 3339 timestamp/],
    ['sort=created_at', /must be one of: -occurred_at, occurred_at/],
  ]
  for (const [query, details] of cases)
    assertRefused(await server.call('GET', `/api/v1/audit-log?${query}`, { key }), 400, details)
})

test('every filter has an index that also carries the order', async () => {
  const span = { since: '2026-01-01T00:00:00Z', until: '2026-02-01T00:00:00Z' }
  const filters: [AuditFilter, string][] = [
    [{}, 'audit_log_occurred_at'],
    [{ actor_type: 'operator' }, 'audit_log_actor_type'],
    [{ actor_type: 'user', actor_id: 1 }, 'audit_log_actor'],
    [{ action: 'user.create' }, 'audit_log_action'],
    [{ target_type: 'user', target_id: 1 }, 'audit_log_target'],
  ]
  for (const [filter, index] of filters) {
    for (const more of [{}, span]) {
      const { slice } = listRequest({}, auditSorts)
      const [plan = ''] = await queryPlans(server.context.database, (db) =>
        listAudit(db, { ...filter, ...more }, slice),
      )
      assert.match(plan, new RegExp(`\\b${index}\\b`))
      assert.doesNotMatch(plan, /sort|temp b-tree/i)
    }
  }
})
