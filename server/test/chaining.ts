import { countUnchained } from '../src/audit/chain-store.ts'
import type { TestServer } from './harness.ts'
import { until } from './until.ts'

/**
 * Chains all rows of the audit log. On PostgreSQL a row waits for the end of every transaction that began before it,
 * also of another test's.
 */
export async function chainAll(server: TestServer): Promise<void> {
  await until('the end of the chain', async () => {
    await server.runTask('chain the audit log')
    const { rows } = await countUnchained(server.context.database.read)
    return rows === 0 || undefined
  })
}
