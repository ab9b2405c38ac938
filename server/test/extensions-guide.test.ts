import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { documentedUrl, type Language, languages, runProgram } from './guide-programs.ts'
import { callsApi, markOf, programOf, runCurl, samplesOf } from './guide-samples.ts'
import { machineEnv, main } from './serving.ts'

/** The modules of docs/guides/extensions.md, in the folder that a reader would put them into. */
const folder = mkdtempSync(join(tmpdir(), 'comserv-guide-'))
const samples = samplesOf('docs/guides/extensions.md')
for (const sample of samples) {
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

test('the test of greeter passes with the command of the guide', async () => {
  const env = { ...machineEnv, COMSERV_EXTENSIONS_DIR: folder }
  const args = [main, 'extension', 'test', 'greeter']
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: folder, env })
  assert.match(stdout, /pass 1\n/)
})

test('invoices are created, paid and listed as the guide shows, and a paid one is not changed', async () => {
  const variables: Record<string, string> = { ADMIN_KEY: key }
  const responses: string[] = []
  for (const sample of samples.filter(callsApi))
    responses.push(await runCurl(sample, variables, { [documentedUrl]: server.url }))
  const [created = '', paid = '', listed = ''] = responses
  assert.equal(JSON.parse(created).status, 'open')
  assert.equal(JSON.parse(paid).status, 'paid')
  assert.deepEqual(
    JSON.parse(listed).data.map(({ number }: { number: string }) => number),
    ['R-001'],
  )
  const late = await call('PATCH', `/x/invoices/invoices/${variables.INVOICE}`, { customer: 'Bob' })
  assert.equal(late.body.error.details, 'The invoice R-001 is paid.')
})

for (const language of Object.keys(languages) as Language[]) {
  const { name, lack } = languages[language]
  const skip = lack ?? false
  test(`two invoices at once, the trash and the export: as ${name} has them`, { skip }, async () => {
    for (const { id } of (await call('GET', '/x/invoices/invoices?limit=100')).body.data)
      assert.equal((await call('DELETE', `/x/invoices/invoices/${id}`)).status, 204)
    const program = programOf('docs/guides/extensions.md', language, 'tab') ?? assert.fail()
    const printed = await runProgram(language, program, { ADMIN_KEY: key }, { [documentedUrl]: server.url })
    const lines = printed.trim().split('\n')
    assert.match(lines[0] ?? '', /^R-002 2026-/)
    assert.deepEqual(lines.slice(-2), ['R-002', 'R-003'])
  })
}
