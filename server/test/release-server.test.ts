import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { serverManifest } from '../../scripts/pack-server.ts'
import { billOfMaterials, cutChangelog, provenance } from '../../scripts/release-statements.ts'
import { serverLock } from '../../scripts/server-lock.ts'

const root = join(import.meta.dirname, '../..')

test('the bill of materials names every package that the server needs, with its version and hash', async () => {
  const bill = JSON.parse(await billOfMaterials(serverManifest, serverLock(root, serverManifest)))
  assert.equal(bill.bomFormat, 'CycloneDX')
  assert.equal(bill.metadata.component.name, 'comserv-server')
  const components: { name: string; version: string; hashes?: unknown[] }[] = bill.components
  for (const [name, version] of Object.entries(serverManifest.dependencies)) {
    const found = components.find((one) => one.name === name)
    assert.equal(found?.version, version, name)
    assert.ok(found.hashes?.length, name)
  }
})

test('the provenance names the file by its hash, and the commit', () => {
  const origin = {
    repository: 'https://git.example.org/comserv',
    commit: 'c'.repeat(40),
    builder: 'https://ci.example.org/',
    node: 'v26.0.0',
  }
  assert.partialDeepStrictEqual(provenance('comserv-server-1.0.0.tgz', 'a'.repeat(64), origin), {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: 'comserv-server-1.0.0.tgz', digest: { sha256: 'a'.repeat(64) } }],
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        resolvedDependencies: [
          { uri: 'git+https://git.example.org/comserv', digest: { gitCommit: 'c'.repeat(40) } },
        ],
      },
      runDetails: { builder: { id: 'https://ci.example.org/' } },
    },
  })
})

test('a release gives what was unreleased its version and day, once', () => {
  const text = readFileSync(join(root, 'CHANGELOG.md'), 'utf8')
  const cut = cutChangelog(text, '99.0.0', '2099-01-02')
  assert.match(cut, /## Unreleased\n\n## 99\.0\.0 \(2099-01-02\)\n\n/)
  assert.equal(cut.replace('\n## 99.0.0 (2099-01-02)\n', ''), text)
  assert.throws(() => cutChangelog(cut, '99.0.0', '2099-01-03'), /already/)
  assert.throws(() => cutChangelog(cut, '99.0.1', '2099-01-03'), /says nothing under Unreleased/)
})
