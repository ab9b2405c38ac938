import { type Contract, operationsOf } from './contract.ts'

/**
 * Finds deprecated operations that the changelog does not mention as `METHOD /path`. A person writes the line, because
 * only a person can say what to do; this check makes sure that somebody did.
 * @returns one sentence for each missing operation
 */
export function changelogGaps(contract: Contract, changelog: string): string[] {
  return operationsOf(contract)
    .filter(({ operation, name }) => operation.deprecated === true && !changelog.includes(`\`${name}\``))
    .map(({ name }) => `CHANGELOG.md does not say that \`${name}\` is deprecated.`)
}
