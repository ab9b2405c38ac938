import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { packClients, packedDir } from './pack-clients.ts'
import { type Language, packageProblems, type Unknown } from './release-packages.ts'
import { missingRepository, repositoryProblems } from './release-repository.ts'
import { releaseProblems, versionOfClients } from './release-sources.ts'
import { tagProblems, treeProblems } from './release-tree.ts'
import { runProgram } from './run-program.ts'

/**
 * `npm run release`: builds and checks the three client libraries, and prints how each is published; nothing leaves the
 * machine. `npm run release -- --publish javascript` publishes one of them, so that a failure is repeated alone. Both need
 * a clean tree, and publishing the tag of the version.
 */
const root = join(import.meta.dirname, '..')
const { values } = parseArgs({ options: { publish: { type: 'string' } } })

const problems = [...(await treeProblems()), ...releaseProblems(root)]
if (problems.length > 0) stop(problems)
const version = versionOfClients(root)
const commands = publishing(version)
const publish = values.publish
if (publish !== undefined && !isLanguage(publish))
  stop([`--publish takes one of ${Object.keys(commands).join(', ')}, not ${publish}.`])
if (publish !== undefined) {
  const unready = [...(await tagProblems(version)), ...(publish === 'javascript' ? sourceProblems() : [])]
  if (unready.length > 0) stop(unready)
}

await buildAll()
const { wrong, unknown } = await packageProblems(root, packedDir)
for (const { what, why } of unknown) tell(`unknown  ${what}: ${why}`)
const unchecked = unknown.filter(({ language }) => language === publish)
const blocking = unchecked.map(({ what, why }) => `${what} was not checked: ${why}`)
if (wrong.length + blocking.length > 0) stop([...wrong, ...blocking])
const sums = writeSums()
if (publish === undefined) tellPlan(unknown, sums)
else await publishOne(publish)

/** From the registries' own programs, which take the addresses and the identity from their surroundings. */
function publishing(version: string): Record<Language, string[][]> {
  const python = join('sdk/dist', `comserv-${version}-py3-none-any.whl`)
  return {
    javascript: [
      ['npm', 'publish', `./sdk/dist/comserv-${version}.tgz`, '--provenance', '--access', 'public'],
    ],
    python: [
      ['pypi-attestations', 'sign', python],
      ['twine', 'upload', '--attestations', python, `${python}.publish.attestation`],
    ],
    // Composer's registry reads the tags of a repository whose root is the package.
    php: [
      ['git', 'subtree', 'split', '--prefix', 'sdk/php', '--branch', 'php-client'],
      ['git', 'push', 'php-client', `php-client:refs/tags/v${version}`],
    ],
  }
}

function isLanguage(name: string): name is Language {
  return name in commands
}

function sourceProblems(): string[] {
  return repositoryProblems(root, process.env) ?? [missingRepository]
}

/** From the sources, twice: what others cannot build again, they cannot verify. */
async function buildAll(): Promise<void> {
  const { code, output } = await runProgram(process.execPath, ['sdk/javascript/scripts/build.js'])
  if (code !== 0) stop([`The JavaScript client cannot be built: ${output.trim()}`])
  packClients()
  const again = mkdtempSync(join(tmpdir(), 'comserv-release-'))
  try {
    packClients(again)
    const differing = readdirSync(again).filter(
      (file) => !readFileSync(join(again, file)).equals(readFileSync(join(packedDir, file))),
    )
    if (differing.length > 0) stop([`Packing twice gives different bytes: ${differing.join(', ')}`])
  } finally {
    rmSync(again, { recursive: true })
  }
}

function writeSums(): string {
  const manifest: { file: string; sha256: string }[] = JSON.parse(
    readFileSync(join(packedDir, 'manifest.json'), 'utf8'),
  )
  const sums = manifest.map(({ file, sha256 }) => `${sha256}  ${file}\n`).join('')
  writeFileSync(join(packedDir, 'SHA256SUMS'), sums)
  return sums
}

function tellPlan(unknown: readonly Unknown[], sums: string): void {
  tell(`\nComserv clients ${version}, in sdk/dist:\n${sums}`)
  tell('Nothing was published. On a machine whose identity the registries trust, these publish them:')
  for (const [language, steps] of Object.entries(commands)) {
    tell(`  npm run release -- --publish ${language}`)
    for (const step of steps) tell(`      ${step.join(' ')}`)
  }
  tell(
    unknown.length === 0
      ? 'Everything was checked.'
      : `${unknown.length} not checked; publishing those refuses.`,
  )
}

async function publishOne(language: Language): Promise<void> {
  for (const [program = '', ...args] of commands[language]) {
    tell(`> ${[program, ...args].join(' ')}`)
    const { code, output } = await runProgram(program, args)
    tell(output.trim())
    if (code !== 0) stop([`${program} ended with ${code}; the steps that follow were not taken.`])
  }
}

function stop(reasons: readonly string[]): never {
  for (const reason of reasons) process.stderr.write(`${reason}\n`)
  process.exit(1)
}

function tell(text: string): void {
  process.stdout.write(`${text}\n`)
}
