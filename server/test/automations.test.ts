import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { dayMs, hourMs, minuteMs } from '../src/lib/timestamps.ts'
import { type Json, startServer } from './harness.ts'
import { auditTrail } from './left-behind.ts'
import { startMailServer } from './mail-server.ts'
import { makePerson } from './people.ts'
import { startReceiver } from './receiver.ts'

const mails = await startMailServer()
const server = await startServer({
  env: {
    COMSERV_SMTP_URL: `smtp://127.0.0.1:${mails.port}`,
    COMSERV_MAIL_FROM: 'Platform <platform@example.org>',
  },
})
const { secret: key } = await server.credential('admin')
const trail = auditTrail(server)

async function call(method: string, path: string, json?: Json, as = key): Promise<Json> {
  const options = json === undefined ? { key: as } : { key: as, json }
  const { status, body, text } = await server.call(method, `/api/v1${path}`, options)
  assert.ok(status < 300, `${method} ${path} gave ${status}: ${text}`)
  return body
}

async function refusal(method: string, path: string, json?: Json, as = key) {
  const options = json === undefined ? { key: as } : { key: as, json }
  const { status, body } = await server.call(method, `/api/v1${path}`, options)
  return [status, body?.error?.details]
}

const stop = { name: 'nothing', type: 'stop_if', condition: 'true' }
const onPolicies = {
  type: 'event',
  events: ['document.published'],
  condition: 'data.category == "policies"',
}

function rule(more: Json): Promise<Json> {
  return call('POST', '/automations', {
    name: 'A rule',
    enabled: true,
    trigger: onPolicies,
    steps: [stop],
    ...more,
  })
}

async function publish(json: Json = {}): Promise<Json> {
  const document = await call('POST', '/documents', {
    title: 'Travel',
    category: 'policies',
    status: 'published',
    ...json,
  })
  await server.automate()
  return document
}

async function runsOf({ id }: Json): Promise<Json[]> {
  const { data } = await call('GET', `/automation-runs?automation_id=${id}&sort=created_at`)
  return Promise.all(data.map((run: Json) => call('GET', `/automation-runs/${run.id}`)))
}

async function onlyRunOf(of: Json): Promise<Json> {
  const runs = await runsOf(of)
  assert.equal(runs.length, 1, JSON.stringify(runs))
  return runs[0]
}

/** Switches everything off, so that a test sees its own rules alone. */
async function quiet(): Promise<void> {
  const { data } = await call('GET', '/automations?enabled=true&limit=100')
  for (const { id } of data) await call('PATCH', `/automations/${id}`, { enabled: false })
}

describe('a rule', () => {
  test('is kept as it was given, without the values of header fields', async () => {
    await trail()
    const steps = [
      {
        name: 'task',
        type: 'send',
        url: 'https://example.com/tasks',
        headers: { Authorization: 'Bearer secret-of-the-receiver' },
        body: '{ "title": data.title }',
      },
      { name: 'pause', type: 'wait', minutes: 5 },
      stop,
    ]
    const made = await call('POST', '/automations', { name: 'Ours', trigger: onPolicies, steps })
    const { Authorization: _, ...others } = {} as Json
    assert.deepEqual(
      { ...made, id: 0, owner_id: 0, credential_id: 0 },
      {
        id: 0,
        name: 'Ours',
        description: '',
        enabled: false,
        trigger: onPolicies,
        steps: [
          {
            name: 'task',
            type: 'send',
            url: 'https://example.com/tasks',
            body: '{ "title": data.title }',
            header_names: ['Authorization'],
            ...others,
          },
          { name: 'pause', type: 'wait', minutes: 5 },
          stop,
        ],
        owner_id: 0,
        credential_id: 0,
        problem: null,
        next_run_at: null,
        created_at: '2026-01-15T08:30:00Z',
        updated_at: '2026-01-15T08:30:00Z',
      },
    )
    assert.deepEqual(await call('GET', `/automations/${made.id}`), made)
    const rows = await server.context.database.read.selectFrom('automations').selectAll().execute()
    assert.equal(JSON.stringify([rows, server.logged, await trail()]).includes('secret-of-the'), false)
  })

  test('that cannot work is refused with what to do', async () => {
    const base = { name: 'Wrong', trigger: onPolicies, steps: [stop] }
    const wrong = async (more: Json) => (await refusal('POST', '/automations', { ...base, ...more }))[1]
    const step = (json: Json) => wrong({ steps: [{ name: 'one', ...json }] })
    assert.equal(
      await step({ type: 'send' }),
      "The 'steps.0.url' field is required where the type is 'send'.",
    )
    assert.equal(
      await step({ type: 'wait', minutes: 5, url: 'https://example.com/' }),
      "The 'steps.0.url' field does not belong to the type 'wait', which has minutes.",
    )
    assert.match(
      await step({ type: 'send', url: 'https://10.0.0.7/' }),
      /^The 'steps.0.url' field is refused: /,
    )
    assert.match(
      await step({ type: 'stop_if', condition: 'data.' }),
      /^The 'steps.0.condition' field is refused: /,
    )
    assert.match(
      await step({ type: 'change', resource: 'document', action: 'update', values: '{}' }),
      /'steps.0.record_id' field is required/,
    )
    assert.match(await step({ type: 'mail', subject: '"a"', text: '"b"' }), /names nobody to mail/)
    assert.match(await wrong({ steps: [stop, stop] }), /repeats the name 'nothing'/)
    const trigger = (json: Json) => wrong({ trigger: json })
    assert.match(
      await trigger({ ...onPolicies, condition: 'data.titel == "x"' }),
      /names data.titel, which none of these events has/,
    )
    assert.match(await trigger({ type: 'schedule', cron: '61 * * * *' }), /'trigger.cron' field is refused: /)
    assert.match(await trigger({ type: 'schedule', cron: '0 7 30 2 *' }), /names a time that never comes/)
    assert.match(
      await trigger({ type: 'schedule', cron: '0 7 * * *', time_zone: 'Mars/Olympus' }),
      /must be the IANA name of a time zone/,
    )
    assert.match(await trigger({ type: 'schedule' }), /'trigger.cron' field is required/)
  })

  test('keeps the values of header fields for the origin they were given for', async () => {
    await quiet()
    const receiver = await startReceiver()
    const send = { name: 'task', type: 'send', url: receiver.url }
    const made = await rule({
      steps: [{ ...send, headers: { Authorization: 'Bearer of-the-receiver', 'X-Team': 'a' } }],
    })
    await call('PATCH', `/automations/${made.id}`, {
      steps: [{ ...send, url: `${receiver.url}/more`, headers: { 'X-Team': null } }],
    })
    await publish()
    const { headers } = receiver.received[0] ?? {}
    assert.deepEqual([headers?.authorization, headers?.['x-team']], ['Bearer of-the-receiver', undefined])
    const [status, details] = await refusal('PATCH', `/automations/${made.id}`, {
      steps: [{ ...send, url: 'https://example.com/elsewhere' }],
    })
    assert.equal(status, 400)
    assert.match(
      details,
      /names another origin than the one for which the values of Authorization were given/,
    )
    const run = await onlyRunOf(made)
    assert.equal(JSON.stringify(run).includes('of-the-receiver'), false)
  })
})

describe('a run', () => {
  test('begins with a matching event, and carries out its steps with what came before', async () => {
    await quiet()
    const editor = await makePerson(server, 'editor')
    const receiver = await startReceiver((response) => {
      response.writeHead(201, { 'content-type': 'application/json' })
      response.end('{"id":"T-7"}')
    })
    const made = await rule({
      steps: [
        { name: 'task', type: 'send', url: receiver.url, body: '{ "title": "Read " & data.title }' },
        {
          name: 'tell',
          type: 'mail',
          to_roles: ['editor'],
          subject: '"Published: " & data.title',
          text: '"Task " & steps.task.body.id & ".\nPlease read it."',
        },
        {
          name: 'mark',
          type: 'change',
          resource: 'document',
          action: 'update',
          record_id: 'data.id',
          values: '{ "category": "announced" }',
        },
      ],
    })
    await trail()
    const document = await publish()
    await publish({ category: 'lunch' })
    assert.deepEqual(
      receiver.received.map(({ body }) => body),
      [{ title: 'Read Travel' }],
    )
    await server.sendMail()
    const mail = mails.received.at(-1)
    assert.equal(mail?.to, editor.email)
    assert.equal(mail?.headers.get('subject'), 'Published: Travel')
    assert.match(mail?.text ?? '', /^Task T-7\.\r?\nPlease read it\.\r?\n/)
    assert.equal((await call('GET', `/documents/${document.id}`)).category, 'announced')
    const run = await onlyRunOf(made)
    assert.deepEqual(
      [run.status, run.event_type, run.depth, run.trigger],
      ['succeeded', 'document.published', 1, 'event'],
    )
    assert.deepEqual(
      run.attempts.map(({ step, outcome, output }: Json) => [step, outcome, output]),
      [
        ['task', 'succeeded', { status: 201, body: { id: 'T-7' } }],
        ['tell', 'succeeded', { recipients: 1 }],
        [
          'mark',
          'succeeded',
          { id: document.id, title: 'Travel', category: 'announced', status: 'published' },
        ],
      ],
    )
    const change = (await trail()).find(({ action }) => action === 'document.update')
    assert.equal(change?.actor, `system automation ${made.id}`)
  })

  test('of events before the rule was switched on does not begin, nor after it was switched off', async () => {
    await quiet()
    await call('POST', '/documents', { title: 'Before', category: 'policies', status: 'published' })
    const made = await rule({})
    await publish()
    await call('PATCH', `/automations/${made.id}`, { enabled: false })
    await publish()
    await call('PATCH', `/automations/${made.id}`, { enabled: true })
    await server.automate()
    assert.equal((await runsOf(made)).length, 1)
  })

  test('is stopped by a condition, and goes on after a wait', async () => {
    await quiet()
    const receiver = await startReceiver()
    const made = await rule({
      trigger: { type: 'event', events: ['document.*'] },
      steps: [
        { name: 'only', type: 'stop_if', condition: 'event != "document.created" || data.status != "draft"' },
        { name: 'later', type: 'wait', minutes: 90 },
        { name: 'remind', type: 'send', url: receiver.url },
      ],
    })
    await publish()
    await publish({ status: 'draft' })
    const states = async () => (await runsOf(made)).map(({ status }) => status)
    assert.deepEqual(await states(), ['stopped', 'stopped', 'waiting'])
    server.clock.advance(89 * minuteMs)
    await server.automate()
    assert.equal(receiver.received.length, 0)
    server.clock.advance(2 * minuteMs)
    await server.automate()
    assert.deepEqual(await states(), ['stopped', 'stopped', 'succeeded'])
    assert.equal(receiver.received[0]?.body.data.status, 'draft')
  })

  test('is retried with the schedule of webhooks under one key, and resumed from the step that failed', async () => {
    await quiet()
    const receiver = await startReceiver(503)
    const first = await startReceiver()
    const made = await rule({
      steps: [
        { name: 'first', type: 'send', url: first.url },
        { name: 'task', type: 'send', url: receiver.url },
      ],
    })
    await publish()
    for (let i = 0; i < 12; i++) {
      server.clock.advance(dayMs)
      await server.automate()
    }
    const { retrySchedule } = server.context.config.webhooks
    const failed = await onlyRunOf(made)
    assert.deepEqual([failed.status, failed.reason, failed.step], ['failed', 'response', 'task'])
    assert.equal(failed.error, 'The receiver responded with 503.')
    assert.equal(receiver.received.length, retrySchedule.length + 1)
    const keys = new Set(receiver.received.map(({ headers }) => headers['idempotency-key']))
    assert.equal(keys.size, 1)
    receiver.answer(200)
    await call('PATCH', `/automations/${made.id}`, { name: 'Fixed' })
    await trail()
    const resumed = await call('POST', `/automation-runs/${failed.id}/resume`)
    assert.equal(resumed.status, 'pending')
    assert.deepEqual(
      (await trail()).map(({ action, targetId }) => [action, targetId]),
      [['automation.resume_run', made.id]],
    )
    server.clock.advance(hourMs)
    await server.automate()
    assert.equal((await onlyRunOf(made)).status, 'succeeded')
    assert.equal(first.received.length, 1)
    assert.equal(keys.has(receiver.received.at(-1)?.headers['idempotency-key']), true)
  })

  test('to a receiver that fails five times in a row waits behind an open circuit', async () => {
    await quiet()
    const receiver = await startReceiver(500)
    await rule({ steps: [{ name: 'task', type: 'send', url: receiver.url }] })
    for (let i = 0; i < 8; i++) await publish()
    assert.equal(receiver.received.length >= 5 && receiver.received.length < 8 + 1, true)
    const before = receiver.received.length
    await publish()
    assert.equal(receiver.received.length, before)
  })

  test('can be cancelled, and a button begins one with what was sent', async () => {
    await quiet()
    const receiver = await startReceiver()
    const made = await rule({
      trigger: { type: 'button' },
      steps: [
        { name: 'later', type: 'wait', minutes: 5 },
        { name: 'task', type: 'send', url: receiver.url, body: '{ "who": input.who, "event": event }' },
      ],
    })
    const { status, headers, body } = await server.call('POST', `/api/v1/automations/${made.id}/run`, {
      key,
      json: { input: { who: 'Jo' } },
    })
    assert.deepEqual([status, headers.get('location')], [202, `/api/v1/automation-runs/${body.id}`])
    await server.automate()
    assert.equal((await call('POST', `/automation-runs/${body.id}/cancel`)).status, 'cancelled')
    server.clock.advance(hourMs)
    await server.automate()
    assert.equal(receiver.received.length, 0)
    const again = await refusal('POST', `/automation-runs/${body.id}/cancel`)
    assert.deepEqual(again, [409, `The run ${body.id} has ended (cancelled); there is nothing to cancel.`])
    await call('POST', `/automation-runs/${body.id}/resume`)
    await server.automate()
    assert.deepEqual(receiver.received[0]?.body, { who: 'Jo', event: 'automation.button' })
    const scheduled = await rule({ trigger: { type: 'schedule', cron: '0 7 * * *' } })
    assert.match(
      String((await refusal('POST', `/automations/${scheduled.id}/run`, {}))[1]),
      /is begun by its schedule, not by hand/,
    )
  })

  test('begins at the times of its schedule, once for those that were missed', async () => {
    await quiet()
    const made = await rule({
      trigger: { type: 'schedule', cron: '0 7 * * *', time_zone: 'Europe/Berlin' },
      steps: [{ name: 'on', type: 'stop_if', condition: 'event != "automation.schedule"' }],
    })
    const due = Date.parse(made.next_run_at)
    assert.equal(made.next_run_at.slice(11), '06:00:00Z')
    server.clock.advance(due - server.clock.now() - 1_000)
    await server.automate()
    assert.equal((await runsOf(made)).length, 0)
    server.clock.advance(1_000)
    await server.automate()
    assert.equal((await onlyRunOf(made)).status, 'succeeded')
    server.clock.advance(3 * dayMs)
    await server.automate()
    assert.equal((await runsOf(made)).length, 2)
    const { next_run_at } = await call('GET', `/automations/${made.id}`)
    assert.ok(Date.parse(next_run_at) > server.clock.now())
  })

  test('that causes itself is cut after five', async () => {
    await quiet()
    const made = await rule({
      trigger: { type: 'event', events: ['document.created'] },
      steps: [
        {
          name: 'more',
          type: 'change',
          resource: 'document',
          action: 'create',
          values: '{ "title": "More of " & data.title }',
        },
      ],
    })
    await publish({ title: 'It' })
    const runs = await runsOf(made)
    assert.deepEqual(
      runs.map(({ depth, status, reason }) => [depth, status, reason]),
      [
        [1, 'succeeded', null],
        [2, 'succeeded', null],
        [3, 'succeeded', null],
        [4, 'succeeded', null],
        [5, 'succeeded', null],
        [6, 'cut', 'chain_too_deep'],
      ],
    )
  })
})

describe('the rights of a run', () => {
  const creating = {
    name: 'note',
    type: 'change',
    resource: 'document',
    action: 'create',
    values: '{ "title": "About " & data.title }',
  }

  test('are those of the owner at that time', async () => {
    await quiet()
    const person = await makePerson(server, 'editor')
    const made = await rule({ steps: [creating], owner_id: person.id })
    await publish()
    assert.equal((await onlyRunOf(made)).status, 'succeeded')
    await call('PATCH', `/users/${person.id}`, { role: 'normal' })
    await publish()
    const [, second] = await runsOf(made)
    assert.deepEqual([second?.status, second?.reason], ['failed', 'permission_denied'])
    assert.match(second?.error, /needs the scope 'documents:write'/)
    await call('PATCH', `/users/${person.id}`, { status: 'suspended' })
    assert.equal((await call('GET', `/automations/${made.id}`)).problem, 'owner_inactive')
    await publish()
    assert.equal((await runsOf(made)).length, 2)
  })

  test('are within those of the credential that made the rule, and end with it', async () => {
    await quiet()
    const maker = await server.credential('automations:write automations:read documents:read')
    const [status, details] = await refusal(
      'POST',
      '/automations',
      { name: 'Beyond', trigger: onPolicies, steps: [creating] },
      maker.secret,
    )
    assert.equal(status, 403)
    assert.match(String(details), /The step 'note' of the automation needs the scope 'documents:write'/)
    const json = { name: 'Within', enabled: true, trigger: onPolicies, steps: [stop] }
    const made = await call('POST', '/automations', json, maker.secret)
    assert.equal(made.credential_id, maker.id)
    await publish()
    assert.equal((await onlyRunOf(made)).status, 'stopped')
    await call('DELETE', `/credentials/${maker.id}`)
    assert.equal((await call('GET', `/automations/${made.id}`)).problem, 'credential_ended')
    await publish()
    assert.equal((await runsOf(made)).length, 1)
  })
})

describe('a dry run', () => {
  test('tells what would have happened, and does nothing', async () => {
    await quiet()
    const receiver = await startReceiver()
    const made = await call('POST', '/automations', {
      name: 'Tried',
      trigger: { type: 'event', events: ['document.published'], condition: 'data.category == "tried"' },
      steps: [
        { name: 'task', type: 'send', url: receiver.url, body: '{ "title": data.title }' },
        { name: 'enough', type: 'stop_if', condition: 'data.title == "Two"' },
        {
          name: 'mark',
          type: 'change',
          resource: 'document',
          action: 'update',
          record_id: 'data.id',
          values: '{ "status": "never" }',
        },
      ],
    })
    for (const title of ['One', 'Two']) await publish({ title, category: 'tried' })
    await publish({ category: 'other' })
    await trail()
    const tried = await call('POST', `/automations/${made.id}/dry-run`, {})
    assert.ok(tried.examined >= 3)
    assert.deepEqual([tried.matched, tried.failed], [2, 0])
    assert.deepEqual(
      tried.runs.map(({ steps }: Json) => steps.map(({ step, outcome }: Json) => [step, outcome])),
      [
        [
          ['task', 'would_act'],
          ['enough', 'would_stop'],
        ],
        [
          ['task', 'would_act'],
          ['enough', 'would_act'],
          ['mark', 'would_fail'],
        ],
      ],
    )
    assert.deepEqual(tried.runs[1].steps[0].input, {
      method: 'POST',
      url: receiver.url,
      body: '{"title":"One"}',
    })
    assert.match(tried.runs[1].steps[2].error, /'values.status' field must be one of/)
    assert.equal(receiver.received.length, 0)
    assert.deepEqual(await trail(), [])
    assert.deepEqual(await runsOf(made), [])
  })
})

test('a deleted rule cancels what it has under way, and is removed with its last run', async () => {
  await quiet()
  const made = await rule({ steps: [{ name: 'later', type: 'wait', minutes: 5 }, stop] })
  await publish()
  const run = await onlyRunOf(made)
  await call('DELETE', `/automations/${made.id}`)
  assert.equal((await call('GET', `/automation-runs/${run.id}`)).status, 'cancelled')
  assert.equal((await refusal('GET', `/automations/${made.id}`))[0], 404)
  server.clock.advance(31 * dayMs)
  await server.runTask('prune old runs of automations')
  assert.equal((await refusal('GET', `/automation-runs/${run.id}`))[0], 404)
  const left = await server.context.database.read
    .selectFrom('automations')
    .select('id')
    .where('id', '=', made.id)
    .execute()
  assert.deepEqual(left, [])
})

test('without a mail server, a dry run says that a mail would fail', async () => {
  const mute = await startServer()
  const { secret } = await mute.credential('admin')
  const json = {
    name: 'Mute',
    trigger: { type: 'button' },
    steps: [{ name: 'tell', type: 'mail', to_roles: ['editor'], subject: '"New"', text: '"Text"' }],
  }
  const { body } = await mute.call('POST', '/api/v1/automations', { key: secret, json })
  const tried = await mute.call('POST', `/api/v1/automations/${body.id}/dry-run`, { key: secret })
  const [{ outcome, error }] = tried.body.runs[0].steps
  assert.deepEqual([outcome, error], ['would_fail', 'This server sends no mail; set COMSERV_SMTP_URL first.'])
})
