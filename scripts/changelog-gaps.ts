import { type Contract, operationsOf } from './contract.ts'

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
