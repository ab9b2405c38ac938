import assert from 'node:assert/strict'
import { test } from 'node:test'
import { resources } from '../src/resources.ts'
import { type Answer, type CallOptions, type Json, startServer } from './harness.ts'
import { signedInAs } from './people.ts'

const server = await startServer()
const { secret: key } = await server.credential('admin')
const { body: contract } = await server.call('GET', '/api/v1/openapi.json')

const operations: [name: string, operation: Json][] = Object.entries(contract.paths).flatMap(
  ([path, methods]) =>
    Object.entries(methods as Json).map(([method, operation]): [string, Json] => [
      `${method.toUpperCase()} ${path}`,
      operation,
    ]),
)
const operationOf = (name: string): Json =>
  operations.find(([known]) => known === name)?.[1] ?? assert.fail(name)

/** What a reference leads to. */
function follow(part: Json): Json {
  if (part?.$ref === undefined) return part
  const path: string[] = part.$ref.slice('#/'.length).split('/')
  return path.reduce((inside, name) => inside?.[name], contract) ?? assert.fail(part.$ref)
}

test('every reference of the document leads somewhere', () => {
  JSON.stringify(contract, (_, value) => {
    if (value?.$ref !== undefined) follow(value)
    return value
  })
})

test('every call names its method of the client libraries, and no two share one', () => {
  const withMethod = operations.filter(([name]) => name !== 'POST /api/v1/oauth/device_authorization')
  const methods = withMethod.map(([name, operation]) => operation['x-sdk'] ?? `${name} names none`)
  for (const method of methods) assert.match(method, /^[a-z][A-Za-z]*\.[a-z][A-Za-z]*$/)
  assert.equal(new Set(methods).size, withMethod.length)
  assert.equal(operationOf('POST /api/v1/users/batch')['x-sdk'], 'users.batch')
  assert.equal(operationOf('GET /api/v1/documents/{id}/revisions')['x-sdk'], 'documents.revisions')
})

/** What has a tag of its own: the record of every resource, and the rest by hand from the contract. */
const tagged = [
  ...resources.map(({ plural }) => `/api/v1/${plural}/{id}`),
  '/api/v1/me',
  '/api/v1/documents/{id}/revisions/{version}',
  '/api/v1/events/{id}',
  '/api/v1/deliveries/{id}',
  '/api/v1/credentials/{id}/previous-secret',
  '/api/v1/webhooks/{id}/previous-secret',
  '/api/v1/hooks/{id}/previous-secret',
]

/** The request headers of a call, by the contract. */
function expectedHeaders(name: string, { security }: Json): string[] {
  const [method = '', path = ''] = name.split(' ')
  const isTagged = tagged.includes(path)
  // Whatever is read, but for what is streamed, or holds a secret, or lies beside the API.
  if (method === 'GET')
    return /export$|personal-data$|events\/stream$|^\/api\/v1\/session(\/step)?$|^\/health/.test(path)
      ? []
      : ['If-None-Match']
  if (security.length === 0) return path.endsWith('/guest/collect') ? ['Idempotency-Key'] : []
  return [
    ...(method !== 'POST' && isTagged ? ['If-Match'] : []),
    // A stored response would say that a password was given when it was not, or show codes again; an import knows the rows
    // of its file, and a preview or a dry run changes nothing.
    ...(method === 'POST' &&
    !/^\/api\/v1\/(session\/confirm|me\/totp|me\/recovery-codes|me\/passkeys\/options)$|\/(import|preview|dry-run)$/.test(
      path,
    )
      ? ['Idempotency-Key']
      : []),
    'X-CSRF-Token',
  ]
}

test('each call names the request headers that it takes', () => {
  for (const [name, operation] of operations) {
    const parameters: Json[] = (operation.parameters ?? []).map(follow)
    const headers = parameters.filter((parameter) => parameter.in === 'header')
    assert.deepEqual(
      headers.map((header) => header.name),
      expectedHeaders(name, operation),
      name,
    )
    for (const { required, description } of headers) assert.ok(required === false && description.length > 20)
  }
})

/** Which answers each call can give, written by hand: a sample of every kind. */
const statuses: [name: string, statuses: string][] = [
  ['GET /health/ready', '200 503'],
  ['GET /api/v1/setup', '200 304 400 429 500'],
  ['POST /api/v1/setup', '201 400 401 403 409 413 415 429 500 503'],
  ['POST /api/v1/session', '201 400 401 403 413 415 429 500 503'],
  ['GET /api/v1/event-types', '200 304 400 401 429 500'],
  ['GET /api/v1/catalog', '200 304 400 401 429 500'],
  ['GET /api/v1/me', '200 304 400 401 403 429 500'],
  ['PATCH /api/v1/me', '200 400 401 403 409 412 413 415 429 500 503'],
  ['GET /api/v1/users', '200 304 400 401 403 429 500 503'],
  ['POST /api/v1/users', '201 400 401 403 409 413 415 422 429 500 503'],
  ['GET /api/v1/users/{id}', '200 304 400 401 403 404 429 500'],
  ['PATCH /api/v1/users/{id}', '200 204 400 401 403 404 409 412 413 415 429 500 503'],
  ['DELETE /api/v1/users/{id}', '204 400 401 403 404 409 412 413 415 429 500'],
  ['GET /api/v1/documents', '200 304 400 401 403 429 500 503'],
  ['GET /api/v1/documents/export', '200 400 401 403 406 429 500 503'],
  ['PATCH /api/v1/documents/{id}', '200 204 400 401 403 404 409 412 413 415 429 500 503'],
  ['DELETE /api/v1/documents/{id}', '204 400 401 403 404 412 413 415 429 500'],
  ['POST /api/v1/documents/{id}/restore', '200 204 400 401 403 404 409 413 415 422 429 500 503'],
  ['DELETE /api/v1/me/sessions/{id}', '204 400 401 403 404 413 415 429 500'],
]

test('each call names the answers that it can give, and no others', () => {
  for (const [name, expected] of statuses)
    assert.equal(Object.keys(operationOf(name).responses).join(' '), expected, name)
})

const describedHeaders = Object.keys(contract.components.headers)

/** Holds the headers of an answer against what the document says about it. */
function assertAsDocumented(name: string, answer: Answer, unless: readonly string[] = []): void {
  const described = follow(operationOf(name).responses[answer.status])
  const names = Object.keys(described.headers ?? {})
  for (const header of describedHeaders) {
    if (unless.includes(header)) continue
    assert.equal(answer.headers.has(header), names.includes(header), `${header} of ${name} ${answer.status}`)
  }
}

test('an answer has the headers that the document gives it, and no others of them', async () => {
  const first = ['Idempotency-Replayed']
  const call = async (
    name: string,
    id: number | string,
    options: CallOptions,
    unless?: readonly string[],
  ) => {
    const [method = '', path = ''] = name.split(' ')
    const answer = await server.call(method, path.replace('{id}', String(id)), { key, ...options })
    assertAsDocumented(name, answer, unless)
    return answer
  }
  const retried = { headers: { 'idempotency-key': 'once' } }
  const json = { title: 'One' }
  const { body, headers } = await call('POST /api/v1/documents', '', { json, ...retried }, first)
  await call('POST /api/v1/documents', '', { json, ...retried })
  const etag = headers.get('etag') ?? ''
  const one = body.id
  await call('GET /api/v1/documents/{id}', one, {})
  const seen = await call('GET /api/v1/documents/{id}', one, { headers: { 'if-none-match': etag } })
  assert.equal(seen.status, 304)
  const match = { headers: { 'if-match': etag } }
  await call('PATCH /api/v1/documents/{id}', one, { json: { title: 'Two' }, ...match })
  const stale = { json: { title: 'Three' }, ...match }
  assert.equal((await call('PATCH /api/v1/documents/{id}', one, stale)).status, 412)
  await call('GET /api/v1/documents/{id}/revisions', one, {})
  await call('GET /api/v1/documents', '', {})
  await call('DELETE /api/v1/documents/{id}', one, {})
  await call('POST /api/v1/documents/{id}/restore', one, {}, first)
  await call('GET /api/v1/documents/{id}', 999_999, {})

  const credential = await server.credential('read')
  await call('GET /api/v1/credentials/{id}', credential.id, {})
  await call('POST /api/v1/credentials/{id}/rotate', credential.id, {}, first)
  await call('GET /api/v1/credentials/{id}/usage', credential.id, {})
  await call('DELETE /api/v1/credentials/{id}', credential.id, {})
  await call('GET /api/v1/event-types', '', {})
  await call('GET /api/v1/openapi.json', '', {})

  const person = await signedInAs(server, 'admin')
  assertAsDocumented('GET /api/v1/me', await person.call('GET', '/api/v1/me'))
})

test('whoever has to wait is told how long', async () => {
  const strict = await startServer({ env: { COMSERV_RATE_LIMIT_ANONYMOUS: '1' } })
  await strict.call('GET', '/api/v1/users')
  assertAsDocumented('GET /api/v1/users', await strict.call('GET', '/api/v1/users'))
})
