import { type SpawnSyncReturns, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { phpLack } from '../../scripts/php.ts'
import { pythonOfClient } from '../../scripts/python-environment.ts'

interface Language {
  name: 'curl' | 'JavaScript' | 'Python' | 'PHP'
  /** Why it cannot run here. */
  skip: string | false
  /** A program as it is shown, with the key where it looks for it. */
  run(sample: string, key: string): SpawnSyncReturns<string>
}

const root = join(import.meta.dirname, '../..')

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
      !existsSync(pythonOfClient) &&
      'the packages of the Python client are not installed; node scripts/python-environment.ts installs them',
    run: (sample, key) =>
      run(pythonOfClient, ['-c', sample], { env: { PYTHONPATH: join(root, 'sdk/python/src'), KEY: key } }),
  },
  {
    name: 'PHP',
    skip: phpLack() ?? false,
    run: (sample, key) => {
      const folder = mkdtempSync(join(tmpdir(), 'comserv-php-'))
      after(() => rmSync(folder, { recursive: true }))
      mkdirSync(join(folder, 'vendor'))
      const autoload = join(root, 'sdk/php/tests/autoload.php')
      writeFileSync(join(folder, 'vendor/autoload.php'), `<?php require '${autoload}';`)
      writeFileSync(join(folder, 'sample.php'), sample)
      return run('php', ['sample.php'], { cwd: folder, env: { KEY: key } })
    },
  },
]

function run(program: string, args: string[], { cwd, env }: { cwd?: string; env?: object } = {}) {
  return spawnSync(program, args, { encoding: 'utf8', cwd, env: { ...process.env, ...env } })
}
