import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { TOTP } from 'otpauth'
import { allowApplication } from '../../../server/test/allowing.ts'
import { startServer } from '../../../server/test/harness.ts'
import { makePerson, password } from '../../../server/test/people.ts'
import { startReceiver } from '../../../server/test/receiver.ts'
import { Comserv } from '../src/index.ts'
import { Browser, recorded } from './traffic.ts'

/** Every method is called once against a started server, and must succeed; together they must have used every operation. */
/** Nobody is there, and nothing is sent. */
const mail = { COMSERV_SMTP_URL: 'smtp://127.0.0.1:1', COMSERV_MAIL_FROM: 'comserv@example.org' }
const server = await startServer({ env: mail })
const receiver = await startReceiver()
const traffic = recorded()
const admin = await server.credential('admin')
const comserv = new Comserv({ baseUrl: server.url, apiKey: admin.secret, fetch: traffic.fetch })

test('users', async () => {
  const { users } = comserv
  const { id } = await users.create({ username: 'newuser', email: 'newuser@example.org', password })
  assert.equal((await users.get(id)).username, 'newuser')
  assert.equal((await users.update(id, { profile: { first_name: 'New' } }))?.profile.first_name, 'New')
  assert.equal(await users.delete(id), undefined)
  assert.equal((await users.trash()).data[0]?.id, id)
  assert.equal((await users.restore(id))?.id, id)
  await users.delete(id)
  const second = await users.create({ username: 'NewUser', email: 'second@example.org', password })
  await assert.rejects(users.restore(id, { maxRetries: 0 }), { code: 'conflict' })
  assert.equal((await users.restore(id, { username: 'returned' }))?.username, 'returned')
  await users.delete(second.id)
  assert.deepEqual(
    (await users.list({ role: 'normal', q: undefined })).data.map((user) => user.id),
    [id],
  )
  const batch = await users.batch([
    { action: 'update', id, data: { role: 'editor' } },
    { action: 'delete', id: 99 },
  ])
  assert.deepEqual(batch.meta, { succeeded: 1, failed: 1 })
  assert.equal(batch.data[1]?.error?.code, 'resource_not_found')
  await assert.rejects(users.batch([{ action: 'delete', id: 99 }], { atomic: true }), {
    code: 'resource_not_found',
  })
  const exported = []
  for await (const user of users.export({ role: 'editor' }))
    exported.push([user.username, user.profile.first_name])
  assert.deepEqual(exported, [['returned', 'New']])
  assert.match(await users.export().text('csv'), /^id,username,.*\r\n\d+,returned,/)
  const file = 'username,email\nimported,imported@example.org\nreturned,other@example.org\n'
  assert.equal((await users.importFile(file, { dry_run: true })).imported, 1)
  await assert.rejects(
    users.importFile('/tmp/people.csv'),
    /^ConfigurationError: file must be the content .* the path/,
  )
  for (const wrong of [undefined, 5, new ReadableStream()])
    await assert.rejects(
      Reflect.apply(users.importFile, users, [wrong]),
      /^ConfigurationError: file must be the content of a file/,
    )
  const report = await users.importFile(new TextEncoder().encode(file), { format: 'csv' })
  assert.deepEqual([report.imported, report.refusals[0]?.row], [1, 3])
  const held = []
  for await (const { kind } of users.personalData(id)) held.push(kind)
  assert.deepEqual([held[0], held.at(-1)], ['profile', 'audit'])
  assert.equal((await users.erase(id, { username: 'returned' })).status, 'waiting')
  assert.equal((await users.erasure(id)).user_id, id)
  await users.cancelErasure(id)
})

test('mail', async () => {
  const { users, mails, session } = comserv
  const { id } = await users.create({ username: 'invited', email: 'invited@example.org', invite: true })
  const [invitation] = (await mails.list({ user_id: id, status: 'pending' })).data
  assert.equal(invitation?.kind, 'invitation')
  const link = await users.createPasswordLink(id, { language: 'de' })
  assert.equal(link.link, null)
  const mail = await mails.get(link.mail_id ?? 0)
  assert.deepEqual([mail.language, mail.recipient], ['de', 'invited@example.org'])
  assert.equal((await mails.resend(mail.id)).id, mail.id)
  assert.equal(await session.requestPassword({ username: 'invited' }), undefined)
})

test('documents', async () => {
  const { documents } = comserv
  const { id } = await documents.create({ title: 'Annual Report 2023', category: 'reports' })
  const { data, etag } = await documents.get(id).withResponse()
  assert.equal(data.title, 'Annual Report 2023')
  const change = { title: 'Annual Report', status: 'published' } as const
  assert.equal((await documents.update(id, change, { ifMatch: etag }))?.status, 'published')
  await assert.rejects(documents.update(id, { title: 'Lost' }, { ifMatch: etag }), {
    name: 'PreconditionFailedError',
  })
  assert.equal((await documents.revisions(id)).meta.total_count, 2)
  assert.equal((await documents.revision(id, 1)).status, 'draft')
  assert.equal((await documents.restoreRevision(id, 1))?.version, 3)
  await documents.delete(id)
  assert.equal((await documents.trash()).data[0]?.id, id)
  await documents.restore(id)
  assert.equal((await documents.list({ category: 'reports' })).meta.total_count, 1)
  assert.deepEqual((await documents.categories()).data, [{ category: 'reports', document_count: 1 }])
  const batch = await documents.batch([{ action: 'create', data: { title: 'Minutes' } }], { atomic: true })
  assert.equal(batch.data[0]?.status, 201)
  for await (const document of documents.export({ category: 'reports' })) assert.equal(document.content, '')
  assert.match(await documents.export().text('ndjson'), /^\{"id":\d+,.*\}\n\{.*\}\n$/)
  const file = new Blob(['Headline\nImported\n'])
  assert.equal((await documents.importFile(file, { map: '{"Headline":"title"}' })).imported, 1)
})

test('roles', async () => {
  const { roles } = comserv
  const rules = [{ scope: 'documents:read' as const, where: { category: ['policies'] } }]
  const { id, name } = await roles.create({ name: 'reviewer', scopes: ['documents:read'], rules })
  assert.deepEqual((await roles.get(name)).rules, rules)
  assert.equal((await roles.get(String(id))).built_in, false)
  assert.equal((await roles.update(String(id), { rules: null })).rules, null)
  assert.equal((await roles.list()).meta.total_count, 5)
  const explained = await comserv.permissions.explain({ action: 'documents:write' })
  assert.deepEqual([explained.allowed, explained.steps[0]?.check], [true, 'scope'])
  assert.equal(await roles.delete(String(id)), undefined)
})

test('categories', async () => {
  const { categories } = comserv
  const { id, slug } = await categories.create({ name: 'Annual Reports' })
  assert.equal(slug, 'annual-reports')
  const { data, etag } = await categories.get(id).withResponse()
  assert.equal(data.name, 'Annual Reports')
  assert.equal((await categories.update(id, { name: 'reports' }, { ifMatch: etag }))?.document_count, 1)
  await assert.rejects(categories.update(id, { name: 'Lost' }, { ifMatch: etag }), {
    name: 'PreconditionFailedError',
  })
  assert.equal(await categories.delete(id), undefined)
  assert.equal((await categories.trash()).data[0]?.id, id)
  assert.equal((await categories.restore(id))?.id, id)
  const batch = await categories.batch([{ action: 'create', data: { name: 'Minutes' } }], { atomic: true })
  assert.equal(batch.data[0]?.status, 201)
  assert.equal((await categories.list()).meta.total_count, 2)
  const exported = []
  for await (const { name } of categories.export()) exported.push(name)
  assert.deepEqual(exported.toSorted(), ['Minutes', 'reports'])
  assert.match(await categories.export().text('csv'), /^id,name,slug,/)
})

test('credentials', async () => {
  const { credentials } = comserv
  const { id, client_secret } = await credentials.create({ name: 'Reports', scopes: ['read'] })
  const rotated = await credentials.rotate(id, { grace_hours: 0 })
  assert.notEqual(rotated.client_secret, client_secret)
  const whole = await credentials.rotate(id)
  assert.ok('name' in whole)
  const { client_secret: apiKey } = await credentials.create({
    name: 'Writer',
    scopes: ['credentials:write', 'read'],
  })
  const writer = new Comserv({ baseUrl: server.url, apiKey })
  assert.deepEqual(Object.keys(await writer.credentials.rotate(id)), ['id', 'client_secret'])
  await credentials.endPreviousSecret(id)
  const { name, previous_secret_expires_at } = await credentials.get(id)
  assert.deepEqual([name, previous_secret_expires_at], ['Reports', null])
  assert.equal((await credentials.update(id, { tier: 'premium' }))?.tier, 'premium')
  assert.equal((await credentials.usage(id, { per: 'day' })).per, 'day')
  assert.equal((await credentials.totalUsage({ per: 'minute' })).data.length, 60)
  await credentials.delete(id)
  assert.deepEqual(
    (await credentials.list()).data.filter((one) => one.id === id).map((one) => one.status),
    ['revoked'],
  )
})

test('hooks', async () => {
  const { hooks, hookCalls } = comserv
  const actions = ['document.create'] as const
  const { id, secret } = await hooks.create({ url: receiver.url, actions: [...actions], status: 'paused' })
  assert.match(secret, /^whsec_/)
  assert.equal((await hooks.test(id, { action: 'document.create' })).outcome, 'failed')
  assert.equal((await hooks.update(id, { on_failure: 'allow' })).on_failure, 'allow')
  assert.notEqual((await hooks.rotateSecret(id)).secret, secret)
  await hooks.endPreviousSecret(id)
  assert.equal((await hooks.get(id)).previous_secret_expires_at, null)
  assert.equal((await hooks.list()).data[0]?.id, (await hooks.get(id)).id)
  await server.runTask('write down calls of hooks')
  const [call] = (await hookCalls.list({ hook_id: id })).data
  assert.equal((await hookCalls.get(call?.id ?? 0)).error, 'invalid_response')
  await hooks.delete(id)
})

test('applications', async () => {
  const { applications } = comserv
  const { id, client_secret } = await applications.create({
    name: 'Reading room',
    kind: 'server',
    redirect_uris: ['https://example.com/done'],
    scopes: ['documents:read'],
  })
  assert.equal((await applications.update(id, { trusted: true })).trusted, true)
  assert.notEqual((await applications.rotateSecret(id)).client_secret, client_secret)
  assert.equal((await applications.list()).data[0]?.id, (await applications.get(id)).id)
  await applications.delete(id)
})

test('webhooks and deliveries', async () => {
  const { webhooks, deliveries } = comserv
  const { id, secret } = await webhooks.create({ url: receiver.url, events: ['document.created'] })
  assert.match(secret, /^whsec_/)
  assert.equal((await webhooks.test(id)).status, 'delivered')
  assert.equal((await webhooks.test(id, { event_type: 'user.created' })).test, true)
  assert.equal((await webhooks.get(id)).health.state, 'healthy')
  const previewed = await webhooks.preview({ event_type: 'document.created', transform: '[data.id]' })
  assert.equal(previewed.outcome, 'sent')
  assert.notEqual((await webhooks.rotateSecret(id)).secret, secret)
  await webhooks.endPreviousSecret(id)
  assert.equal((await webhooks.get(id)).previous_secret_expires_at, null)
  await webhooks.update(id, { concurrency: 2 })
  await comserv.documents.create({ title: 'News' })
  await server.deliver()
  const delivered = await webhooks.deliveries(id, { event_type: 'document.created' })
  const delivery = delivered.data[0]
  assert.ok(delivery)
  assert.equal((await deliveries.get(delivery.id)).log.length, 1)
  assert.deepEqual((await deliveries.outcomes({ webhook_id: id })).totals, {
    delivered: 3,
    failed_attempts: 0,
    failed: 0,
  })
  const resent = await deliveries.resend(delivery.id).withResponse()
  assert.equal(resent.status, 202)
  assert.equal((await deliveries.cancel(resent.data.id))?.reason, 'cancelled')
  assert.partialDeepStrictEqual(await webhooks.recover(id, { since: '2026-01-15T08:00:00Z' }), {
    resent: 0,
    remaining: 0,
  })
  const span = {
    since: '2026-01-15T08:00:00Z',
    until: '2027-01-15T08:00:00Z',
    types: ['document.*' as const],
  }
  const again = await webhooks.recover(id, { ...span, include: ['delivered', 'missed'] })
  assert.equal(again.next_cursor, null)
  assert.ok(again.resent + again.newly_sent > 0)
  assert.equal((await webhooks.list()).meta.total_count, 1)
  await webhooks.delete(id)
})

test('automations and their runs', async () => {
  const { automations } = comserv
  const { id } = await automations.create({
    name: 'Remind',
    enabled: true,
    trigger: { type: 'button' },
    steps: [{ name: 'pause', type: 'wait', minutes: 5 }],
  })
  assert.equal((await automations.get(id)).steps[0]?.minutes, 5)
  assert.equal((await automations.update(id, { name: 'Remind them' }))?.name, 'Remind them')
  assert.equal((await automations.list({ enabled: true })).meta.total_count, 1)
  assert.equal((await automations.dryRun(id)).runs[0]?.steps[0]?.outcome, 'would_act')
  const run = await automations.run(id, { input: { who: 'Jo' } })
  assert.ok(run)
  await server.automate()
  const { status, attempts } = await automations.getRun(run.id)
  assert.deepEqual([status, attempts[0]?.outcome], ['succeeded', 'succeeded'])
  const another = await automations.run(id)
  assert.equal((await automations.cancelRun(another?.id ?? 0))?.status, 'cancelled')
  assert.equal((await automations.resumeRun(another?.id ?? 0))?.status, 'pending')
  assert.equal((await automations.runs({ automation_id: id })).meta.total_count, 2)
  await automations.delete(id)
})

test('test receivers', async () => {
  const { testReceivers } = comserv
  const { id, url } = await testReceivers.create({ response_status: 204 })
  assert.match(url, /\/test-receiver\/\w{32}$/)
  assert.equal((await testReceivers.list()).data[0]?.id, id)
  assert.deepEqual((await testReceivers.get(id)).requests, [])
  await testReceivers.delete(id)
})

test('requests for credentials', async () => {
  const person = await makePerson(server, 'editor')
  const page = new Comserv({ baseUrl: server.url, session: true, fetch: recordedBy(new Browser()) })
  await page.session.signIn({ username: person.username, password })
  const asked = { name: 'Reports', scopes: ['documents:read' as const], reason: 'Nightly.' }
  const { id } = await page.credentialRequests.create(asked)
  assert.equal((await comserv.credentialRequests.approve(id, {})).owner_id, person.id)
  assert.equal((await page.credentialRequests.get(id)).status, 'approved')
  assert.match((await page.credentialRequests.collect(id)).client_secret, /^cs_live_/)
  const other = await page.credentialRequests.create(asked)
  assert.equal((await comserv.credentialRequests.refuse(other.id, { message: 'No.' })).message, 'No.')
  const last = await page.credentialRequests.create(asked)
  assert.equal((await page.credentialRequests.withdraw(last.id)).status, 'withdrawn')
  assert.equal((await page.credentialRequests.list({ requester_id: person.id })).meta.total_count, 3)
  await page.session.signOut()

  const open = await startServer({ env: { COMSERV_KEY_REQUESTS_BY_GUESTS: 'true' } })
  const guest = new Comserv({ baseUrl: open.url, fetch: recordedBy(new Browser()), session: true })
  const { secret: apiKey } = await open.credential('admin')
  assert.equal((await guest.guestRequests.access()).allowed, true)
  const { id: guestId, token } = await guest.guestRequests.create({ ...asked, contact: 'Jane' })
  await new Comserv({ baseUrl: open.url, apiKey }).credentialRequests.approve(guestId, {})
  assert.equal((await guest.guestRequests.read({ token })).status, 'approved')
  assert.match((await guest.guestRequests.collect({ token })).client_secret, /^cs_live_/)
})

test('events and the audit log', async () => {
  const { data, meta } = await comserv.events.list({ type: 'document.created' })
  assert.equal(meta.total_count, data.length)
  const event = await comserv.events.get(data[0]?.id ?? 0)
  assert.equal(event.type === 'document.created' && event.payload.data.title, 'Annual Report 2023')
  assert.ok((await comserv.events.types()).data.some(({ name }) => name === 'ping'))
  for (const { event_id } of (await comserv.events.deliveries(event.id)).data)
    assert.equal(event_id, event.id)
  for await (const streamed of comserv.events.stream({ types: ['document.created'], after: 0 })) {
    assert.deepEqual(streamed, data[0])
    break
  }
  assert.equal((await comserv.auditLog.list({ action: 'webhook.delete' })).meta.total_count, 1)
  for await (const { action } of comserv.auditLog.export({ action: 'webhook.delete' }))
    assert.equal(action, 'webhook.delete')
  assert.ok('hash' in (await comserv.auditLog.head()))
})

test('the request log', async () => {
  await server.context.requestLog.flush()
  const [request] = (await comserv.requests.list({ method: 'POST' })).data
  assert.deepEqual({ ...(await comserv.requests.get(request?.id ?? 0)) }, { ...request })
  assert.deepEqual((await comserv.requests.deprecatedUses()).data, [])
})

test('a person: session, account', async () => {
  const person = await makePerson(server, 'editor')
  const fetch = recordedBy(new Browser())
  const page = new Comserv({ baseUrl: server.url, session: true, fetch })
  await page.session.signIn({ username: person.username, password })
  assert.equal((await page.session.current()).user.id, person.id)
  assert.equal((await page.me.get()).email, person.email)
  assert.equal((await page.me.update({ profile: { bio: 'Writes.' } })).profile.bio, 'Writes.')
  const longer = `${password} and a cart`
  await page.me.changePassword({ current_password: password, new_password: longer })
  await page.session.confirm({ password: longer })
  const { secret } = await page.me.setUpTotp()
  const code = new TOTP({ secret }).generate({ timestamp: server.clock.now() })
  await page.me.activateTotp({ code })
  const { codes } = await page.me.createRecoveryCodes()
  const half = new Comserv({ baseUrl: server.url, session: true, fetch: recordedBy(new Browser()) })
  const again = { username: person.username, password: longer }
  await assert.rejects(half.session.signIn(again), { name: 'AuthenticationFailedError' })
  assert.equal((await half.session.step()).step, 'verify')
  await assert.rejects(half.session.setUpTotp(), { name: 'ConflictError' })
  await assert.rejects(half.session.activateTotp({ code }), { name: 'ConflictError' })
  assert.equal((await half.session.verify({ code: codes[0] ?? '' })).user.id, person.id)
  await half.session.signOut()
  await half.session.cancelStep()
  // Browsers have no passkeys under the address of this server, 127.0.0.1.
  const response = { id: 'none' }
  await assert.rejects(page.me.passkeyOptions(), { name: 'ConflictError' })
  await assert.rejects(page.me.addPasskey({ name: 'Laptop', response }), { name: 'InvalidRequestError' })
  await assert.rejects(page.me.renamePasskey(1, { name: 'Work' }), { name: 'ResourceNotFoundError' })
  await assert.rejects(page.me.removePasskey(1), { name: 'ResourceNotFoundError' })
  await assert.rejects(half.session.passkeyOptions(), { name: 'ConflictError' })
  await assert.rejects(half.session.signInWithPasskey({ response }), { name: 'AuthenticationFailedError' })
  assert.equal((await page.me.secondFactors()).recovery_codes_left, 9)
  await page.me.removeTotp()
  assert.equal((await comserv.users.secondFactors(person.id)).totp, null)
  await comserv.users.removeSecondFactors(person.id)
  const other = new Comserv({ baseUrl: server.url, session: true, fetch: recordedBy(new Browser()) })
  await other.session.signIn({ username: person.email, password: longer })
  for await (const { kind, data } of page.me.personalData())
    if (kind === 'profile') assert.equal(data.id, (await page.me.get()).id)
  const sessions = await page.me.sessions()
  assert.equal(sessions.meta.total_count, 2)
  await page.me.endSession(sessions.data.find(({ current }) => !current)?.id ?? 0)
  const { application } = await allowApplication(server, person, longer)
  assert.equal((await page.me.applications()).data[0]?.id, application.id)
  await page.me.endApplication(application.id)
  assert.deepEqual((await page.me.applications()).data, [])
  await page.session.signOut()
  const reset = page.session.resetPassword({ token: 'guessed', password: longer })
  await assert.rejects(reset, { name: 'AuthenticationFailedError' })
})

test('the sessions of a user', async () => {
  const person = await makePerson(server, 'editor')
  for (let i = 0; i < 2; i++)
    await new Comserv({
      baseUrl: server.url,
      session: true,
      fetch: recordedBy(new Browser()),
    }).session.signIn({ username: person.username, password })
  const { data } = await comserv.users.sessions(person.id)
  await comserv.users.endSession(person.id, data[0]?.id ?? 0)
  assert.equal((await comserv.users.sessions(person.id)).meta.total_count, 1)
  await comserv.users.endSessions(person.id)
  assert.equal((await comserv.users.sessions(person.id)).meta.total_count, 0)
})

test('setup', async () => {
  const fresh = await startServer()
  const page = new Comserv({ baseUrl: fresh.url, session: true, fetch: recordedBy(new Browser()) })
  assert.deepEqual(await page.setup.get(), { needed: true, password_length_min: 8, sends_mail: false })
  await assert.rejects(
    page.setup.create({ token: 'wrong', username: 'admin', email: 'admin@example.org', password }),
    { name: 'AuthenticationFailedError' },
  )
})

test('OAuth', async () => {
  const { clientId, secret: clientSecret } = await server.credential('read')
  const { oauth } = new Comserv({ baseUrl: server.url, clientId, clientSecret, fetch: traffic.fetch })
  const { access_token, scope } = await oauth.createToken({ scope: 'users:read' })
  assert.equal(scope, 'users:read')
  assert.equal((await oauth.introspectToken(access_token)).active, true)
  assert.equal(await oauth.revokeToken(access_token), undefined)
  assert.equal((await oauth.introspectToken(access_token)).active, false)
  assert.ok((await oauth.metadata()).token_endpoint)
  assert.match((await comserv.oauth.userInfo()).sub, /^cs_client_/)
  assert.ok((await oauth.openIdConfiguration()).userinfo_endpoint)
  assert.ok((await oauth.keys()).keys)
  await assert.rejects(comserv.oauth.createToken(), { name: 'ConfigurationError' })
})

test('the server itself', async () => {
  assert.deepEqual(await comserv.health.live(), { status: 'ok' })
  assert.deepEqual(await comserv.health.ready(), { status: 'ok' })
  assert.match(String((await comserv.description.openApi()).openapi), /^3\.1/)
  assert.equal((await comserv.description.catalog()).tiers[0]?.name, 'standard')
})

test('every operation of openapi.json was called by one of these', () => {
  const text = readFileSync(new URL('../../../openapi.json', import.meta.url), 'utf8')
  type Operations = Record<string, { operationId: string; 'x-sdk'?: string }>
  const operations = Object.entries<Operations>(JSON.parse(text).paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, operation]) => operation['x-sdk'] !== undefined)
      .map(([method, { operationId }]) => ({ path, method, operationId })),
  )
  assert.ok(operations.length > 50)
  const missing = operations.filter(({ path, method }) => {
    const pattern = new RegExp(`^${path.replaceAll(/\{[^}]+\}/g, '\\d+').replaceAll('.', '\\.')}$`)
    return !traffic.seen.some(
      (one) => one.method.toLowerCase() === method && pattern.test(one.path.split('?')[0] ?? ''),
    )
  })
  assert.deepEqual(
    missing.map(({ operationId }) => operationId),
    [],
  )
})

function recordedBy(browser: Browser) {
  return async (url: string, init: RequestInit) => {
    const response = await browser.fetch(url, init)
    const { pathname: path } = new URL(url)
    traffic.seen.push({ method: init.method ?? 'GET', path, headers: new Headers(), status: response.status })
    return response
  }
}
