import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, test } from 'node:test'
import { pressDevice } from './allowing.ts'
import { startServer } from './harness.ts'
import { makePerson } from './people.ts'

const server = await startServer()
const { secret: key } = await server.credential('admin')
const person = await makePerson(server, 'editor')
const home = mkdtempSync(join(tmpdir(), 'comserv-archive-'))
after(() => rmSync(home, { recursive: true }))
const file = join(home, 'archive/refresh-token')

const { body: application } = await server.call('POST', '/api/v1/applications', {
  key,
  json: { name: 'Archive tool', kind: 'native', redirect_uris: [], scopes: ['documents:read'] },
})
const { body: document } = await server.call('POST', '/api/v1/documents', {
  key,
  json: { title: 'Minutes of May', content: 'Nobody came.', status: 'published' },
})

/** Runs the program. @param enter called with the code that it shows */
async function archive(args: string[], enter?: (code: string) => Promise<void>) {
  const child = spawn(
    process.execPath,
    ['--conditions=comserv-source', 'examples/command-line/archive.js', ...args],
    {
      cwd: join(import.meta.dirname, '../..'),
      env: {
        PATH: process.env.PATH,
        XDG_CONFIG_HOME: home,
        COMSERV_URL: server.url,
        CLIENT_ID: application.client_id,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  let errors = ''
  let entered: Promise<void> | undefined
  child.stderr.setEncoding('utf8').on('data', (more: string) => {
    errors += more
    const code = /enter the code ([A-Z]{4}-[A-Z]{4})\./.exec(errors)?.[1]
    if (code !== undefined) entered ??= enter?.(code)
  })
  const [output, [status]] = await Promise.all([text(child.stdout), once(child, 'close')])
  await entered
  return { output, errors, status }
}

test('the example of a command line shows a code once, acts for the person, and signs out', async () => {
  const first = await archive(['list'], (code) => pressDevice(server, person, code))
  assert.equal(first.status, 0, first.errors)
  assert.equal(first.output, `${document.id}\tMinutes of May\n`)
  assert.match(first.errors, new RegExp(`^To sign in, open ${server.url}/device in a browser`))
  assert.equal(statSync(file).mode & 0o777, 0o600)

  const second = await archive(['show', String(document.id)])
  assert.deepEqual(second, { output: 'Minutes of May\n\nNobody came.\n', errors: '', status: 0 })

  const ended = await archive(['sign-out'])
  assert.deepEqual(ended, { output: 'Signed out.\n', errors: '', status: 0 })
  assert.equal(existsSync(file), false)
  const refused = await archive(['list'], (code) => pressDevice(server, person, code, 'deny'))
  assert.equal(refused.status, 1)
  assert.match(refused.errors, /access_denied: The person did not allow it/)
})

test('the example of a command line says how it is used', async () => {
  const { status, errors } = await archive([])
  assert.equal(status, 1)
  assert.equal(errors, 'Usage: archive list [WORDS] | show ID | sign-out\n')
})
