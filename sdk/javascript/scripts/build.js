import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * Builds dist/ with the pinned compiler. Plain JavaScript, because npm may run it with a Node that strips no types. An
 * installation without development packages has no compiler, and no use for dist/ either: it is the server's.
 */
const folder = fileURLToPath(new URL('..', import.meta.url))
const compiler = findCompiler()
if (compiler === undefined) {
  process.stdout.write('comserv: the compiler is not installed, dist/ is not built\n')
} else {
  rmSync(join(folder, 'dist'), { recursive: true, force: true })
  const { status } = spawnSync(process.execPath, [compiler, '-p', folder], { stdio: 'inherit' })
  process.exitCode = status ?? 1
}

function findCompiler() {
  try {
    return createRequire(import.meta.url).resolve('typescript/bin/tsc')
  } catch {
    return undefined
  }
}
