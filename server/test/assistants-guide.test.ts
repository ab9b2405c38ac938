import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { markOf, samplesOf } from './guide-samples.ts'
import { type Json, startServer, TestClock } from './harness.ts'

/** The calls with curl are run with those of the other guides. */
const server = await startServer({ clock: new TestClock(new Date().toISOString()) })
const { clientId, secret } = await server.credential('documents:read')
const samples = samplesOf('docs/guides/assistants.md')
const documented = 'http://127.0.0.1:3000'

test('an assistant connects with the settings that the guide shows', async () => {
  const settings: Json = JSON.parse(samples.find(({ language }) => language === 'json')?.text ?? '')
  const { url, headers } = settings.mcpServers.comserv
  const shown = Object.fromEntries(Object.keys(headers).map((name) => [name, secret]))
  const client = new Client({ name: 'a test', version: '1.0.0' })
  const place = new URL(url.replace(documented, server.url))
  await client.connect(new StreamableHTTPClientTransport(place, { requestInit: { headers: shown } }))
  const { tools } = await client.listTools()
  assert.ok(tools.some(({ name }) => name === 'get_document'))
})

test('the program of the guide lists tools and documents', async () => {
  const program = samples.find((sample) => markOf(sample, 'mcp') === 'program')?.text ?? ''
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--eval', program.replaceAll(documented, server.url)],
    { cwd: join(import.meta.dirname, '..'), env: { CLIENT_ID: clientId, CLIENT_SECRET: secret } },
  )
  assert.match(stdout, /^list_documents$/m)
  assert.match(stdout, /^A page of documents\./m)
})
