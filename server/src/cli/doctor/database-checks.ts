import { missedSince, type Standing } from '../../backups/backups.ts'
import type { BackupsConfig } from '../../config/backups.ts'
import type { Config } from '../../config/decide.ts'
import { connectionsWanted, versionMin } from '../../db/await-database.ts'
import { knownMigrations } from '../../db/migrate.ts'
import { dayMs, fromTimestamp, minuteMs, secondMs, toWholeSeconds } from '../../lib/timestamps.ts'
import { keyIdOf } from '../../lib/vault.ts'
import { type Check, type Found, ok, problem, warning } from './finding.ts'
import type { Opened, Reader } from './reader.ts'

const skewWarnedMs = 2 * secondMs
const skewMaxMs = minuteMs
/** As the mail that warns of an old backup. */
const backupAgeMaxMs = 25 * 60 * minuteMs
const shareInUseMax = 0.9

/** Runs a part that needs the database: without one there is nothing to find. */
export function withDatabase(
  opened: Promise<Opened>,
  work: (reader: Reader) => Promise<Found | readonly Found[]>,
): Check['run'] {
  return async () => {
    const result = await opened
    if (result.is === 'open') return work(result.reader)
    if (result.is === 'new') return []
    return warning(
      'Not checked: the database cannot be read.',
      'Fix the database first, and run the command again.',
    )
  }
}

export function databaseChecks(config: Config, opened: Promise<Opened>): Check[] {
  const check = (name: string, work: (reader: Reader) => Promise<Found | readonly Found[]>): Check => ({
    name,
    run: withDatabase(opened, work),
  })
  return [
    { name: 'database', run: async () => reachable(await opened) },
    check('migrations', migrations),
    check('secret key', (reader) => secretKey(reader, config)),
    ...(config.database.kind === 'postgres' ? [check('connections', connections)] : []),
    check('clock', clock),
    check('backup', (reader) => backup(reader, config)),
  ]
}

async function reachable(opened: Opened): Promise<Found> {
  if (opened.is === 'failed')
    return problem(opened.reason, 'The server cannot start or serve until this is fixed.')
  if (opened.is === 'new') return ok('There is no database yet; the first start of the server makes it.')
  const { reader } = opened
  if (reader.kind === 'sqlite') {
    const [row] = await reader.rows<{ version: string }>('SELECT sqlite_version() AS version')
    return ok(`The embedded database can be read (SQLite ${row?.version}).`)
  }
  const [row] = await reader.rows<{ version: string; number: number; encoding: string; read_only: boolean }>(
    `SELECT current_setting('server_version') AS version, current_setting('server_version_num')::int AS number,
       (SELECT pg_encoding_to_char(encoding) FROM pg_database WHERE datname = current_database()) AS encoding,
       pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on' AS read_only`,
  )
  return postgresServer(row ?? { version: '', number: 0, encoding: '', read_only: false })
}

/** Judges what PostgreSQL says of itself. */
export function postgresServer(row: {
  version: string
  number: number
  encoding: string
  read_only: boolean
}): Found {
  if (row.number < versionMin)
    return problem(`PostgreSQL ${row.version} is too old.`, 'Use PostgreSQL 15 or later.')
  if (row.encoding !== 'UTF8')
    return problem(
      `The database has the encoding ${row.encoding}, which cannot hold every character.`,
      "Create one with UTF8: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0, and name it in DATABASE_URL.",
    )
  if (row.read_only)
    return problem(
      'PostgreSQL is read-only: a standby, or default_transaction_read_only is on.',
      'Name the primary server in DATABASE_URL.',
    )
  return ok(`PostgreSQL ${row.version} can be reached.`)
}

async function migrations(reader: Reader): Promise<Found> {
  const hasTable =
    reader.kind === 'sqlite'
      ? "SELECT name FROM sqlite_schema WHERE type = 'table' AND name = 'migrations'"
      : "SELECT to_regclass('migrations')::text AS name WHERE to_regclass('migrations') IS NOT NULL"
  if ((await reader.rows(hasTable)).length === 0)
    return warning('The database has no tables yet.', 'Run `comserv migrate`, or start the server.')
  const done = (await reader.rows<{ name: string }>('SELECT name FROM migrations')).map(({ name }) => name)
  const newer = done.filter((name) => !knownMigrations.includes(name)).sort()
  if (newer.length > 0)
    return problem(
      `The tables are those of a newer version of Comserv (${newer.at(-1)}).`,
      'Start that version, or restore a backup that this one made.',
    )
  const pending = knownMigrations.filter((name) => !done.includes(name))
  return pending.length === 0
    ? ok('The tables are up to date.')
    : warning(
        `${pending.length} of ${knownMigrations.length} migrations are pending, from ${pending[0]}.`,
        'Make a backup, and run `comserv migrate`, or restart the server.',
      )
}

async function secretKey(reader: Reader, { secretKey: key, previousSecretKey }: Config): Promise<Found[]> {
  const rows = await reader
    .rows<{ key_id: string; rotating_from: string | null }>(
      'SELECT key_id, rotating_from FROM secret_key_state',
    )
    // Before its migration there is no such table, which another check says.
    .catch(() => [])
  const [state] = rows
  if (!state) return []
  const known = [key, previousSecretKey].filter((one) => one !== undefined).map(keyIdOf)
  if (!known.includes(state.key_id))
    return [
      problem(
        `The secret key is not the one of the database, whose id is ${state.key_id}.`,
        'Set COMSERV_SECRET_KEY to the key that was in use, or put the file secret-key back into the data folder.',
      ),
    ]
  return state.rotating_from === null
    ? [ok('The secret key is the one of the database.')]
    : [
        warning(
          'The secret key is being rotated.',
          'Run `comserv keys rotate-master` until it says that it has finished.',
        ),
      ]
}

async function connections(reader: Reader): Promise<Found> {
  const [row] = await reader.rows<{ allowed: number; used: number }>(
    `SELECT least(
       current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int,
       nullif(datconnlimit, -1), nullif(rolconnlimit, -1)) AS allowed,
       (SELECT count(*)::int FROM pg_stat_activity WHERE backend_type = 'client backend') AS used
     FROM pg_database, pg_roles WHERE datname = current_database() AND rolname = current_user`,
  )
  const found = await reader
    .rows<{ seen: number }>(
      `SELECT count(*)::int AS seen FROM processes WHERE seen_at::timestamptz > now() - interval '10 seconds'`,
    )
    .catch(() => [{ seen: 0 }])
  return connectionRoom({ allowed: row?.allowed ?? 0, used: row?.used ?? 0, processes: found[0]?.seen ?? 0 })
}

/** Judges whether all processes get the connections that they use under load. */
export function connectionRoom({
  allowed,
  used,
  processes,
}: {
  allowed: number
  used: number
  processes: number
}): Found {
  const wanted = connectionsWanted * Math.max(1, processes)
  const advice = `Raise max_connections of PostgreSQL, or the CONNECTION LIMIT of the role or database: each process uses up to ${connectionsWanted}.`
  if (used >= allowed) return problem(`All ${allowed} connections that PostgreSQL allows are in use.`, advice)
  if (wanted > allowed)
    return warning(
      `PostgreSQL allows ${allowed} connections, and ${Math.max(1, processes) === 1 ? 'a process uses' : `${processes} processes use`} up to ${wanted} under load.`,
      advice,
    )
  if (used >= allowed * shareInUseMax)
    return warning(`${used} of the ${allowed} connections that PostgreSQL allows are in use.`, advice)
  return ok(`${used} of the ${allowed} connections that PostgreSQL allows are in use.`)
}

async function clock(reader: Reader): Promise<Found> {
  if (reader.kind === 'postgres') {
    const beganMs = Date.now()
    const [row] = await reader.rows<{ ms: number }>(
      'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS ms',
    )
    const tookMs = Date.now() - beganMs
    const skewMs = Math.abs(Number(row?.ms) - (beganMs + tookMs / 2)) - tookMs / 2
    return clockSkew(Math.max(0, skewMs))
  }
  const [row] = await reader
    .rows<{ occurred_at: string }>('SELECT occurred_at FROM audit_log ORDER BY id DESC LIMIT 1')
    .catch(() => [])
  const aheadMs = row ? fromTimestamp(row.occurred_at) - Date.now() : 0
  return aheadMs > skewMaxMs
    ? problem(
        `The newest row of the audit log is from ${row?.occurred_at}, which is in the future: the clock was wrong then, or is wrong now.`,
        'Set the clock of this machine, and keep it synchronized (NTP).',
      )
    : ok('The clock of this machine is not behind what the database has recorded.')
}

/** Judges the difference between the clock of this machine and that of PostgreSQL. */
export function clockSkew(ms: number): Found {
  const text = `The clock of this machine and that of PostgreSQL differ by ${(ms / secondMs).toFixed(1)} s.`
  const advice = 'Synchronize the clocks of both machines (NTP): tokens and signatures depend on them.'
  if (ms > skewMaxMs) return problem(text, advice)
  return ms > skewWarnedMs ? warning(text, advice) : ok(text)
}

async function backup(reader: Reader, { backups }: Config): Promise<Found> {
  if (backups?.cron) {
    const rows = await reader.rows<Standing>('SELECT * FROM backup_state').catch(() => [])
    return scheduledBackup(backups, rows[0], Date.now())
  }
  const [last] = await reader
    .rows<{ occurred_at: string }>(
      "SELECT occurred_at FROM audit_log WHERE action = 'backup.create' ORDER BY occurred_at DESC, id DESC LIMIT 1",
    )
    .catch(() => [])
  return backupAge(reader.kind, last && Date.now() - fromTimestamp(last.occurred_at))
}

/** Judges backups that the server makes by itself. */
export function scheduledBackup(
  backups: Pick<BackupsConfig, 'cron'>,
  standing: Standing | undefined,
  nowMs: number,
): Found {
  if (!standing)
    return warning(
      'Backups have a schedule, and no server has run with it yet.',
      'Start the server with COMSERV_BACKUP_SCHEDULE, or run `comserv backups run`.',
    )
  const { failing_since, last_error, last_made_at } = standing
  if (failing_since !== null)
    return problem(
      `Backups have been failing since ${toWholeSeconds(failing_since)}: ${last_error}`,
      'Fix this, and try it with `comserv backups run`.',
    )
  const since = missedSince(backups, standing, nowMs)
  if (since !== undefined)
    return problem(
      `The schedule should have made a backup, and the last one is of ${last_made_at === null ? 'never' : toWholeSeconds(since)}.`,
      'See whether a server or worker runs with COMSERV_BACKUP_SCHEDULE, or run `comserv backups run`.',
    )
  return ok(
    last_made_at === null
      ? 'The first backup of the schedule is not due yet.'
      : `The last backup was made and verified at ${toWholeSeconds(last_made_at)}.`,
  )
}

/** @param ageMs undefined where none was recorded */
export function backupAge(kind: Reader['kind'], ageMs: number | undefined): Found {
  const advice =
    'Run `comserv backup` at least once a day, and keep the secret key elsewhere (docs/guides/backup.md).'
  if (ageMs === undefined) {
    return kind === 'postgres'
      ? ok('PostgreSQL is backed up with its own tools, so the age of the last backup is not known here.')
      : warning('No backup has been made with `comserv backup`.', advice)
  }
  const hours = Math.floor(ageMs / (60 * minuteMs))
  const text = `The last backup is ${ageMs < 2 * dayMs ? `${hours} hours` : `${Math.floor(ageMs / dayMs)} days`} old.`
  return ageMs > backupAgeMaxMs ? warning(text, advice) : ok(text)
}
