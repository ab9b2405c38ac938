import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import { startServer } from '../../../server/test/harness.ts'
import { version } from '../src/index.ts'
import { startStrangeServer } from './strange-server.ts'

const run = promisify(execFile)
const source = join(import.meta.dirname, '..')
const folder = mkdtempSync(join(tmpdir(), 'comserv-package-'))
after(() => rmSync(folder, { recursive: true }))
const server = await startServer()
const { secret: KEY } = await server.credential('admin')
const manifest = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8'))

/** The Node that a program runs with; `COMSERV_TEST_NODES` names others, separated by colons. */
const nodes = [process.execPath, ...(process.env.COMSERV_TEST_NODES?.split(':').filter(Boolean) ?? [])]

const program = `
import { Comserv, verifyWebhook, version } from 'comserv'
const comserv = new Comserv({ baseUrl: process.env.COMSERV_URL, apiKey: process.env.KEY })
const titles = []
for (const title of ['A', 'B', 'C']) await comserv.documents.create({ title, category: process.version })
for await (const { title } of comserv.documents.list({ limit: 2, category: process.version })) titles.push(title)
for await (const { title } of comserv.documents.export({ category: process.version })) titles.push(title)
const refused = await comserv.documents.get(999).catch((error) => error.name)
const check = await verifyWebhook('{}', {}, 'a plain secret').catch((error) => error.check)
console.log(JSON.stringify({ version, titles, refused, check, shown: \`\${JSON.stringify(comserv)}\` }))
`

const typed = `
import { Comserv, type Document, type Page, type WebhookEvent } from 'comserv'
const comserv = new Comserv({ baseUrl: 'http://127.0.0.1:3000', apiKey: 'key' })
export async function use(event: WebhookEvent): Promise<string | undefined> {
  const page: Page<{ id: number; title: string }> = await comserv.documents.list({ status: 'draft', q: undefined })
  const { data, etag } = await comserv.documents.get(page.data[0]?.id ?? 1).withResponse()
  const document: Document = await comserv.documents.update(data.id, { title: 'New' }, { ifMatch: etag })
  // @ts-expect-error there is no such role
  comserv.users.list({ role: 'king' })
  // @ts-expect-error the email is missing
  comserv.users.create({ username: 'newuser', password: 'securepassword' })
  // @ts-expect-error nobody calls
  new Comserv({ baseUrl: 'http://127.0.0.1:3000' })
  if (event.event === 'user.created') return event.data.username
  return document.title
}
`

test('packed and installed into an empty folder, the package works, without a dependency', async () => {
  assert.equal(manifest.dependencies, undefined)
  const npm = { cwd: source, env: { ...process.env, npm_config_audit: 'false', npm_config_fund: 'false' } }
  const { stdout } = await run('npm', ['pack', '--json', '--silent', '--pack-destination', folder], npm)
  const [packed] = Object.values<{ filename: string; files: { path: string }[] }>(
    JSON.parse(stdout.slice(stdout.search(/[[{]/))),
  )
  assert.ok(packed)
  const paths = packed.files.map(({ path }) => path)
  for (const path of ['README.md', 'CHANGELOG.md', 'LICENSE', 'dist/index.js', 'dist/index.d.ts']) {
    assert.ok(paths.includes(path), path)
  }
  assert.ok(!paths.some((path) => /^(test|examples|scripts|node_modules)\//.test(path)))
  writeFileSync(join(folder, 'package.json'), '{"private":true,"type":"module"}')
  await run('npm', ['install', '--offline', '--silent', join(folder, packed.filename)], {
    ...npm,
    cwd: folder,
  })
  writeFileSync(join(folder, 'program.js'), program)
  for (const node of nodes) {
    const env = { COMSERV_URL: server.url, KEY }
    const { stdout: printed } = await run(node, ['program.js'], { cwd: folder, env })
    const { titles, refused, check, ...more } = JSON.parse(printed)
    assert.equal(more.version, manifest.version)
    assert.deepEqual(titles, ['A', 'B', 'C', 'A', 'B', 'C'])
    assert.equal(refused, 'ResourceNotFoundError')
    assert.equal(check, 'header_missing')
    assert.ok(!more.shown.includes(KEY))
  }
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
