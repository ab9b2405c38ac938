import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Json, startServer } from './harness.ts'
import { fileFolder, ndjson, runImport } from './importing.ts'

const server = await startServer()
const { secret: key } = await server.credential('admin')
const { file } = fileFolder()
/** One character, of two UTF-16 units and four bytes. */
const astral = '𝒳'

let made = 0
const user = (profile: Json) => {
  const name = `long${++made}`
  return { username: name, email: `${name}@example.org`, password: 'correct horse battery', profile }
}

const fields: [path: string, field: string, max: number, body: (text: string) => Json][] = [
  ['users', 'profile.first_name', 100, (first_name) => user({ first_name })],
  ['users', 'profile.last_name', 100, (last_name) => user({ last_name })],
  ['users', 'profile.phone', 50, (phone) => user({ phone })],
  ['users', 'profile.bio', 2_000, (bio) => user({ bio })],
  ['users', 'password', 256, (password) => ({ ...user({}), password })],
  ['documents', 'title', 300, (title) => ({ title })],
  ['documents', 'category', 100, (category) => ({ title: 'x', category })],
  ['credentials', 'name', 100, (name) => ({ name, scopes: ['read'] })],
  [
    'webhooks',
    'description',
    500,
    (description) => ({ url: 'http://127.0.0.1:9/', events: ['user.created'], description }),
  ],
]

for (const [path, field, max, body] of fields) {
  test(`${path} take ${max} characters as ${field}, whatever their size, and not one more`, async () => {
    for (const letter of ['x', 'é', '漢', astral]) {
      const taken = await server.call('POST', `/api/v1/${path}`, { key, json: body(letter.repeat(max)) })
      assert.equal(taken.status, 201, `${letter}: ${taken.text}`)
      const refused = await server.call('POST', `/api/v1/${path}`, {
        key,
        json: body(letter.repeat(max + 1)),
      })
      assert.equal(refused.status, 400, letter)
      assert.match(refused.body.error.details, new RegExp(`'${field}' field .*${max}`))
    }
    if (path !== 'users' && path !== 'documents') return
    const rows = [body(astral.repeat(max)), body(astral.repeat(max + 1))]
    const { out } = await runImport(server, [path, file('ndjson', ndjson(rows))])
    assert.match(out[0] ?? '', new RegExp(`^line 2: The '${field}' field`))
    assert.equal(out.at(-1), `1 ${path.slice(0, -1)} was imported, 1 refused, 0 skipped; 2 rows read.`)
  })
}

test('a query counts characters, too', async () => {
  for (const [query, max] of [
    ['category', 100],
    ['q', 200],
  ] as const) {
    const status = async (count: number) =>
      (
        await server.call('GET', `/api/v1/documents?${query}=${encodeURIComponent(astral.repeat(count))}`, {
          key,
        })
      ).status
    assert.deepEqual([await status(max), await status(max + 1)], [200, 400], query)
  }
})

test('an import takes a content of 1,000,000 characters of any size, and the audit log counts them as such', async () => {
  const row = (count: number) => ({ title: `of ${count}`, category: 'long', content: astral.repeat(count) })
  const rows = ndjson([row(1_000_000), row(1_000_001)])
  const escaped = ndjson([row(1_000_000)]).replaceAll(astral, '\\ud835\\udcb3')
  const { out } = await runImport(server, ['documents', file('ndjson', rows + escaped)])
  assert.match(out[0] ?? '', /^line 2: The 'content' field must have 0 to 1000000 characters\.$/)
  assert.equal(out.at(-1), '2 documents were imported, 1 refused, 0 skipped; 3 rows read.')
  const { data } = (await server.call('GET', '/api/v1/documents?category=long&limit=1', { key })).body
  const audit = `/api/v1/audit-log?target_type=document&target_id=${data[0].id}`
  const { body } = await server.call('GET', audit, { key })
  assert.equal(body.data[0].after.content_length, 1_000_000)
})
