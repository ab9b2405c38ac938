import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runProgram } from './run-program.ts'

const root = join(import.meta.dirname, '..')
const folder = join(root, 'sdk/python/.venv')
const requirements = join(root, 'sdk/python/requirements-dev.txt')
/** What was installed, so that a whole run of the tests asks no registry again. */
const installed = join(folder, 'installed.txt')

/** The Python with what tests and checks of the Python client need. */
export const pythonOfClient = join(folder, 'bin/python')

/**
 * Makes it, or brings it up to date.
 * @returns why there is none, and how to get it; undefined when it is there
 */
export async function setUpPython(): Promise<string | undefined> {
  const wanted = readFileSync(requirements, 'utf8')
  if (existsSync(pythonOfClient) && existsSync(installed) && readFileSync(installed, 'utf8') === wanted)
    return
  if (!existsSync(pythonOfClient)) {
    const asked = 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 10))'
    const { code } = await runProgram('python3', ['-c', asked]).catch(() => ({ code: 1 }))
    if (code !== 0) return 'there is no Python 3.10 or later with venv; apt-get install python3-venv'
  }
  process.stdout.write('Installing the packages that the Python client is tested with …\n')
  const isNew = !existsSync(folder)
  if (isNew) {
    const made = await runProgram('python3', ['-m', 'venv', folder])
    if (made.code !== 0) return withoutRemains(made.output)
  }
  const quietly = ['--quiet', '--disable-pip-version-check']
  const install = ['-m', 'pip', 'install', ...quietly, '--requirement', requirements]
  const { code, output } = await runProgram(pythonOfClient, install)
  if (code !== 0) return isNew ? withoutRemains(output) : lastLine(output)
  writeFileSync(installed, wanted)
  return undefined
}

/** Half an environment would look like a whole one. */
function withoutRemains(output: string): string {
  rmSync(folder, { recursive: true, force: true })
  return lastLine(output)
}

function lastLine(output: string): string {
  const line = output.trim().split('\n').at(-1) ?? ''
  return `its packages cannot be installed (${line}); node scripts/python-environment.ts tries again`
}

if (import.meta.main) {
  const lack = await setUpPython()
  if (lack !== undefined) {
    process.stderr.write(`The Python client: ${lack}\n`)
    process.exit(1)
  }
}
