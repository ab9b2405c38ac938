import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { startServer } from './harness.ts'

/**
 * Runs every example of the documents that calls curl, word for word but for the address, in the order in which a new
 * installation's owner reads them. A block answers 2xx unless its fence says otherwise: ```sh status=404
 */
interface Example {
  file: string
  line: number
  script: string
  /** The first digits of the expected status. */
  status: string
}

const root = join(import.meta.dirname, '../..')
const guides = globSync('docs/guides/*.md', { cwd: root }).sort()
const inReadingOrder = new Set(['README.md', 'docs/guides/quick-start.md', ...guides])

const server = await startServer()
const { clientId, secret } = await server.credential('read write')
const { secret: adminKey } = await server.credential('admin')
const env = {
  PATH: process.env.PATH,
  CLIENT_ID: clientId,
  CLIENT_SECRET: secret,
  KEY: secret,
  ADMIN_KEY: adminKey,
  TOKEN: await server.token({ clientId, secret }),
}

for (const file of inReadingOrder) {
  test(`the curl examples of ${file} work when pasted`, async () => {
    for (const example of examplesOf(file)) await run(example)
  })
}

function examplesOf(file: string): Example[] {
  const text = readFileSync(join(root, file), 'utf8')
  return [...text.matchAll(/^```sh(?: status=(\d+))?\n(.*?)^```$/gms)]
    .filter(([, , script]) => script?.includes('curl'))
    .map(({ index, 1: status = '2', 2: script = '' }) => ({
      file,
      line: text.slice(0, index).split('\n').length,
      script: script.replaceAll('http://127.0.0.1:3000', server.url),
      status,
    }))
}

async function run({ file, line, script, status }: Example): Promise<void> {
  // Each call reports its status on standard error, where it cannot mix with what the example itself prints.
  const reporting = `curl() { command curl -sS --write-out '%{stderr}status=%{http_code}\\n' "$@"; }\n`
  const { stdout, stderr } = await promisify(execFile)(
    'bash',
    ['-euo', 'pipefail', '-c', reporting + script],
    {
      env,
    },
  )
  const statuses = [...stderr.matchAll(/status=(\d{3})/g)].map(([, code = '']) => code)
  assert.ok(
    statuses.length > 0 && statuses.every((code) => code.startsWith(status)),
    `${file}:${line} answered ${statuses.join(', ')}, not ${status}:\n${stdout}`,
  )
}
