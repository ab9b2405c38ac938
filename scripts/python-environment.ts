import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { runProgram } from './run-program.ts'

const root = join(import.meta.dirname, '..')

/** The Python with what tests and checks of the Python client need. */
export const pythonOfClient = join(root, 'sdk/python/.venv/bin/python')

/** `node scripts/python-environment.ts` makes it, or brings it up to date; it needs Python 3.10 or later with venv. */
if (import.meta.main) {
  if (!existsSync(pythonOfClient)) await orEnd('python3', ['-m', 'venv', 'sdk/python/.venv'])
  const quietly = ['--quiet', '--disable-pip-version-check']
  await orEnd(pythonOfClient, [
    '-m',
    'pip',
    'install',
    ...quietly,
    '--requirement',
    'sdk/python/requirements-dev.txt',
  ])
}

async function orEnd(program: string, args: readonly string[]): Promise<void> {
  const { code, output } = await runProgram(program, args)
  if (code === 0) return
  process.stderr.write(`${output}\n${program} ${args.join(' ')} ended with ${code}\n`)
  process.exit(1)
}
