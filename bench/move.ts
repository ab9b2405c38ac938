import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { startPostgres } from '../scripts/postgres.ts'
import { createContext } from '../server/src/app.ts'
import { decideConfig } from '../server/src/config/decide.ts'
import { createLog } from '../server/src/lib/log.ts'
import { type Figure, printTable, recordResults } from './report.ts'
import { seed } from './seed.ts'

/**
 * `npm run bench:move`: fills the embedded database with documents, and for each a revision, an event, a delivery with its
 * attempt, a row of the audit log and a request; moves all of it to PostgreSQL and back, killed in the middle of the
 * documents, of the indexes and of the comparison, and says how long it took and how much memory. The move itself compares
 * every table; the last line of this is that it did.
 */
const { values } = parseArgs({
  options: { documents: { type: 'string', default: '1000000' }, 'no-record': { type: 'boolean' } },
})
const documents = Number(values.documents)
const main = join(import.meta.dirname, '../server/src/main.mjs')
const folder = mkdtempSync(join(tmpdir(), 'comserv-bench-move-'))
const { PATH = '', HOME = '' } = process.env

/** One row of each for every document, in the tables as the server would have filled them. */
const fillings = [
  `INSERT INTO webhooks (url, description, events, concurrency, status, owner_id, created_at, updated_at, version)
   SELECT 'https://receiver.example/', '', 'document.*', 1, 'paused', min(id), '2026-01-15T08:30:00Z', '2026-01-15T08:30:00Z', 1 FROM users`,
  `INSERT INTO document_revisions (document_id, version, title, category, status, content_type, author_id, created_at, content)
   SELECT id, 1000, title, category, status, content_type, author_id, created_at, content FROM documents`,
  `INSERT INTO events (type, occurred_at, resource_type, resource_id, body)
   SELECT 'document.created', created_at, 'document', id, json_object('event', 'document.created', 'data', json_object('id', id, 'title', title)) FROM documents`,
  `INSERT INTO deliveries (webhook_id, event_id, event_type, generation, status, attempts, created_at, last_attempt_at, finished_at)
   SELECT 1, id, type, 1, 'delivered', 1, occurred_at, occurred_at, occurred_at FROM events`,
  `INSERT INTO delivery_attempts (delivery_id, number, started_at, duration_ms, outcome, response_status, response_body)
   SELECT id, 1, created_at, 12, 'succeeded', 204, '' FROM deliveries`,
  `INSERT INTO audit_log (occurred_at, actor_type, actor_id, actor_name, action, target_type, target_id, after)
   SELECT created_at, 'user', author_id, 'author', 'document.create', 'document', id, json_object('title', title) FROM documents`,
  `INSERT INTO requests (occurred_at, user_id, credential_id, method, route, status, duration_ms, request_id)
   SELECT created_at, author_id, 1, 'POST', '/api/v1/documents', 201, 1.5, 'r' || id FROM documents`,
]

const embedded = (dataDir: string) => ({ COMSERV_DATA_DIR: dataDir })

interface Run {
  seconds: number
  megabytes: number
}

/** @param killedAt what standard error says when it is ended (SIGKILL), and for how long it goes on after that */
async function move(env: Record<string, string>, to: string, killedAt?: [RegExp, number]): Promise<Run> {
  const beganMs = performance.now()
  const child = spawn(process.execPath, [main, 'move', '--to', to], { env: { PATH, HOME, ...env } })
  let told = ''
  let megabytes = 0
  const seen = new Promise<void>((resolve) => {
    child.stderr.on('data', (part: Buffer) => {
      told += part.toString()
      if (killedAt?.[0].test(told)) resolve()
    })
  })
  child.stdout.resume()
  const watched = setInterval(() => {
    megabytes = Math.max(megabytes, peakMegabytes(child.pid) ?? 0)
  }, 200)
  const ended = once(child, 'close')
  if (killedAt) {
    await Promise.race([seen, ended])
    await pause(killedAt[1])
    child.kill('SIGKILL')
  }
  const [code] = await ended
  clearInterval(watched)
  if (!killedAt && code !== 0) throw new Error(told)
  return { seconds: (performance.now() - beganMs) / 1_000, megabytes }
}

function peakMegabytes(pid: number | undefined): number | undefined {
  try {
    const kilobytes = /VmHWM:\s*(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return kilobytes === undefined ? undefined : Math.ceil(Number(kilobytes) / 1_024)
  } catch {
    return undefined
  }
}

/** Three kills, then to the end. The time is that of all four. */
async function interrupted(env: Record<string, string>, to: string): Promise<Run> {
  const runs = [
    await move(env, to, [/Copying: document_revisions: /, 500]),
    await move(env, to, [/Building indexes …/, 500]),
    await move(env, to, [/Comparing: document_revisions: /, 0]),
    await move(env, to),
  ]
  return {
    seconds: runs.reduce((sum, run) => sum + run.seconds, 0),
    megabytes: Math.max(...runs.map((run) => run.megabytes)),
  }
}

const postgres = await startPostgres()
try {
  const source = join(folder, 'source')
  await seed(await createContext(decideConfig(embedded(source)), createLog('warn')), documents)
  const database = new DatabaseSync(join(source, 'comserv.db'))
  for (const filling of fillings) database.exec(filling)
  database.close()
  const there = {
    DATABASE_URL: postgres.url,
    COMSERV_SECRET_KEY: readFileSync(join(source, 'secret-key'), 'utf8').trim(),
    COMSERV_DATA_DIR: join(folder, 'nothing'),
  }
  const toPostgres = await interrupted(embedded(source), postgres.url)
  const toFolder = await interrupted(there, join(folder, 'back'))
  const figure = (name: string, { seconds, megabytes }: Run): Figure[] => [
    { name: `${name}, with three kills`, unit: 'ms', samples: [Math.round(seconds * 1_000)] },
    { name: `${name}: memory at most`, unit: 'MB', atMost: 512, samples: [megabytes] },
  ]
  const size = `${documents.toLocaleString('en')} documents and ${(documents * 6).toLocaleString('en')} other rows`
  const figures = [
    ...figure(`${size} to PostgreSQL`, toPostgres),
    ...figure('the same back to a folder', toFolder),
  ]
  printTable(figures)
  if (!values['no-record']) recordResults(figures, { documents, kills: 6 }, 'move')
} finally {
  await postgres.stop()
  rmSync(folder, { recursive: true, force: true })
}
