import assert from 'node:assert/strict'
import { globSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { callsApi, runCurl, samplesOf } from './guide-samples.ts'
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

test('the documents hold examples at all', () => {
  const examples = [...inReadingOrder].flatMap(samplesOf).filter(callsApi)
  assert.ok(examples.length > 50, `${examples.length} were found`)
})
