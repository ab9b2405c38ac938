import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type Contract, currentContract } from './contract.ts'
import { withoutWidenedEnums } from './contract-widening.ts'
import { root } from './generated.ts'

/** The last released contract. A breaking change needs a new version of the API, never a new file here. */
const releasedFile = join(root, 'contract/v1.json')

/**
 * Finds changes that would break a program written against the released contract. Additions are allowed.
 * @returns one sentence for each breaking change, with its place
 */
export async function contractDiff(): Promise<string[]> {
  return breakingChanges(JSON.parse(readFileSync(releasedFile, 'utf8')) as Contract, await currentContract())
}

export async function breakingChanges(released: Contract, current: Contract): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'comserv-contract-'))
  try {
    writeFileSync(join(folder, 'released.json'), JSON.stringify(released))
    writeFileSync(join(folder, 'current.json'), JSON.stringify(withoutWidenedEnums(released, current)))
    const { changes } = await compare(folder)
    const sentences = changes.flatMap(({ path, verdicts }) =>
      verdicts
        .filter(({ impact }) => impact === 'major')
        .map(({ message }) => `${message} (${readable(path)})`),
    )
    return [...new Set(sentences)]
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** The output of `redocly diff --format json`, as far as it is used here. */
interface Report {
  reportVersion: string
  changes: { path: string; verdicts: { impact: 'major' | 'minor' | 'patch'; message: string }[] }[]
}

async function compare(folder: string): Promise<Report> {
  const program = join(
    dirname(createRequire(import.meta.url).resolve('@redocly/cli/package.json')),
    'bin/cli.js',
  )
  const args = [program, 'diff', 'released.json', 'current.json', '--format', 'json', '--fail-on', 'none']
  // Turns off telemetry and the check for updates.
  const env = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' }
  const output = await new Promise<string>((resolve, reject) => {
    execFile(
      process.execPath,
      args,
      { cwd: folder, env, maxBuffer: outputBytesMax },
      (error, stdout, stderr) =>
        error
          ? reject(new Error(`The contracts cannot be compared:\n${stderr}`, { cause: error }))
          : resolve(stdout),
    )
  })
  const report = JSON.parse(output) as Report
  if (report.reportVersion !== '1')
    throw new Error(`Report version ${report.reportVersion} is not supported.`)
  return report
}

const outputBytesMax = 256 * 1024 * 1024

/** A JSON pointer in readable form. */
function readable(pointer: string): string {
  return pointer.replace(/^#\//, '').replaceAll('/', ' > ').replaceAll('~1', '/').replaceAll('~0', '~')
}

if (import.meta.main) {
  const changes = await contractDiff()
  for (const change of changes) process.stderr.write(`${change}\n`)
  process.stdout.write(`${changes.length} breaking changes of the released contract\n`)
  if (changes.length > 0) process.exitCode = 1
}
