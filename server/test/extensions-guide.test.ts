import assert from 'node:assert/strict'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { markOf, samplesOf } from './guide-samples.ts'

/** The modules of docs/guides/extensions.md, in the folder that a reader would put them into. */
const folder = mkdtempSync(join(tmpdir(), 'comserv-guide-'))
for (const sample of samplesOf('docs/guides/extensions.md')) {
  const file = markOf(sample, 'file')
  if (file) writeFileSync(join(folder, file), sample.text)
}
process.env.COMSERV_EXTENSIONS_DIR = folder
process.env.COMSERV_X_GREETER_GREETING = 'Good day'
const { startServer } = await import('./harness.ts')
const server = await startServer()
const { secret: key } = await server.credential('admin')
const call = (method: string, path: string, json?: object) =>
  server.call(method, `/api/v1${path}`, { key, ...(json ? { json } : {}) })

test('greeter needs a category, and greets new users once', async () => {
  const { status, body } = await call('POST', '/documents', { title: 'One' })
  assert.equal(status, 400)
  assert.equal(body.error.details, "The 'category' field is required here.")
  const trimmed = await call('POST', '/documents', { title: ' One ', category: 'news' })
  assert.equal(trimmed.body.title, 'One')
  const ada = { username: 'ada', email: 'ada@example.org', password: 'correct horse battery staple' }
  assert.equal((await call('POST', '/users', ada)).status, 201)
  await server.deliver()
  const welcome = (await call('GET', '/documents?category=welcome')).body.data
  assert.deepEqual(
    welcome.map(({ title }: { title: string }) => title),
    ['Good day, ada!'],
  )
})
