import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { sql } from 'kysely'
import { closeContext, createContext } from '../server/src/app.ts'
import { auditChaining } from '../server/src/audit/chain.ts'
import { decideConfig } from '../server/src/config/decide.ts'
import { createLog } from '../server/src/lib/log.ts'
import { main } from '../server/test/serving.ts'
import { type Figure, printTable, recordResults } from './report.ts'
import { residentMegabytes } from './server-process.ts'

/** `npm run bench:audit`: what it takes to chain and to verify an audit log of a million rows. */
const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '1' },
    'no-record': { type: 'boolean' },
  },
})
const rows = Number(values.rows)
const rounds = Number(values.rounds)
const rowsPerTransaction = 20_000
const before = JSON.stringify({ title: 'What was decided', status: 'draft', version: 1 })
const after = JSON.stringify({ title: 'What was decided, and why', status: 'published', version: 2 })

const folder = mkdtempSync(join(tmpdir(), 'comserv-bench-audit-'))
try {
  const chainingMs = await fill()
  const runs = []
  for (let round = 0; round < rounds; round++) runs.push(await verify())
  const figures: Figure[] = [
    { name: 'chaining, for each 1,000 rows', unit: 'ms', samples: [(chainingMs * 1_000) / rows] },
    { name: 'audit verify', unit: 'ms', samples: runs.map(({ ms }) => ms) },
    { name: 'audit verify, most memory', unit: 'MB', atMost: 200, samples: runs.map(({ mb }) => mb) },
  ]
  printTable(figures)
  if (!values['no-record']) recordResults(figures, { rows, rounds }, 'audit')
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** @returns how long it took to chain the rows */
async function fill(): Promise<number> {
  const context = await createContext(decideConfig({ COMSERV_DATA_DIR: folder }), createLog('warn'))
  try {
    for (let left = rows; left > 0; left -= rowsPerTransaction)
      await context.database.write(async ({ db }) => {
        await sql`
          with recursive n(i) as (select 1 union all select i + 1 from n where i < ${Math.min(left, rowsPerTransaction)})
          insert into audit_log (occurred_at, actor_type, actor_id, actor_name, action, target_type, target_id, ip,
            request_id, before, after)
          select '2026-01-01T00:00:00Z', 'credential', 1, 'bench', 'document.update', 'document', i, '127.0.0.1',
            'req_' || i, ${before}, ${after} from n
        `.execute(db)
      })
    const startMs = performance.now()
    await auditChaining(context).run()
    return performance.now() - startMs
  } finally {
    await closeContext(context)
  }
}

async function verify(): Promise<{ ms: number; mb: number }> {
  const startMs = performance.now()
  const child = spawn(process.execPath, [main, 'audit', 'verify'], {
    env: { ...process.env, COMSERV_DATA_DIR: folder },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  let mb = 0
  const ended = once(child, 'exit')
  while (child.exitCode === null) {
    mb = Math.max(mb, residentMegabytes(child.pid ?? 0) || 0)
    await pause(50)
  }
  const [code] = await ended
  if (code !== 0) throw new Error(`audit verify ended with ${code}`)
  return { ms: performance.now() - startMs, mb }
}
