import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runProgram } from './run-program.ts'

const root = join(import.meta.dirname, '..')
const folder = join(root, 'sdk/python/.venv')
const requirements = join(root, 'sdk/python/requirements-dev.txt')
/** Records what was installed, so that a full test run makes no further registry request. */
const installed = join(folder, 'installed.txt')

/** The Python with the packages for testing and checking the Python client. */
export const pythonOfClient = join(folder, 'bin/python')

/**
 * Creates or updates the environment.
 * @returns why there is none, with a remedy; undefined on success
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

/** A partial environment would look like a complete one. */
function withoutRemains(output: string): string {
  rmSync(folder, { recursive: true, force: true })
  return lastLine(output)
}

function lastLine(output: string): string {
  const line = output.trim().split('\n').at(-1) ?? ''
  return `its packages cannot be installed (${line}); run node scripts/python-environment.ts to retry`
}

if (import.meta.main) {
  const lack = await setUpPython()
  if (lack !== undefined) {
    process.stderr.write(`The Python client: ${lack}\n`)
    process.exit(1)
  }
}
