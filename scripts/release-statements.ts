import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runProgram } from './run-program.ts'

/** What is released, besides the package itself: what is in it, and where it comes from. */

/**
 * The software bill of materials of a package (CycloneDX), from its lock file alone; nothing is fetched.
 * @param manifest and @param lock as they are in the package
 */
export async function billOfMaterials(manifest: { name: string }, lock: object): Promise<string> {
  const temporary = mkdtempSync(join(tmpdir(), 'comserv-sbom-'))
  // npm names what it describes after its folder.
  const folder = join(temporary, manifest.name)
  mkdirSync(folder)
  try {
    writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest))
    writeFileSync(join(folder, 'package-lock.json'), JSON.stringify(lock))
    const asked = ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only', '--omit', 'dev']
    const { code, stdout, output } = await runProgram('npm', asked, folder)
    if (code !== 0) throw new Error(`npm made no bill of materials: ${output.trim()}`)
    return stdout
  } finally {
    rmSync(temporary, { recursive: true })
  }
}

export interface Origin {
  /** Where the sources are, as git names it. */
  repository: string
  commit: string
  /** Who built it, as an address; a build service has one. */
  builder: string
  node: string
}

/**
 * Where a file comes from: an in-toto statement with the SLSA predicate. It is not signed: sign it with an identity
 * that users of the release trust.
 */
export function provenance(
  file: string,
  sha256: string,
  { repository, commit, builder, node }: Origin,
): object {
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: file, digest: { sha256 } }],
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        buildType: `${repository}#npm-run-release-server`,
        externalParameters: { command: 'npm run release:server' },
        internalParameters: { node },
        resolvedDependencies: [{ uri: `git+${repository}`, digest: { gitCommit: commit } }],
      },
      runDetails: { builder: { id: builder } },
    },
  }
}

/**
 * The changelog of a release: what was unreleased gets its version and day.
 * @throws Error when nothing is unreleased, or the version is there already
 */
export function cutChangelog(text: string, version: string, day: string): string {
  if (new RegExp(`^## ${version.replaceAll('.', '\\.')}\\b`, 'm').test(text))
    throw new Error(`The changelog has a section for ${version} already.`)
  const [, unreleased = ''] = /^## Unreleased\n([\s\S]*?)(?=^## |$(?![\s\S]))/m.exec(text) ?? []
  if (unreleased.trim() === '') throw new Error('The changelog says nothing under Unreleased.')
  return text.replace(/^## Unreleased\n/m, `## Unreleased\n\n## ${version} (${day})\n`)
}
