import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { dayMs, hourMs, secondMs } from '../src/lib/timestamps.ts'
import { selfSignedCertificate } from './certificate.ts'
import { type Json, startServer, type TestServer } from './harness.ts'
import { auditTrail } from './left-behind.ts'
import { type MailServer, startMailServer } from './mail-server.ts'
import { makePerson, signedInAs, signIn } from './people.ts'

const mails = await startMailServer()
const server = await startServer({ env: mailEnv(mails) })
const { secret: key } = await server.credential('admin')
const trail = auditTrail(server)

function mailEnv({ port }: MailServer, more: Record<string, string> = {}): Record<string, string> {
  return {
    COMSERV_SMTP_URL: `smtp://127.0.0.1:${port}`,
    COMSERV_MAIL_FROM: 'Platform <platform@example.org>',
    COMSERV_SITE_NAME: 'Ours & <yours>',
    ...more,
  }
}

let made = 0
async function invite(on: TestServer = server, admin = key): Promise<Json> {
  const username = `invited-${++made}`
  const json = { username, email: `${username}@example.org`, invite: true }
  const { status, body, text } = await on.call('POST', '/api/v1/users', { key: admin, json })
  assert.equal(status, 201, text)
  return body
}

async function mailOf(userId: number, on: TestServer = server, admin = key): Promise<Json> {
  const { body } = await on.call('GET', `/api/v1/mails?user_id=${userId}`, { key: admin })
  return body.data[0]
}

const tokenIn = (text: string) => /#token=([\w-]{43})/.exec(text)?.[1] ?? ''

describe('mail', () => {
  test('is written with its change, sent after the commit, and shown without its link', async () => {
    await trail()
    await server.newEvents()
    const user = await invite()
    assert.deepEqual(await server.newEvents(), ['user.created'])
    const waiting = await mailOf(user.id)
    assert.deepEqual([waiting.kind, waiting.status, waiting.attempts], ['invitation', 'pending', 0])
    assert.equal(waiting.recipient, user.email)
    const before = mails.received.length
    await server.sendMail()
    assert.equal(mails.received.length, before + 1)
    const mail = mails.received.at(-1)
    assert.ok(mail)
    assert.deepEqual([mail.from, mail.to], ['platform@example.org', user.email])
    assert.equal(mail.headers.get('from'), 'Platform <platform@example.org>')
    assert.equal(mail.headers.get('subject'), 'Your account at Ours & <yours>')
    assert.equal(mail.headers.get('message-id'), waiting.message_id)
    assert.equal(mail.headers.get('auto-submitted'), 'auto-generated')
    const token = tokenIn(mail.text)
    assert.match(
      mail.text,
      new RegExp(`^${server.context.config.publicUrl}/new-password#token=${token}$`, 'm'),
    )
    assert.match(mail.html, /at Ours &#38; &#60;yours&#62;\./)
    assert.ok(mail.html.includes(`#token=${token}"`))
    const sent = await mailOf(user.id)
    assert.deepEqual([sent.status, sent.attempts, sent.error], ['sent', 1, null])
    // The link works, and nobody else ever sees it.
    const rows = await server.context.database.read.selectFrom('mails').selectAll().execute()
    const seen = JSON.stringify([sent, rows, await trail(), server.logged])
    assert.equal(seen.includes(token), false)
    assert.equal(
      rows.every(({ token }) => token === null),
      true,
    )
    const json = { token, password: 'an entirely new secret' }
    assert.equal((await server.call('POST', '/api/v1/password-reset', { json })).status, 201)
  })

  test('is promised by the catalog', async () => {
    const { body } = await server.call('GET', '/api/v1/catalog', { key })
    assert.equal(body.sends_mail, true)
  })

  test('is not written when its change fails', async () => {
    const { id, username } = await invite()
    const count = (await server.call('GET', '/api/v1/mails', { key })).body.meta.total_count
    const json = { username, email: 'another@example.org', invite: true }
    assert.equal((await server.call('POST', '/api/v1/users', { key, json })).status, 409)
    const after = await server.call('GET', '/api/v1/mails', { key })
    assert.equal(after.body.meta.total_count, count)
    assert.equal(after.body.data[0].user_id, id)
    await server.sendMail()
  })

  test('is retried with the schedule of webhooks after a failure that may pass', async () => {
    const failures: [Parameters<MailServer['misbehave']>, RegExp][] = [
      [['connect', '421 4.3.2 busy'], /refused the connection: 421 4\.3\.2 busy$/],
      [['connect', 'cut'], /^The connection to the mail server failed \(\w+\)\.$/],
      [['ehlo', 'cut'], /^The connection to the mail server failed \(\w+\)\.$/],
      [['mail', '451 4.7.1 greylisted'], /refused the sender: 451 4\.7\.1 greylisted$/],
      [['mail', '550 5.7.1 not a sender here'], /refused the sender: 550 5\.7\.1/],
      [['rcpt', '450 4.2.1 mailbox busy'], /refused the recipient: 450 4\.2\.1 mailbox busy$/],
      [['data', 'cut'], /^The connection to the mail server failed/],
      [['message', '451 4.3.0 try later'], /refused the message: 451 4\.3\.0 try later$/],
    ]
    for (const [how, error] of failures) {
      const user = await invite()
      mails.misbehave(...how)
      const before = mails.received.length
      await server.sendMail()
      const failed = await mailOf(user.id)
      assert.match(failed.error, error, how.join(' '))
      assert.deepEqual([failed.status, failed.attempts], ['pending', 1], how.join(' '))
      mails.misbehave()
      await server.sendMail()
      assert.equal(mails.received.length, before, 'not before its time')
      server.clock.advance(6 * secondMs)
      await server.sendMail()
      assert.equal(mails.received.length, before + 1)
      const sent = await mailOf(user.id)
      assert.deepEqual([sent.status, sent.attempts, sent.error], ['sent', 2, null])
      assert.equal(mails.received.at(-1)?.headers.get('message-id'), sent.message_id)
    }
  })

  test('fails at once when the recipient or the message is refused for good, and can be resent', async () => {
    for (const stage of ['rcpt', 'data', 'message'] as const) {
      const user = await invite()
      mails.misbehave(stage, `550 5.1.1 ${'x'.repeat(500)}`)
      await server.sendMail()
      mails.misbehave()
      const failed = await mailOf(user.id)
      assert.deepEqual([failed.status, failed.attempts], ['failed', 1], stage)
      assert.ok(failed.error.length < 300)
      const again = await server.call('POST', `/api/v1/mails/${failed.id}/resend`, { key })
      assert.equal(again.status, 202, again.text)
      assert.notEqual(again.body.message_id, failed.message_id)
      await server.sendMail()
      assert.equal((await mailOf(user.id)).status, 'sent')
      const former = await server.call('GET', `/api/v1/mails/${failed.id}`, { key })
      assert.equal(former.body.resent_as, again.body.id)
    }
  })

  test('comes again with the same Message-ID when the connection ends after the message', async () => {
    const user = await invite()
    const before = mails.received.length
    mails.misbehave('message', 'cut')
    await server.sendMail()
    mails.misbehave()
    assert.deepEqual([(await mailOf(user.id)).status, mails.received.length], ['pending', before + 1])
    server.clock.advance(6 * secondMs)
    await server.sendMail()
    const [first, second] = mails.received.slice(before)
    assert.equal(first?.raw, second?.raw)
  })

  test('gives up after the schedule, and is attempted now where it waits', async () => {
    const few = await startServer({ env: mailEnv(mails, { COMSERV_WEBHOOK_RETRY_SCHEDULE: '60' }) })
    const { secret: admin } = await few.credential('admin')
    const user = await invite(few, admin)
    mails.misbehave('rcpt', '450 4.2.1 mailbox busy')
    await few.sendMail()
    const { id } = await mailOf(user.id, few, admin)
    const now = await few.call('POST', `/api/v1/mails/${id}/resend`, { key: admin })
    assert.deepEqual([now.status, now.body.id, now.body.status], [202, id, 'pending'])
    await few.sendMail()
    mails.misbehave()
    const failed = await mailOf(user.id, few, admin)
    assert.deepEqual([failed.status, failed.attempts], ['failed', 2])
    await few.stop()
  })

  test('is not sent once its link has expired', async () => {
    const user = await invite()
    const { expires_at } = await mailOf(user.id)
    assert.ok(expires_at)
    server.clock.advance(8 * dayMs)
    const before = mails.received.length
    await server.sendMail()
    assert.equal(mails.received.length, before)
    const failed = await mailOf(user.id)
    assert.deepEqual([failed.status, failed.error], ['failed', 'Its link expired before it could be sent.'])
  })

  test('to a server that hangs ends in time, and holds up no request and no webhook', async () => {
    const slow = await startServer({
      env: mailEnv(mails, { COMSERV_WEBHOOK_LEASE_SECONDS: '2', COMSERV_WEBHOOK_TIMEOUT_SECONDS: '1' }),
    })
    const { secret: admin } = await slow.credential('admin')
    for (const stage of ['connect', 'ehlo', 'data', 'message'] as const) {
      const user = await invite(slow, admin)
      mails.misbehave(stage, 'hang')
      const startedMs = performance.now()
      const draining = slow.sendMail()
      await slow.deliver()
      assert.equal((await slow.call('GET', '/api/v1/users', { key: admin })).status, 200)
      await draining
      assert.ok(performance.now() - startedMs < 10 * secondMs)
      mails.misbehave()
      const failed = await mailOf(user.id, slow, admin)
      assert.deepEqual(
        [failed.status, failed.error],
        ['pending', 'The mail server did not respond in time.'],
        stage,
      )
      slow.clock.advance(hourMs)
      await slow.sendMail()
      assert.equal((await mailOf(user.id, slow, admin)).status, 'sent')
    }
    await slow.stop()
  })

  test('is sent once by several processes on one database', async () => {
    const other = await startServer({ beside: server })
    const users = []
    for (let i = 0; i < 30; i++) users.push(await invite())
    const before = mails.received.length
    await Promise.all([server.sendMail(), other.sendMail(), server.sendMail()])
    const to = mails.received.slice(before).map((mail) => mail.to)
    assert.deepEqual(to.toSorted(), users.map(({ email }) => email).toSorted())
    await other.stop()
  })

  test('that a process has leased is sent by another one when the lease has expired', async () => {
    const user = await invite()
    const { database } = server.context
    await database.write(({ db }) =>
      db
        .updateTable('mails')
        .set({ status: 'sending', next_attempt_at: null, lease_token: 'gone', attempts: 1 })
        .set({ lease_until: new Date(server.clock.now() + 30 * secondMs).toISOString() })
        .where('user_id', '=', user.id)
        .execute(),
    )
    const before = mails.received.length
    const { id } = await mailOf(user.id)
    assert.equal((await server.call('POST', `/api/v1/mails/${id}/resend`, { key })).status, 409)
    await server.sendMail()
    assert.equal(mails.received.length, before)
    server.clock.advance(31 * secondMs)
    await server.sendMail()
    assert.equal(mails.received.length, before + 1)
    assert.deepEqual([(await mailOf(user.id)).status, (await mailOf(user.id)).attempts], ['sent', 2])
  })

  test('is pruned after its retention, and erased with its user', async () => {
    const own = await startServer({ env: mailEnv(mails) })
    const { secret: admin } = await own.credential('admin')
    const user = await invite(own, admin)
    await own.sendMail()
    const line = await own.call('GET', `/api/v1/users/${user.id}/personal-data`, { key: admin })
    assert.match(line.text, /"kind":"mail","data":\{"id":\d+,"kind":"invitation","recipient"/)
    const mail = await mailOf(user.id, own, admin)
    own.clock.advance(31 * dayMs)
    await own.runTask('prune old mail')
    assert.equal((await own.call('GET', `/api/v1/mails/${mail.id}`, { key: admin })).status, 404)
    const erased = await invite(own, admin)
    const json = { username: erased.username }
    await own.call('POST', `/api/v1/users/${erased.id}/erase`, { key: admin, json })
    own.clock.advance(25 * hourMs)
    await own.runTask('erase people')
    assert.equal(await mailOf(erased.id, own, admin), undefined)
    const purged = await invite(own, admin)
    await own.call('DELETE', `/api/v1/users/${purged.id}`, { key: admin })
    own.clock.advance(31 * dayMs)
    await own.runTask('purge users')
    assert.equal(await mailOf(purged.id, own, admin), undefined)
    await own.stop()
  })

  test('is counted', async () => {
    const { text } = await server.call('GET', '/metrics', { key })
    assert.match(text, /^comserv_mail_attempts_total\{outcome="sent"\} [1-9]\d*$/m)
    assert.match(text, /^comserv_mail_attempts_total\{outcome="failed"\} [1-9]\d*$/m)
    assert.match(text, /^comserv_mail_oldest_due_seconds 0$/m)
  })
})

describe('the way to the mail server', () => {
  const certificate = selfSignedCertificate('localhost')
  const password = 'p@ss:w/rd#%'
  const url = (scheme: string, { port }: MailServer) =>
    `${scheme}://our%20user:${encodeURIComponent(password)}@localhost:${port}`

  async function sentBy(smtp: string): Promise<{ mail: Json; logged: string }> {
    const own = await startServer({
      env: { COMSERV_SMTP_URL: smtp, COMSERV_MAIL_FROM: 'platform@example.org' },
    })
    const { secret: admin } = await own.credential('admin')
    const user = await invite(own, admin)
    await own.sendMail()
    const mail = await mailOf(user.id, own, admin)
    const logged = JSON.stringify([own.logged, mail])
    await own.stop()
    return { mail, logged }
  }

  test('logs in, and never shows the password, even where the server repeats it', async () => {
    const strict = await startMailServer({ login: `our user:${password}` })
    assert.equal((await sentBy(url('smtp', strict))).mail.status, 'sent')
    assert.equal(strict.received[0]?.login, `our user:${password}`)
    const other = await startMailServer({ login: 'somebody:else' })
    const { mail, logged } = await sentBy(url('smtp', other))
    assert.deepEqual([mail.status, mail.error], ['pending', 'The mail server refused the login (535).'])
    assert.equal(logged.includes(password), false)
    assert.equal(logged.includes(Buffer.from(`\0our user\0${password}`).toString('base64')), false)
  })

  test('refuses a certificate that nobody vouches for', async () => {
    for (const [scheme, secure] of [
      ['smtp', false],
      ['smtps', true],
    ] as const) {
      const encrypted = await startMailServer({ certificate, secure })
      const { mail } = await sentBy(`${scheme}://localhost:${encrypted.port}`)
      assert.equal(mail.status, 'pending')
      assert.match(mail.error, /encryption|DEPTH_ZERO_SELF_SIGNED_CERT/)
      assert.equal(encrypted.received.length, 0)
    }
  })

  test('to nothing at all fails with a reason', async () => {
    const { mail } = await sentBy('smtp://127.0.0.1:1')
    assert.deepEqual(
      [mail.status, mail.error],
      ['pending', 'The connection to the mail server failed (ECONNREFUSED).'],
    )
  })
})

describe('templates', () => {
  const folder = mkdtempSync(join(tmpdir(), 'comserv-templates-'))
  after(() => rmSync(folder, { recursive: true }))

  test('of the operator replace those of the server, file by file, in both languages', async () => {
    mkdirSync(join(folder, 'de'))
    writeFileSync(
      join(folder, 'de/invitation.txt'),
      'Subject: Hallo {{ username }}\n\n{{link}} $& {{site}}\n',
    )
    const own = await startServer({
      env: mailEnv(mails, { COMSERV_MAIL_TEMPLATES_DIR: folder, COMSERV_LANGUAGE: 'de' }),
    })
    const { secret: admin } = await own.credential('admin')
    const user = await invite(own, admin)
    await own.sendMail()
    const mail = mails.received.at(-1)
    assert.equal(mail?.headers.get('subject'), `Hallo ${user.username}`)
    assert.match(mail?.text ?? '', /#token=[\w-]{43} \$& Ours & <yours>/)
    assert.match(mail?.html ?? '', /Passwort wählen/)
    assert.equal((await mailOf(user.id, own, admin)).language, 'de')
    const json = { language: 'en' }
    await own.call('POST', `/api/v1/users/${user.id}/password-link`, { key: admin, json })
    await own.sendMail()
    assert.match(mails.received.at(-1)?.headers.get('subject') ?? '', /^Your account at/)
    await own.stop()
  })

  test('that cannot be used stop the start, with the file and the line', async () => {
    const refused = (file: string, text: string, sentence: RegExp) => {
      const bad = mkdtempSync(join(folder, 'bad-'))
      mkdirSync(join(bad, 'en'))
      writeFileSync(join(bad, file), text)
      return assert.rejects(
        startServer({ env: mailEnv(mails, { COMSERV_MAIL_TEMPLATES_DIR: bad }) }),
        sentence,
      )
    }
    await refused(
      'en/invitation.txt',
      'Subject: a\n\nb {{pasword}}',
      /line 3: there is no value 'pasword'; .*\{\{link\}\}/,
    )
    await refused('en/invitation.txt', 'Hello', /must begin with a line 'Subject: …'/)
    await refused('en/invitaton.txt', 'Subject: a\n\nb', /'en\/invitaton\.txt', which is no template/)
    await refused('fr', '', /holds 'fr'; it may hold the folders en and de/)
    const nowhere = join(folder, 'nowhere')
    await assert.rejects(
      startServer({ env: mailEnv(mails, { COMSERV_MAIL_TEMPLATES_DIR: nowhere }) }),
      /nowhere cannot be read \(ENOENT\)/,
    )
  })
})

describe('an invitation', () => {
  test('is either a password or a link', async () => {
    const names = { username: 'either', email: 'either@example.org' }
    const post = (json: object) => server.call('POST', '/api/v1/users', { key, json })
    const neither = await post(names)
    assert.deepEqual([neither.status, neither.body.error.code], [400, 'invalid_request'])
    assert.match(neither.body.error.details, /'password' field is required, unless 'invite' is true/)
    const both = await post({ ...names, invite: true, password: 'an entirely new secret' })
    assert.match(both.body.error.details, /'password' and 'invite' fields exclude each other/)
  })

  test('takes the authority that setting the password takes, and a user who is active', async () => {
    const admin = await makePerson(server, 'admin')
    const { secret: some } = await server.credential('users:write')
    const link = (id: number, as: string) =>
      server.call('POST', `/api/v1/users/${id}/password-link`, { key: as, json: {} })
    assert.equal((await link(admin.id, some)).status, 403)
    const normal = await makePerson(server, 'normal')
    const made = await link(normal.id, some)
    assert.deepEqual([made.status, made.body.link], [200, null], made.text)
    await server.sendMail()
    assert.match(mails.received.at(-1)?.headers.get('subject') ?? '', /^Reset your password/)
    const idle = await makePerson(server, 'normal', { status: 'inactive' })
    assert.equal((await link(idle.id, some)).status, 409)
    const person = await signedInAs(server, 'admin')
    const own = await person.call('POST', `/api/v1/users/${person.id}/password-link`, { json: {} })
    assert.equal(own.status, 403)
  })

  test('is a link to hand over where the server sends no mail', async () => {
    const quiet = await startServer({ env: { COMSERV_SUPPORT_CONTACT: 'help@example.org' } })
    const { secret: admin } = await quiet.credential('admin')
    const user = await invite(quiet, admin)
    const made = await quiet.call('POST', `/api/v1/users/${user.id}/password-link`, { key: admin, json: {} })
    assert.equal(made.status, 200)
    assert.equal(made.headers.get('cache-control'), 'no-store')
    assert.deepEqual([made.body.mail_id, made.body.id], [null, user.id])
    const json = { token: tokenIn(made.body.link), password: 'an entirely new secret' }
    assert.equal((await quiet.call('POST', '/api/v1/password-reset', { json })).status, 201)
    const request = { json: { username: user.username } }
    const refused = await quiet.call('POST', '/api/v1/password-reset/request', request)
    assert.equal(refused.status, 409)
    assert.match(refused.body.error.details, /sends no mail; contact help@example\.org for a link/)
    assert.equal((await quiet.call('GET', '/api/v1/mails', { key: admin })).body.meta.total_count, 0)
    await quiet.stop()
  })

  test('goes to nobody but the present address', async () => {
    const user = await invite()
    await server.sendMail()
    const token = tokenIn(mails.received.at(-1)?.text ?? '')
    const json = { email: `${user.username}@elsewhere.example` }
    assert.equal((await server.call('PATCH', `/api/v1/users/${user.id}`, { key, json })).status, 200)
    const used = { json: { token, password: 'an entirely new secret' } }
    assert.equal((await server.call('POST', '/api/v1/password-reset', used)).status, 401)
    const { id } = await mailOf(user.id)
    const again = await server.call('POST', `/api/v1/mails/${id}/resend`, { key })
    assert.equal(again.body.recipient, json.email)
    await server.sendMail()
  })
})

describe('a request for a new password', () => {
  const request = (username: string, more: object = {}) =>
    server.call('POST', '/api/v1/password-reset/request', { json: { username, ...more } })

  test('mails a link that works once, and ends all sessions', async () => {
    const person = await signedInAs(server, 'editor')
    await trail()
    assert.equal((await request(person.email.toUpperCase(), { language: 'de' })).status, 204)
    assert.equal(await mailOf(person.id), undefined)
    const stored = await server.context.database.read.selectFrom('password_requests').selectAll().execute()
    assert.equal(JSON.stringify(stored).includes(person.username), false)
    await server.sendMail()
    const mail = mails.received.at(-1)
    assert.equal(mail?.to, person.email)
    assert.match(mail?.headers.get('subject') ?? '', /^Neues Passwort für Ours & <yours>$/)
    const rows = await trail()
    assert.deepEqual(
      rows.map(({ actor, action, targetId, ip }) => [actor, action, targetId, ip]),
      [['anonymous anonymous', 'user.reset_password', person.id, '127.0.0.1']],
    )
    assert.equal((await person.call('GET', '/api/v1/me')).status, 200)
    const json = { token: tokenIn(mail?.text ?? ''), password: 'an entirely new secret' }
    assert.equal((await server.call('POST', '/api/v1/password-reset', { json })).status, 201)
    assert.equal((await person.call('GET', '/api/v1/me')).status, 401)
    assert.equal((await server.call('POST', '/api/v1/password-reset', { json })).status, 401)
    await signIn(server, person, json.password)
  })

  test('is the same for names that nobody has, and for users who may not sign in', async () => {
    const person = await makePerson(server, 'normal')
    const idle = await makePerson(server, 'normal', { status: 'suspended' })
    const before = mails.received.length
    const answers = []
    for (const name of [
      person.username,
      idle.username,
      'nobody-of-this-name',
      'nobody@example.org',
      'pass word!',
    ])
      answers.push(await request(name))
    const seen = answers.map(({ status, text, headers }) => {
      const names = [...headers.keys()].filter((name) => !/^(date|x-request-id)$/.test(name))
      return JSON.stringify([status, text, names])
    })
    assert.equal(new Set(seen).size, 1)
    await server.sendMail()
    assert.deepEqual(
      mails.received.slice(before).map((mail) => mail.to),
      [person.email],
    )
    const left = await server.context.database.read.selectFrom('password_requests').selectAll().execute()
    assert.equal(left.length, 0)
  })

  test('does the same work for a known and an unknown name', async () => {
    const person = await makePerson(server, 'normal')
    const writes = async (name: string) => {
      const before = server.context.database.statistics().changes
      await request(name)
      return server.context.database.statistics().changes - before
    }
    assert.deepEqual([await writes(person.username), await writes('nobody-of-this-name')], [1, 1])
    await server.sendMail()
  })

  test('is limited for each user, each name and each client', async () => {
    const person = await makePerson(server, 'normal')
    const before = mails.received.length
    for (let i = 0; i < 8; i++) await request(person.username)
    await server.sendMail()
    assert.equal(mails.received.length, before + 5)
    server.clock.advance(hourMs + secondMs)
    await request(person.username)
    await server.sendMail()
    assert.equal(mails.received.length, before + 6)

    const narrow = await startServer({
      env: mailEnv(mails, { COMSERV_RATE_LIMIT_SIGN_IN: '3', COMSERV_TRUST_PROXY: 'true' }),
    })
    const from = (ip: string, username: string) =>
      narrow.call('POST', '/api/v1/password-reset/request', {
        json: { username },
        headers: { 'x-forwarded-for': ip },
      })
    const statuses = []
    for (const i of [1, 2, 3, 4]) statuses.push((await from(`192.0.2.${i}`, 'same@example.org')).status)
    assert.deepEqual(statuses, [204, 204, 204, 429])
    const others = []
    for (const i of [1, 2, 3, 4]) others.push((await from('198.51.100.7', `name-${i}`)).status)
    assert.deepEqual(others, [204, 204, 204, 429])
    await narrow.stop()
  })

  test('from a page of another site is refused', async () => {
    const { status } = await server.call('POST', '/api/v1/password-reset/request', {
      json: { username: 'somebody' },
      headers: { 'sec-fetch-site': 'cross-site' },
    })
    assert.equal(status, 403)
  })
})
