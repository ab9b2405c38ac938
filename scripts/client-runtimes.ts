import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { runProgram } from './run-program.ts'

const folder = join(import.meta.dirname, '../sdk/javascript/runtimes')

/**
 * The older Nodes, Deno and Bun, on which the packed JavaScript client is tested. They are fetched before the first whole
 * run of the tests and not with `npm ci`, since whoever only starts the server has no use for 530 MB of them. Where they
 * cannot be had, their tests are skipped and say so.
 */
export async function fetchClientRuntimes(): Promise<void> {
  if (isFetched()) return
  process.stdout.write('Fetching the runtimes that the JavaScript client is tested on …\n')
  const { code, output } = await runProgram('npm', ['ci', '--prefix', folder])
  if (code !== 0) process.stdout.write(`They could not be fetched: ${output.slice(-1_000)}\n`)
}

/** npm writes down what it has installed; older than what is pinned, it is another set. */
function isFetched(): boolean {
  const installed = join(folder, 'node_modules/.package-lock.json')
  return (
    existsSync(installed) && statSync(installed).mtimeMs > statSync(join(folder, 'package-lock.json')).mtimeMs
  )
}
