import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { runProgram } from './run-program.ts'

const folder = join(import.meta.dirname, '../sdk/javascript/runtimes')

/**
 * The older Nodes, Deno, Bun and Jest with which the packed JavaScript client is tested. They are installed before the
 * first full test run instead of by `npm ci`, because running the server does not need these 590 MB. Without them, their
 * tests are skipped with a reason.
 */
export async function fetchClientRuntimes(): Promise<void> {
  if (isFetched()) return
  process.stdout.write('Fetching the runtimes that the JavaScript client is tested on …\n')
  const { code, output } = await runProgram('npm', ['ci', '--prefix', folder])
  if (code !== 0) process.stdout.write(`They could not be fetched: ${output.slice(-1_000)}\n`)
}

/** npm records what it installed; a record older than the pinned versions means another set. */
function isFetched(): boolean {
  const installed = join(folder, 'node_modules/.package-lock.json')
  return (
    existsSync(installed) && statSync(installed).mtimeMs > statSync(join(folder, 'package-lock.json')).mtimeMs
  )
}
