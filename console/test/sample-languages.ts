import { type SpawnSyncReturns, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'

interface Language {
  name: 'curl' | 'JavaScript' | 'Python' | 'PHP'
  /** Why it cannot run here. */
  skip: string | false
  /** A program as it is shown, with the key where it looks for it. */
  run(sample: string, key: string): SpawnSyncReturns<string>
}

const root = join(import.meta.dirname, '../..')
const python = { PYTHONPATH: join(root, 'sdk/python/src') }
const phpSources = join(root, 'sdk/php/src')

export const languages: readonly Language[] = [
  { name: 'curl', skip: false, run: (sample) => run('bash', ['-c', sample]) },
  {
    name: 'JavaScript',
    skip: false,
    run: (sample, key) =>
      run(process.execPath, ['--input-type=module', '-e', sample], { cwd: root, env: { KEY: key } }),
  },
  {
    name: 'Python',
    skip:
      run('python3', ['-c', 'import comserv'], { env: python }).status !== 0 &&
      'python3 with the library in sdk/python, and what it needs, is not there',
    run: (sample, key) => run('python3', ['-c', sample], { env: { ...python, KEY: key } }),
  },
  {
    name: 'PHP',
    skip:
      (!existsSync(join(phpSources, 'Comserv.php')) || run('php', ['--version']).status !== 0) &&
      'php with the library in sdk/php is not there',
    run: (sample, key) => {
      const folder = mkdtempSync(join(tmpdir(), 'comserv-php-'))
      after(() => rmSync(folder, { recursive: true }))
      mkdirSync(join(folder, 'vendor'))
      writeFileSync(join(folder, 'vendor/autoload.php'), autoload)
      writeFileSync(join(folder, 'sample.php'), sample)
      return run('php', ['sample.php'], { cwd: folder, env: { KEY: key } })
    },
  },
]

/** What composer makes of the library's own `autoload`. */
const autoload = `<?php
spl_autoload_register(function (string $class): void {
    if (str_starts_with($class, 'Comserv\\\\')) require '${phpSources}/' . strtr(substr($class, 8), '\\\\', '/') . '.php';
});
`

function run(program: string, args: string[], { cwd, env }: { cwd?: string; env?: object } = {}) {
  return spawnSync(program, args, { encoding: 'utf8', cwd, env: { ...process.env, ...env } })
}
