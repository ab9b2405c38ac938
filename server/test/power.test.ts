import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { parseArgs } from 'node:util'
import { Random, seedFrom } from './fuzz/random.ts'
import { Disk } from './power/disk.ts'
import { RecordedServer, whyNot } from './power/recorded-server.ts'
import { assertSurvived } from './power/survived.ts'
import { readTrace, type Traced } from './power/trace.ts'
import { type Acknowledged, Workload } from './power/workload.ts'
import { startReceiver } from './receiver.ts'
import { until } from './until.ts'

// The embedded database in every run: what PostgreSQL writes to a disk is its own affair.
const { values } = parseArgs({ options: { states: { type: 'string', default: '500' } }, strict: false })
const states = Number(values.states)
const seed = seedFrom('COMSERV_POWER_SEED')
const reason = whyNot()
const skip = reason === undefined ? false : `power cuts: ${reason}`
// In memory where that is possible: thousands of states are written, and synced by whoever opens them.
const root = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'comserv-power-'))
after(() => rmSync(root, { recursive: true, force: true }))

async function record(name: string, work: (server: RecordedServer, workload: Workload) => Promise<void>) {
  const folder = join(root, name)
  mkdirSync(folder)
  const receiver = await startReceiver()
  const server = await RecordedServer.start(folder)
  try {
    const workload = new Workload(server)
    await workload.subscribe(receiver.url)
    await work(server, workload)
    assert.equal(await server.stop(), 0)
    return { operations: readTrace(server.trace), acknowledged: workload.acknowledged }
  } finally {
    await server.stop()
  }
}

/** Cuts the power so many times, at moments of the whole run, and looks at what is left. */
async function assertSurvivesCuts(
  operations: readonly Traced[],
  acknowledged: readonly Acknowledged[],
  cuts: number,
): Promise<void> {
  const random = new Random(seed)
  const moments = Array.from({ length: cuts }, () => random.between(1, operations.length)).sort(
    (a, b) => a - b,
  )
  const disk = new Disk(random)
  let done = 0
  for (const [cut, moment] of moments.entries()) {
    for (const operation of operations.slice(done, moment)) disk.apply(operation)
    done = moment
    const dataDir = join(root, 'left')
    mkdirSync(dataDir)
    disk.writeState(dataDir)
    const at = operations[moment - 1]?.end ?? 0
    const before = acknowledged.filter((one) => one.at <= at)
    try {
      await assertSurvived(dataDir, before)
    } catch (error) {
      const where = `cut ${cut + 1} of ${cuts}, after operation ${moment} of ${operations.length}, ${before.length} changes acknowledged, seed ${seed}`
      throw new Error(`${where}: ${(error as Error).message}`, { cause: error })
    }
    rmSync(dataDir, { recursive: true })
  }
}

test(`nothing that was acknowledged is lost in ${states} power cuts`, { skip }, async (t) => {
  const { operations, acknowledged } = await record('run', async (_, workload) => workload.run(20))
  const of = (kind: string) => operations.filter((one) => one.kind === kind).length
  t.diagnostic(`seed ${seed}: ${acknowledged.length} changes, ${of('write')} writes, ${of('sync')} syncs`)
  assert.ok(
    operations.some((one) => one.kind === 'write' && one.name === 'comserv.db'),
    'nothing was moved from the log to the database',
  )
  await assertSurvivesCuts(operations, acknowledged, states)
})

for (const [what, name] of [
  ['sync', 'a sync that fails'],
  ['write', 'a disk that is full'],
] as const) {
  test(`${name} acknowledges nothing, is told as 503, and passes; nothing is lost by power cuts around it`, {
    skip,
  }, async () => {
    const { operations, acknowledged } = await record(what, async (server, workload) => {
      const ready = async () => (await fetch(`${server.url}/health/ready`)).status
      await workload.run(3)
      server.fail(what)
      const { status, retryAfter } = await workload.tryOne()
      assert.equal(status, 503)
      assert.match(retryAfter ?? '', /^\d+$/)
      assert.equal(await ready(), 503)
      assert.equal((await fetch(`${server.url}/health/live`)).status, 200)
      server.recover()
      await until('readiness', async () => (await ready()) === 200 || undefined)
      await workload.run(3)
    })
    await assertSurvivesCuts(operations, acknowledged, Math.ceil(states / 5))
  })
}
