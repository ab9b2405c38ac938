import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dayMs, hourMs, minuteMs } from '../src/lib/timestamps.ts'
import { startServer } from './harness.ts'
import { type ReceivedMail, startMailServer } from './mail-server.ts'
import { makePerson, signedInAs } from './people.ts'
import { startReceiver } from './receiver.ts'

const mails = await startMailServer()
const receiver = await startReceiver(500)
const server = await startServer({
  env: {
    COMSERV_SMTP_URL: `smtp://127.0.0.1:${mails.port}`,
    COMSERV_MAIL_FROM: 'platform@example.org',
    COMSERV_WEBHOOK_RETRY_SCHEDULE: '3600,3600',
  },
})
const beside = await startServer({ beside: server })
const { secret: key } = await server.credential('admin')
const admin = await makePerson(server, 'admin')
const other = await makePerson(server, 'admin')
await makePerson(server, 'admin', { status: 'suspended' })
const developer = await signedInAs(server, 'developer')
let seen = 0

/** The mail that comes when two processes look, and then look again. */
async function alerts(): Promise<ReceivedMail[]> {
  for (let round = 0; round < 2; round++) {
    await Promise.all([server.runTask('send alerts'), beside.runTask('send alerts')])
    await server.sendMail()
  }
  const fresh = mails.received.slice(seen)
  seen = mails.received.length
  return fresh
}

const subjects = (list: readonly ReceivedMail[]) =>
  list.map(({ to, headers }) => [to, headers.get('subject')])

async function ownWebhook(): Promise<number> {
  const json = { url: receiver.url, events: ['document.created'] }
  const { body, text } = await developer.call('POST', '/api/v1/webhooks', { json })
  assert.ok(body.id, text)
  return body.id
}

async function publish(): Promise<void> {
  const { status } = await server.call('POST', '/api/v1/documents', { key, json: { title: 'To be told' } })
  assert.equal(status, 201)
}

test('a webhook that fails for a day is told to its owner, once for each time that it fails', async () => {
  const id = await ownWebhook()
  await publish()
  await server.deliver()
  server.clock.advance(dayMs - minuteMs)
  assert.deepEqual(await alerts(), [])
  server.clock.advance(2 * minuteMs)
  const [mail, ...others] = await alerts()
  assert.deepEqual(others, [])
  assert.equal(mail?.to, developer.email)
  assert.equal(
    mail?.headers.get('subject'),
    `A webhook to ${new URL(receiver.url).host} has been failing since 2026-01-15 08:30 UTC`,
  )
  assert.ok(mail?.text.includes(`/console/developer/webhooks/${id}\r\n`))
  receiver.answer(204)
  await server.deliver()
  receiver.answer(500)
  await publish()
  await server.deliver()
  server.clock.advance(dayMs + minuteMs)
  assert.equal((await alerts()).length, 1)
})

test('a webhook that the server disables is told to its owner', async () => {
  receiver.answer(410)
  await publish()
  await server.deliver()
  const [mail, ...others] = await alerts()
  assert.deepEqual(others, [])
  assert.deepEqual(subjects(mail ? [mail] : []), [
    [developer.email, `The webhook to ${new URL(receiver.url).host} was disabled`],
  ])
  assert.match(mail?.text ?? '', /was disabled: its receiver responded 410 Gone\.$/m)
  assert.deepEqual(await alerts(), [])
})

test('a key that expires in 14 days is told to its owner, and that of the system to administrators', async () => {
  const day = (days: number) =>
    new Date(server.clock.now() + days * dayMs).toISOString().replace(/\.\d+Z$/, 'Z')
  await server.credential('read', { name: 'Sales & co', expires_at: day(30), owner_id: developer.id })
  await server.credential('read', { name: 'Nightly', expires_at: day(30) })
  await server.credential('read', { name: 'For a week', expires_at: day(7) })
  assert.deepEqual(await alerts(), [])
  server.clock.advance(16 * dayMs + minuteMs)
  const list = await alerts()
  const ends = new Date(server.clock.now() + 14 * dayMs - minuteMs).toISOString().slice(0, 10)
  assert.deepEqual(
    subjects(list).toSorted(),
    [
      [developer.email, `The API key "Sales & co" expires on ${ends} 08:32 UTC`],
      [admin.email, `The API key "Nightly" expires on ${ends} 08:32 UTC`],
      [other.email, `The API key "Nightly" expires on ${ends} 08:32 UTC`],
    ].toSorted(),
  )
  assert.match(list.find(({ to }) => to === developer.email)?.html ?? '', /<strong>Sales &#38; co<\/strong>/)
})

test('an old backup is told to administrators, where the server knows of any', async () => {
  server.clock.advance(30 * dayMs)
  assert.deepEqual(await alerts(), [])
  const { database, clock } = server.context
  const occurred_at = new Date(clock.now()).toISOString().replace(/\.\d+Z$/, 'Z')
  await database.write(async (trx) => {
    const row = { actor_type: 'operator', actor_id: null, actor_name: 'backup', ip: null, request_id: null }
    const about = {
      action: 'backup.create',
      target_type: 'backup',
      target_id: null,
      before: null,
      after: null,
    }
    await trx.db
      .insertInto('audit_log')
      .values({ occurred_at, ...row, ...about })
      .execute()
    trx.count('audit_log', 1)
  })
  server.clock.advance(24 * hourMs)
  assert.deepEqual(await alerts(), [])
  server.clock.advance(2 * hourMs)
  const list = await alerts()
  assert.deepEqual(list.map(({ to }) => to).toSorted(), [admin.email, other.email].toSorted())
  assert.match(
    list[0]?.text ?? '',
    new RegExp(`was made on ${occurred_at.slice(0, 10)} 08:\\d\\d UTC\\.$`, 'm'),
  )
  server.clock.advance(30 * dayMs)
  assert.deepEqual(await alerts(), [])
})

test('a server without a mail server looks for nothing', async () => {
  const quiet = await startServer()
  await assert.rejects(quiet.runTask('send alerts'), /There is no task/)
})
