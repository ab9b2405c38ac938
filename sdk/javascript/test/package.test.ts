import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { version } from '../src/index.ts'
import { installPacked } from './platforms/packed.ts'
import { startStrangeServer } from './strange-server.ts'

const run = promisify(execFile)
const source = join(import.meta.dirname, '..')
const { folder, paths } = await installPacked()
const manifest = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8'))

const typed = `
import { Comserv, type Document, type Page, type WebhookEvent } from 'comserv'
const comserv = new Comserv({ baseUrl: 'http://127.0.0.1:3000', apiKey: 'key' })
export async function use(event: WebhookEvent): Promise<string | undefined> {
  const page: Page<{ id: number; title: string }> = await comserv.documents.list({ status: 'draft', q: undefined })
  const { data, etag } = await comserv.documents.get(page.data[0]?.id ?? 1).withResponse()
  const document: Document | undefined = await comserv.documents.update(data.id, { title: 'New' }, { ifMatch: etag })
  // @ts-expect-error there is no such status
  comserv.users.list({ status: 'crowned' })
  // @ts-expect-error the email is missing
  comserv.users.create({ username: 'newuser', password: 'securepassword' })
  // @ts-expect-error nobody calls
  new Comserv({ baseUrl: 'http://127.0.0.1:3000' })
  if (event.event === 'user.created') return event.data.username
  return document?.title
}
`

test('the package holds what its users need, no more, and needs no other package', () => {
  assert.equal(manifest.dependencies, undefined)
  for (const path of ['README.md', 'CHANGELOG.md', 'LICENSE', 'dist/index.js', 'dist/index.d.ts']) {
    assert.ok(paths.includes(path), path)
  }
  assert.deepEqual(
    paths.filter((path) => !/^((dist|src)\/|package\.json$|[A-Z]+(\.md)?$)/.test(path)),
    [],
  )
})

test('its types are found by a strict TypeScript program, of the older compiler and of ours', async () => {
  writeFileSync(join(folder, 'typed.ts'), typed)
  const strict = ['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess']
  const resolution = ['--module', 'nodenext', '--target', 'es2022', '--lib', 'es2022,dom']
  for (const compiler of [join(source, 'node_modules'), join(source, '../../node_modules')]) {
    const tsc = join(compiler, 'typescript/bin/tsc')
    await run(process.execPath, [tsc, ...strict, ...resolution, 'typed.ts'], { cwd: folder }).catch(
      ({ stdout }) => assert.fail(stdout),
    )
  }
})

test('the version is the same everywhere, and in the User-Agent of programs', async () => {
  assert.equal(version, manifest.version)
  assert.ok(readFileSync(join(source, 'CHANGELOG.md'), 'utf8').includes(`\n## ${version}\n`))
  const { Comserv } = await import('../src/index.ts')
  const strange = await startStrangeServer((response) => response.writeHead(204).end())
  await new Comserv({ baseUrl: strange.url, apiKey: 'key' }).users.delete(1)
  assert.equal(strange.requests[0]?.headers['user-agent'], `comserv-javascript/${version}`)
})
