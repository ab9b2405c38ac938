import assert from 'node:assert/strict'
import { test } from 'node:test'
import { channel } from './extensions/with-examples.ts'

// What a module awaits does not hold up those that are imported beside it.
const { startServer } = await import('./harness.ts')

const server = await startServer()
const { secret: key } = await server.credential('admin')

const call = (method: string, path: string, json: object) =>
  server.call(method, `/api/v1${path}`, { key, json })

test('documentrules: the title of a policy begins with a number, and its text is long when it is published', async () => {
  const policy = { title: 'Travel', category: 'policies' }
  const { status, body } = await call('POST', '/documents', policy)
  assert.equal(status, 400)
  assert.equal(
    body.error.details,
    "The title of a document in 'policies' has to begin with a number, such as 'POL-012 Travel expenses'.",
  )
  const title = '  POL-012 Travel expenses '
  const { body: draft, text } = await call('POST', '/documents', { ...policy, title })
  assert.equal(draft.title, 'POL-012 Travel expenses', text)
  const path = `/documents/${draft.id}`
  const early = await call('PATCH', path, { status: 'published' })
  assert.match(early.body.error.details, /at least 100 characters/)
  const content = 'Economy class. '.repeat(10)
  assert.equal((await call('PATCH', path, { status: 'published', content })).status, 200)
  assert.equal((await call('POST', '/documents', { ...policy, category: 'other' })).status, 201)
})

test('notifier: a channel is told what was published and by whom, again after an error', async () => {
  await call('POST', '/users', {
    username: 'ada',
    email: 'ada@example.org',
    password: 'correct horse battery staple',
    role: 'editor',
  })
  const { body: found } = await server.call('GET', '/api/v1/users?limit=1', { key })
  channel.received.length = 0
  channel.answer(503)
  const document = { title: 'Minutes', status: 'published', author_id: found.data[0].id }
  assert.equal((await call('POST', '/documents', document)).status, 201)
  await server.deliver()
  channel.answer(200)
  server.clock.advance(3_600_000)
  await server.deliver()
  const texts = channel.received.map(({ body }) => body.text)
  assert.ok(texts.every((text) => /^\S+ published “.*” \(document \d+\)$/.test(text)))
  const minutes = texts.filter((text) => /^ada published “Minutes”/.test(text))
  assert.equal(minutes.length, 2, 'refused, and then accepted')
})

const path = '/api/v1/x/invoices/invoices'
const invoice = (number: string, more: object = {}) => ({
  number,
  customer: 'Ada',
  amount_cents: 12_000,
  due_on: '2026-01-31',
  ...more,
})

test('invoices: a resource with scopes, filters, totals, events, audit, batch, export, trash and its own rules', async () => {
  const writer = await server.credential('x.invoices.read x.invoices.write')
  const call = (method: string, rest: string, json?: object, headers: Record<string, string> = {}) =>
    server.call(method, path + rest, { key: writer.secret, headers, ...(json ? { json } : {}) })
  await server.newEvents()
  const created = await call('POST', '', invoice('R-001'))
  assert.equal(created.status, 201, created.text)
  const { id } = created.body
  assert.equal(created.headers.get('location'), `${path}/${id}`)
  assert.deepEqual(created.body, {
    id,
    ...invoice('R-001'),
    status: 'open',
    created_at: created.body.created_at,
    updated_at: created.body.updated_at,
  })
  assert.deepEqual(await server.newEvents(), ['x.invoices.invoice.created'])
  const same = await call('POST', '', invoice('r-001'))
  assert.deepEqual([same.status, same.body.error.code], [409, 'conflict'])
  assert.equal((await call('POST', '', invoice('R-002', { amount_cents: 0 }))).status, 400)
  const never = await call('POST', '', invoice('R-002', { due_on: '2026-02-30' }))
  assert.equal(
    never.body.error.details,
    "The 'due_on' field must be a day of the calendar such as 2026-01-31.",
  )

  const items = ['R-002', 'R-003'].map((number) => ({ action: 'create', data: invoice(number) }))
  assert.equal((await call('POST', '/batch', { items })).body.meta.succeeded, 2)
  const paid = await call(
    'PATCH',
    `/${id}`,
    { status: 'paid' },
    { 'if-match': created.headers.get('etag') ?? '' },
  )
  assert.equal(paid.status, 200, paid.text)
  assert.deepEqual((await call('GET', '?status=open')).body.meta.total_count, 2)
  const late = await call('PATCH', `/${id}`, { customer: 'Bob' })
  assert.equal(late.body.error.details, 'The invoice R-001 is paid and cannot be changed.')

  const { data } = (await call('GET', '?number=r-003')).body
  assert.equal(
    (await call('DELETE', `/${data[0].id}`)).body.error.details,
    'Only a cancelled invoice can be deleted.',
  )
  await call('PATCH', `/${data[0].id}`, { status: 'cancelled' })
  assert.equal((await call('DELETE', `/${data[0].id}`)).status, 204)
  assert.equal((await call('GET', '/trash')).body.meta.total_count, 1)
  assert.equal((await call('POST', `/${data[0].id}/restore`)).status, 200)
  const exported = await call('GET', '/export?format=csv')
  assert.match(exported.text, /^id,number,customer,amount_cents,due_on,status,created_at,updated_at\r?\n/)
  assert.equal(exported.text.trim().split('\n').length, 4)

  const overdue = await server.call('GET', '/api/v1/x/invoices/overdue?on=2026-02-01', { key: writer.secret })
  assert.deepEqual(overdue.body, { count: 1, total_cents: 12_000, numbers: ['R-002'] })

  const audited = '/api/v1/audit-log?action=x.invoices.invoice.restore'
  const audit = (await server.call('GET', audited, { key })).body
  assert.ok(audit.data.length === 1 && audit.data[0].target.id === data[0].id)
  const reader = await server.credential('documents:read')
  assert.equal((await server.call('GET', path, { key: reader.secret })).status, 403)
})

test('invoices: webhooks subscribe to its events, alone and by patterns, and the description has its operations', async () => {
  const json = { url: channel.url, events: ['x.invoices.invoice.*'], filter: 'data.status == "paid"' }
  const made = await server.call('POST', '/api/v1/webhooks', { key, json })
  assert.equal(made.status, 201, made.text)
  const { body } = await server.call('GET', '/api/v1/openapi.json')
  assert.equal(body.paths[`${path}/batch`].post.operationId, 'changeXInvoicesInvoices')
  assert.ok(body.components.schemas.XInvoicesInvoice)
  assert.ok(body.webhooks['x.invoices.invoice.created'])
  const { resources } = (await server.call('GET', '/api/v1/catalog', { key })).body
  const found = resources.find(({ plural }: { plural: string }) => plural === 'x/invoices/invoices')
  assert.deepEqual([found.read_scope, found.write_scope], ['x.invoices.read', 'x.invoices.write'])
  const { extension, named, fields, labels } = found.records
  assert.deepEqual([extension, named], ['invoices', 'number'])
  assert.deepEqual(
    fields.map(({ name, kind, required }: { name: string; kind: string; required: boolean }) => [
      name,
      kind,
      required,
    ]),
    [
      ['number', 'line', true],
      ['customer', 'line', true],
      ['amount_cents', 'integer', true],
      ['due_on', 'date', true],
      ['status', 'choice', false],
    ],
  )
  const [en, de] = labels
  assert.deepEqual(
    [en.language, en.one, en.fields.due_on, en.values.status.open],
    ['en', 'invoice', 'Due on', 'open'],
  )
  assert.deepEqual(
    [de.language, de.many, de.fields.due_on, de.values.status.open],
    ['de', 'Rechnungen', 'Fällig am', 'offen'],
  )
  const own = resources.find(({ plural }: { plural: string }) => plural === 'categories')
  assert.equal(own.records, null)
})
