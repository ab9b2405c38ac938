import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startServer } from './harness.ts'
import { assertRefused } from './refusals.ts'

const server = await startServer()
const { secret: key } = await server.credential('admin')

const post = (body: string | Uint8Array, path = '/api/v1/documents') =>
  server.call('POST', path, { key, body, headers: { 'content-type': 'application/json' } })

async function assertNothingStored(): Promise<void> {
  assert.deepEqual(await server.newEvents(), [])
  const { body } = await server.call('GET', '/api/v1/documents', { key })
  assert.equal(body.meta.total_count, 0)
}

test('a body that is not valid JSON is refused, and the error does not quote it', async () => {
  for (const body of [
    '{"password":"hunter22',
    '{"password":"hunter22"',
    '{"password":"hunter22",}',
    "{'password':'hunter22'}",
    '{"password":hunter22}',
    '[1,]',
    '{"password":"hunter22"} x',
    'undefined',
    '{"a":\u00a01}',
  ]) {
    const answer = await post(body)
    assertRefused(answer, 400, /^The body is not valid JSON: (it ends too early|look at character \d+)/)
    assert.doesNotMatch(answer.text, /hunter22|pass/)
  }
  assertRefused(await post(''), 400, /^The request body is empty; send a JSON object\.$/)
  for (const body of ['1', 'true', '"text"', '[]', '[{}]'])
    assertRefused(await post(body), 400, /^The request body must be an object\.$/)
  assertRefused(await post('null'), 400, /^The request body must be an object with the fields? '/)
  await assertNothingStored()
})

test('text that cannot be stored as it was sent is refused, and the field is named', async () => {
  for (const [body, details] of [
    ['{"title":"a\\u0000b"}', /^The 'title' field contains the character U\+0000, which cannot be seen/],
    ['{"title":"a","content":"\\ud800"}', /^The 'content' field contains an unpaired surrogate/],
    ['{"title":"\\udc00\\ud800"}', /^The 'title' field contains the character U\+DC00/],
  ] as const) {
    assertRefused(await post(body), 400, details)
  }
  const user = { username: 'u', email: 'u@example.org', password: 'correct horse' }
  for (const [change, details] of [
    [{ profile: { bio: '\0' } }, /^The 'profile\.bio' field contains the character U\+0000/],
    [{ email: 'a\ud800@example.org' }, /^The 'email' field must be an email address/],
    [{ password: 'correct\0horse' }, /^The 'password' field contains a NUL character/],
  ] as const) {
    assertRefused(await post(JSON.stringify({ ...user, ...change }), '/api/v1/users'), 400, details)
  }
  await assertNothingStored()
})

test('a body that is not UTF-8 is refused', async () => {
  for (const bytes of [[0xff], [0xc3, 0x28], [0xed, 0xa0, 0x80], [0xc0, 0x80], [0xf0, 0x9f]]) {
    const body = Buffer.concat([Buffer.from('{"title":"'), Buffer.from(bytes), Buffer.from('"}')])
    assertRefused(await post(body), 400, /^The body is not valid UTF-8\.$/)
  }
  assertRefused(await post(Buffer.from('{"title":"x"}', 'utf16le')), 400, /not valid JSON/)
  await assertNothingStored()
})

test('a body nested deeper than 32 levels is refused, also 300,000 deep', async () => {
  const tooDeep = /^JSON may be nested at most 32 levels deep\.$/
  for (const [open, close] of [
    ['[', ']'],
    ['{"a":', '}'],
  ] as const) {
    const nested = (depth: number) => open.repeat(depth) + (open === '[' ? '' : '1') + close.repeat(depth)
    assertRefused(await post(nested(33)), 400, tooDeep)
    assertRefused(await post(open.repeat(150_000)), 400, tooDeep)
    const shallow = await post(nested(32))
    assert.doesNotMatch(shallow.body.error.details, tooDeep)
  }
  assertRefused(await post('['.repeat(300_000)), 400, tooDeep)
  assertRefused(await post(`{"title":"x","content":${'['.repeat(300_000)}`), 400, tooDeep)
  await assertNothingStored()
})

test('a body of more values than anything takes is refused before it is parsed', async () => {
  const many = /^JSON may have at most 10000 values\.$/
  const row = `${'['.repeat(29)}${']'.repeat(29)},`
  for (const body of [
    `{"x":[${row.repeat(130_000)}0]}`,
    `{${Array.from({ length: 10_001 }, (_, i) => `"k${i}":1`).join()}}`,
    `["${'","'.repeat(2_000_000)}"]`,
  ])
    assertRefused(await post(body), 400, many)
  assertRefused(
    await post(`{"title":${'1'.repeat(300_000)}}`),
    400,
    /at most 262144 bytes outside of strings/,
  )
  assertRefused(await post(`["${'","'.repeat(9_998)}"]`), 400, /^The request body must be an object\.$/)
  const text = '[{,"\\'.repeat(100_000)
  assert.equal((await post(JSON.stringify({ title: 'x', content: text }))).body.content, text)
  const { body } = await server.call('GET', '/api/v1/documents', { key })
  await server.call('DELETE', `/api/v1/documents/${body.data[0].id}`, { key })
  await server.newEvents()
  await assertNothingStored()
})

test('brackets inside text are not nesting', async () => {
  const content = `${'['.repeat(500)}\\"{\\\\"`
  const { status, body } = await post(JSON.stringify({ title: 'Brackets', content }))
  assert.equal(status, 201)
  assert.equal(body.content, content)
  assert.equal((await server.call('DELETE', `/api/v1/documents/${body.id}`, { key })).status, 204)
  assert.deepEqual(await server.newEvents(), ['document.created', 'document.deleted'])
})

test('fields that a caller may not set are refused by name, whatever they are', async () => {
  const names = [
    'id',
    'created_at',
    'updated_at',
    'deleted_at',
    'version',
    'is_system',
    'password_hash',
    'username_key',
    'owner_id',
    'revoked_at',
    'secret_hash',
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    'hasOwnProperty',
    '',
    '$where',
  ]
  const { body: user } = await post(
    '{"username":"jo","email":"jo@example.org","password":"correct horse"}',
    '/api/v1/users',
  )
  await server.newEvents()
  for (const name of names) {
    const field = `${JSON.stringify(name)}:{"x":1}`
    const said = new RegExp(`^The '${name.replace('$', '\\$')}' field is not known here; the fields are: `)
    assertRefused(await post(`{"title":"x",${field}}`), 400, said)
    const full = `{"username":"u","email":"u@example.org","password":"correct horse",${field}}`
    assertRefused(await post(full, '/api/v1/users'), 400, said)
    for (const path of [`/api/v1/users/${user.id}`, '/api/v1/documents/1']) {
      const patched = await server.call('PATCH', path, {
        key,
        body: `{${field}}`,
        headers: { 'content-type': 'application/json' },
      })
      assertRefused(patched, 400, said)
    }
    if (name === 'owner_id') continue
    assertRefused(await post(`{"name":"n","scopes":["read"],${field}}`, '/api/v1/credentials'), 400, said)
  }
  await assertNothingStored()
  assert.equal(({} as { x?: number }).x, undefined)
})

test('a prototype inside a profile is refused by name and reaches nothing', async () => {
  const body =
    '{"username":"p","email":"p@example.org","password":"correct horse","profile":{"__proto__":{"bio":"x"}}}'
  assertRefused(await post(body, '/api/v1/users'), 400, /^The 'profile\.__proto__' field is not known here/)
  await assertNothingStored()
})
