import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * Builds dist/ as ES modules, and dist/cjs as CommonJS, with the pinned compiler. Plain JavaScript, because npm may run
 * it with a Node that strips no types. An installation without development packages has no compiler, and no use for
 * dist/ either: it is the server's.
 */
const folder = fileURLToPath(new URL('..', import.meta.url))
const dist = join(folder, 'dist')
const compiler = findCompiler()
if (compiler === undefined) {
  process.stdout.write('comserv: the compiler is not installed, dist/ is not built\n')
} else {
  rmSync(dist, { recursive: true, force: true })
  process.exitCode = compile('tsconfig.json') || compile('tsconfig.cjs.json')
  if (process.exitCode === 0) {
    // package.json says that its folder holds ES modules; this folder does not.
    writeFileSync(join(dist, 'cjs/package.json'), '{ "type": "commonjs" }\n')
    importByJs()
  }
}

function findCompiler() {
  try {
    return createRequire(import.meta.url).resolve('typescript/bin/tsc')
  } catch {
    return undefined
  }
}

/** @returns the exit code */
function compile(project) {
  return (
    spawnSync(process.execPath, [compiler, '-p', join(folder, project)], { stdio: 'inherit' }).status ?? 1
  )
}

/** The compiler rewrites `./page.ts` to `./page.js` in code, but not in types, where compilers before 5.0 refuse it. */
function importByJs() {
  for (const name of readdirSync(dist, { recursive: true })) {
    if (!name.endsWith('.d.ts')) continue
    const file = join(dist, name)
    const text = readFileSync(file, 'utf8')
    writeFileSync(file, text.replace(/((?:from|import\() ?['"]\.[^'"]*)\.ts(['"])/g, '$1.js$2'))
  }
}
