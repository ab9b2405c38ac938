import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fuzz, printed } from './fuzz/fuzz.ts'
import { seedFrom } from './fuzz/random.ts'
import { startServer } from './harness.ts'
import { assertTracesWhole } from './traces.ts'

const requests = 6_000
/** The same requests at every run, so that a failure is the change's; `npm run test:fuzz` looks for new ones without end. */
const usualSeed = 7
/** Mail is written, and sent to nowhere. */
const server = await startServer({
  env: { COMSERV_SMTP_URL: 'smtp://127.0.0.1:9', COMSERV_MAIL_FROM: 'comserv@example.org' },
})

test('every response matches the contract, and every change leaves its event and audit row', async (t) => {
  const seed = seedFrom('COMSERV_FUZZ_SEED', usualSeed)
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
