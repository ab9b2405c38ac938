import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { sql } from 'kysely'
import { dayMs } from '../src/lib/timestamps.ts'
import { startServer } from './harness.ts'
import { startMailServer } from './mail-server.ts'
import { makePerson } from './people.ts'

const to = mkdtempSync(join(tmpdir(), 'comserv-backups-'))
after(() => rmSync(to, { recursive: true }))
const mails = await startMailServer()
const server = await startServer({
  env: {
    COMSERV_BACKUP_TO: to,
    COMSERV_BACKUP_SCHEDULE: 'daily 03:00',
    COMSERV_SMTP_URL: `smtp://127.0.0.1:${mails.port}`,
    COMSERV_MAIL_FROM: 'platform@example.org',
  },
})
const beside = await startServer({ beside: server })
const admin = await makePerson(server, 'admin')
const { database } = server.context

/** Whether the programs of PostgreSQL are there, in the version of the server. */
async function dumps(): Promise<boolean> {
  if (database.dialect === 'sqlite') return true
  const { rows } = await sql<{ server_version_num: string }>`SHOW server_version_num`.execute(database.read)
  try {
    const said = execFileSync('pg_dump', ['--version'], { encoding: 'utf8' })
    return Number(/ (\d+)/.exec(said)?.[1]) >= Math.floor(Number(rows[0]?.server_version_num) / 10_000)
  } catch {
    return false
  }
}

test('processes that share a database make one backup, or tell administrators once why there is none', async () => {
  await Promise.all([server.runTask('make backups'), beside.runTask('make backups')])
  server.clock.advance(dayMs)
  await Promise.all([server.runTask('make backups'), beside.runTask('make backups')])
  for (const one of [server, beside]) await one.runTask('send alerts')
  await server.sendMail()
  const names = readdirSync(to).filter((name) => /\.(db|dump)$/.test(name))
  const told = mails.received.map((mail) => [mail.to, mail.headers.get('subject')])
  if (await dumps()) {
    assert.equal(names.length, 1)
    const content = readFileSync(join(to, names[0] ?? '')).toString('latin1')
    assert.ok(content.startsWith(database.dialect === 'sqlite' ? 'SQLite format' : 'PGDMP'))
    assert.deepEqual(told, [])
    return
  }
  assert.deepEqual(names, [])
  assert.deepEqual(told, [[admin.email, 'Backups of Comserv have been failing since 2026-01-16 08:30 UTC']])
  assert.match(mails.received[0]?.text ?? '', /pg_dump (is not there|failed: .*version)/)
})
