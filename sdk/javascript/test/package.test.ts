import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { version } from '../src/index.ts'
import { installPacked } from './platforms/packed.ts'
import { startStrangeServer } from './strange-server.ts'

const source = join(import.meta.dirname, '..')
const { paths } = await installPacked()
const manifest = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8'))

test('the package holds what its users need, no more, and needs no other package', () => {
  assert.equal(manifest.dependencies, undefined)
  const code = ['dist', 'dist/cjs'].flatMap((folder) => [`${folder}/index.js`, `${folder}/index.d.ts`])
  for (const path of ['README.md', 'CHANGELOG.md', 'LICENSE', 'dist/cjs/package.json', ...code]) {
    assert.ok(paths.includes(path), path)
  }
  assert.deepEqual(
    paths.filter((path) => !/^((dist|src)\/|package\.json$|[A-Z]+(\.md)?$)/.test(path)),
    [],
  )
})

test('the version is the same everywhere, and in the User-Agent of programs', async () => {
  assert.equal(version, manifest.version)
  assert.ok(readFileSync(join(source, 'CHANGELOG.md'), 'utf8').includes(`\n## ${version}\n`))
  const { Comserv } = await import('../src/index.ts')
  const strange = await startStrangeServer((response) => response.writeHead(204).end())
  await new Comserv({ baseUrl: strange.url, apiKey: 'key' }).users.delete(1)
  assert.equal(strange.requests[0]?.headers['user-agent'], `comserv-javascript/${version}`)
})
