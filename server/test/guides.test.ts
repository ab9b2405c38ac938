import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, globSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import { phpLack } from '../../scripts/php.ts'
import { pythonOfClient } from '../../scripts/python-environment.ts'
import { callsApi, markOf, runCurl, samplesOf } from './guide-samples.ts'
import { startServer } from './harness.ts'

/**
 * Runs every example of the documents that calls curl, word for word but for the address, in the order in which a new
 * installation's owner reads them. The samples of webhooks.md have a test of their own.
 */
const root = join(import.meta.dirname, '../..')
const guides = globSync('docs/guides/*.md', { cwd: root }).sort()
const inReadingOrder = new Set(['README.md', 'docs/guides/quick-start.md', ...guides])
inReadingOrder.delete('docs/guides/webhooks.md')

const server = await startServer()
const { clientId, secret } = await server.credential('read write')
const { secret: adminKey } = await server.credential('admin')
const variables = {
  CLIENT_ID: clientId,
  CLIENT_SECRET: secret,
  KEY: secret,
  ADMIN_KEY: adminKey,
  TOKEN: await server.token({ clientId, secret }),
}

const folder = mkdtempSync(join(tmpdir(), 'comserv-guides-'))
after(() => rmSync(folder, { recursive: true }))

for (const file of inReadingOrder) {
  test(`the curl examples of ${file} work when pasted`, async () => {
    const kept = { ...variables }
    for (const sample of samplesOf(file).filter(callsApi))
      await runCurl(sample, kept, { 'http://127.0.0.1:3000': server.url }, folder)
  })
}

test('the program of the guide on client libraries runs, out of the sources of the client', async () => {
  const [program] = samplesOf('docs/guides/sdks.md').filter((sample) => markOf(sample, 'file') !== undefined)
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [
      '--conditions=comserv-source',
      '--input-type=module',
      '--eval',
      program?.text.replaceAll('http://127.0.0.1:3000', server.url) ?? '',
    ],
    { cwd: root, env: { PATH: process.env.PATH, ...variables } },
  )
  assert.match(stdout, /^\d+ newuser\n/m)
  assert.match(stdout, /^\d of \d+\n404 There is no document with id 4711\. [0-9a-f-]{36}\n$/m)
})

for (const sample of samplesOf('docs/guides/sdk-python.md').filter(
  (one) => markOf(one, 'file') !== undefined,
)) {
  const skip = existsSync(pythonOfClient)
    ? false
    : 'the packages of the Python client are not installed; node scripts/python-environment.ts installs them'
  test(`the program ${markOf(sample, 'file')} of the guide on Python runs`, { skip }, async () => {
    const { stdout } = await promisify(execFile)(
      pythonOfClient,
      ['-c', sample.text.replaceAll('http://127.0.0.1:3000', server.url)],
      { env: { PYTHONPATH: join(root, 'sdk/python/src'), ...variables } },
    )
    assert.match(
      stdout,
      /^\d of \d+\n404 There is no document with id 4711\. [0-9a-f-]{36}\n$|\d users \d+ documents\n$/m,
    )
  })
}

for (const sample of samplesOf('docs/guides/sdk-php.md').filter((one) => markOf(one, 'file') !== undefined)) {
  const file = markOf(sample, 'file') ?? ''
  test(`the program ${file} of the guide on PHP runs`, { skip: phpLack() ?? false }, async () => {
    // As Composer would have left it.
    mkdirSync(join(folder, 'vendor'), { recursive: true })
    const autoload = join(root, 'sdk/php/tests/autoload.php')
    writeFileSync(join(folder, 'vendor/autoload.php'), `<?php require '${autoload}';`)
    writeFileSync(join(folder, file), sample.text.replaceAll('http://127.0.0.1:3000', server.url))
    const { stdout } = await promisify(execFile)('php', [file], {
      cwd: folder,
      env: { PATH: process.env.PATH, ...variables },
    })
    assert.match(stdout, /^\d+ newuser\n/m)
    assert.match(stdout, /^\d of \d+\n404 There is no document with id 4711\. [0-9a-f-]{36}\n$/m)
  })
}

test('the documents hold examples at all', () => {
  const examples = [...inReadingOrder].flatMap(samplesOf).filter(callsApi)
  assert.ok(examples.length > 50, `${examples.length} were found`)
})
