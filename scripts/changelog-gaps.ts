import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Contract, currentContract, operationsOf } from './contract.ts'

/**
 * What the changelog keeps silent about: every deprecated call has to stand in it as `METHOD /path`.
 * A person writes the line, because only a person can say what to do about it; this makes sure that somebody did.
 * @returns one sentence for each call that is missing
 */
export function changelogGaps(contract: Contract, changelog: string): string[] {
  return operationsOf(contract)
    .filter(({ operation, name }) => operation.deprecated === true && !changelog.includes(`\`${name}\``))
    .map(({ name }) => `CHANGELOG.md does not say that \`${name}\` is deprecated.`)
}

if (import.meta.main) {
  const changelog = readFileSync(join(import.meta.dirname, '..', 'CHANGELOG.md'), 'utf8')
  const gaps = changelogGaps(await currentContract(), changelog)
  for (const gap of gaps) process.stderr.write(`${gap}\n`)
  if (gaps.length > 0) process.exitCode = 1
}
