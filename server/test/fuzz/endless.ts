import { startServer } from '../harness.ts'
import { fuzz, printed } from './fuzz.ts'
import { seedFrom } from './random.ts'

/** `npm run test:fuzz`: one seed after the other, each on a database of its own, until Ctrl-C. */
const requestsPerSeed = 5_000

for (let seed = seedFrom('COMSERV_FUZZ_SEED'); ; seed = (seed + 1) % 2 ** 32) {
  const server = await startServer()
  const { findings } = await fuzz(server, seed, requestsPerSeed)
  process.stdout.write(`seed ${seed}: ${requestsPerSeed} requests, ${findings.length} findings\n`)
  if (findings.length > 0) process.stdout.write(`${printed(findings)}\n`)
  await server.stop()
}
