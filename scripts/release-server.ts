import { readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parseArgs } from 'node:util'
import { packServer, serverManifest, serverPackedDir } from './pack-server.ts'
import { billOfMaterials, cutChangelog, provenance } from './release-statements.ts'
import { tagProblems, treeProblems } from './release-tree.ts'
import { runProgram } from './run-program.ts'
import { serverLock } from './server-lock.ts'

/**
 * `npm run release:server`: packs the server from a clean tree with the tag of its version, twice, and writes its checksum,
 * bill of materials and provenance beside it. Nothing leaves the machine.
 * `npm run release:server -- --cut 1.2.0` writes the version and the changelog of the next release, to be committed.
 */
const root = join(import.meta.dirname, '..')
const { values } = parseArgs({ options: { cut: { type: 'string' } } })
if (values.cut === undefined) await release()
else cut(values.cut)

function cut(version: string): void {
  if (!/^\d+\.\d+\.\d+(-[0-9A-Za-z.]+)?$/.test(version)) stop([`'${version}' is no version, such as 1.2.0.`])
  const changelog = join(root, 'CHANGELOG.md')
  const day = new Date().toISOString().slice(0, 10)
  writeFileSync(changelog, cutChangelog(readFileSync(changelog, 'utf8'), version, day))
  for (const file of ['server/package.json', 'package.json']) {
    const text = readFileSync(join(root, file), 'utf8')
    writeFileSync(join(root, file), text.replace(/^( {2}"version": ")[^"]+/m, `$1${version}`))
  }
  tell(`The changelog and package.json say ${version}. Next: npm install --package-lock-only, commit, and`)
  tell(`  git tag --sign v${version} && npm run release:server`)
}

async function release(): Promise<void> {
  const { version } = serverManifest
  const problems = [...(await treeProblems()), ...(await tagProblems(version))]
  if (problems.length > 0) stop(problems)
  const { file, sha256 } = packServer()
  if (packServer().sha256 !== sha256) stop(['Packing twice gives different bytes.'])
  const beside = (name: string, text: string) => writeFileSync(join(serverPackedDir, name), text)
  const name = basename(file)
  beside('SHA256SUMS', `${sha256}  ${name}\n`)
  beside(`${name}.cdx.json`, await billOfMaterials(serverManifest, serverLock(root, serverManifest)))
  const { stdout: commit } = await runProgram('git', ['rev-parse', 'HEAD'])
  const { stdout: repository } = await runProgram('git', ['remote', 'get-url', 'origin'])
  const origin = {
    repository: repository.trim() || 'unknown',
    commit: commit.trim(),
    builder: process.env.COMSERV_BUILDER_ID ?? 'https://comserv.invalid/a-machine-of-the-releaser',
    node: process.version,
  }
  beside(`${name}.intoto.json`, `${JSON.stringify(provenance(name, sha256, origin), undefined, 2)}\n`)
  tell(`${sha256}  ${file}`)
  tell(
    'Beside it: SHA256SUMS, the bill of materials (.cdx.json) and the provenance (.intoto.json), unsigned.',
  )
  tell(`Nothing was published. npm publish ./dist/${name} --provenance publishes it.`)
}

function stop(reasons: readonly string[]): never {
  for (const reason of reasons) process.stderr.write(`${reason}\n`)
  process.exit(1)
}

function tell(text: string): void {
  process.stdout.write(`${text}\n`)
}
