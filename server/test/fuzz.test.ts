import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fuzz, printed } from './fuzz/fuzz.ts'
import { seedFrom } from './fuzz/random.ts'
import { startServer } from './harness.ts'
import { assertTracesWhole } from './traces.ts'

const requests = 5_000
const server = await startServer()

test('every answer to any request is one that the contract promises, and every change leaves its traces', async (t) => {
  const seed = seedFrom('COMSERV_FUZZ_SEED')
  const { byStatus, neverSucceeded, findings } = await fuzz(server, seed, requests)
  t.diagnostic(
    `seed ${seed}: ${[...byStatus]
      .sort()
      .map(([status, times]) => `${times} × ${status}`)
      .join(', ')}`,
  )
  const again = `COMSERV_FUZZ_SEED=${seed} sends the same requests again`
  assert.equal(findings.length, 0, `${again}\n${printed(findings)}`)
  assert.deepEqual(neverSucceeded, [], again)
  await assertTracesWhole(server.context.database)
})
