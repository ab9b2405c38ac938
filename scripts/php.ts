import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** Requirements for testing and checking the PHP client, as `.ci/run` installs them. */
export const magoVersion = '1.29.0'

const install = 'apt-get install php-cli php-curl php-mbstring php-xml phpunit composer php-guzzlehttp-guzzle'

/** @returns why the PHP client cannot run here, with a remedy; undefined when it can */
export function phpLack(...more: readonly string[]): string | undefined {
  const names = ['curl', ...more].map((name) => `'${name}'`).join(', ')
  const asked = `foreach ([${names}] as $name) extension_loaded($name) || print("$name ");`
  const { status, stdout } = spawnSync('php', ['-r', asked], { encoding: 'utf8' })
  if (status !== 0) return `there is no php; ${install}`
  return stdout === '' ? undefined : `php lacks extensions: ${stdout.trim()}; ${install}`
}

/** @returns why the tests of the PHP client cannot run here, with a remedy; undefined when they can */
export function phpSkipReason(): string | undefined {
  const lack = phpLack('mbstring', 'dom', 'xmlwriter', 'pcntl')
  if (lack !== undefined) return lack
  const missing = ['phpunit', 'composer'].find((program) => !isThere(program))
  if (missing !== undefined) return `there is no ${missing}; ${install}`
  const guzzle = spawnSync('php', ['-r', "require 'GuzzleHttp/autoload.php';"])
  return guzzle.status === 0 ? undefined : `there is no Guzzle; ${install}`
}

/** The static analyser of the PHP client, in the version that its settings are for; undefined if not installed. */
export function mago(): string | undefined {
  const installed = join(homedir(), '.cargo/bin/mago')
  const program = existsSync(installed) ? installed : 'mago'
  const { status, stdout } = spawnSync(program, ['--version'], { encoding: 'utf8' })
  return status === 0 && stdout.trim() === `mago ${magoVersion}` ? program : undefined
}

export function isThere(program: string): boolean {
  return spawnSync(program, ['--version']).status === 0
}
