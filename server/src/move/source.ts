import { setTimeout as pause } from 'node:timers/promises'
import { sql } from 'kysely'
import { chainRest } from '../audit/chain.ts'
import type { Config } from '../config/decide.ts'
import { DatabaseUnavailable } from '../db/failure.ts'
import { knownMigrations } from '../db/migrate.ts'
import { findMarks, type Mark, readMarks } from '../db/moves.ts'
import { openPostgres } from '../db/postgres.ts'
import { deadAfterMs } from '../db/processes.ts'
import { extensions } from '../extension/loaded.ts'
import { CommandError } from '../lib/command-error.ts'
import { createLog } from '../lib/log.ts'
import { toTimestamp } from '../lib/timestamps.ts'
import { keyIdOf } from '../lib/vault.ts'
import type { Side, Source, Table } from './side.ts'

/** @throws CommandError when its tables are not those of this version, or its secret key is not the one of the settings */
export async function requireCurrent(source: Source, config: Config): Promise<void> {
  const tables = await source.tables()
  if (!tables.some(({ name }) => name === 'migrations'))
    throw new CommandError(`There is no data of Comserv in ${source.place}.`)
  const applied = (await source.query('SELECT name FROM migrations ORDER BY name')).map(({ name }) =>
    String(name),
  )
  const newer = applied.find((name) => !knownMigrations.includes(name))
  if (newer !== undefined)
    throw new CommandError(
      `The tables of ${source.place} are those of a newer version of Comserv (${newer}). Move them with that version.`,
    )
  const missing = knownMigrations.filter((name) => !applied.includes(name))
  const rebuilds = missing.length === 0 ? await source.count('search_rebuilds') : 0
  if (missing.length > 0 || rebuilds > 0)
    throw new CommandError(
      `The tables of ${source.place} are those of an earlier version of Comserv: run \`comserv migrate\` first, without --to.`,
    )
  await requireExtensions(source)
  await requireKey(source, config)
}

async function requireExtensions(source: Source): Promise<void> {
  const rows = await source.query('SELECT extension, name FROM extension_migrations ORDER BY extension, name')
  const applied = rows.map(({ extension, name }) => `${extension} ${name}`)
  const known = extensions.flatMap(({ name, migrations = {} }) =>
    Object.keys(migrations).map((step) => `${name} ${step}`),
  )
  const unknown = applied.filter((step) => !known.includes(step))
  if (unknown.length > 0)
    throw new CommandError(
      `The tables of extensions are moved, too, and these steps belong to none that is loaded: ${unknown.join(', ')}. Set COMSERV_EXTENSIONS_DIR as the server has it.`,
    )
  const missing = known.filter((step) => !applied.includes(step))
  if (missing.length > 0)
    throw new CommandError(
      `The tables of extensions are not up to date (${missing.join(', ')}): start the server once with them, and stop it.`,
    )
}

/** A target whose key is another one would issue no token and send no event. */
async function requireKey(source: Source, { secretKey }: Config): Promise<void> {
  const [state] = await source.query('SELECT key_id, rotating_from FROM secret_key_state')
  if (!state) return
  if (state.rotating_from !== null)
    throw new CommandError('The secret key is being rotated: finish `comserv keys rotate-master` first.')
  if (secretKey !== undefined && keyIdOf(secretKey) === state.key_id) return
  throw new CommandError(
    `${secretKey === undefined ? 'The secret key of the database is missing' : 'The current secret key is not the one of the database'}: set COMSERV_SECRET_KEY to the one with the id ${state.key_id}${source.dialect === 'sqlite' ? ', or put the file secret-key back into the data folder' : ''}.`,
  )
}

/** PostgreSQL stores no NUL, which the API refuses everywhere; other programs may have written one. */
export async function requireNoNul(source: Source, tables: readonly Table[]): Promise<void> {
  if (source.dialect !== 'sqlite') return
  for (const { name, columns, key } of tables) {
    const texts = columns.filter(({ kind }) => kind === 'text')
    if (texts.length === 0) continue
    const holds = texts.map((column) => `instr("${column.name}", char(0)) > 0`)
    const [row] = await source.query(`SELECT * FROM "${name}" WHERE ${holds.join(' OR ')} LIMIT 1`)
    if (!row) continue
    const column = texts.find((text) => String(row[text.name]).includes('\0'))?.name
    throw new CommandError(
      `The column ${column} of the table ${name} holds a NUL character, which PostgreSQL does not store, in the row with ${key.map((each) => `${each} ${row[each]}`).join(', ')}. Remove it first.`,
    )
  }
}

/** @throws CommandError while a process of the source says that it works */
export async function requireNoServer(source: Source): Promise<void> {
  if (source.dialect === 'sqlite') return
  const seen = new Map<string, unknown>()
  for (;;) {
    const rows = await source.query(
      `SELECT id, public_url, seen_at FROM processes WHERE seen_at >= to_char((clock_timestamp() - $1::float8 * interval '1 ms') AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`,
      [deadAfterMs],
    )
    if (rows.length === 0) return
    const alive = rows.find(({ id, seen_at }) => seen.has(String(id)) && seen.get(String(id)) !== seen_at)
    if (alive)
      throw new CommandError(
        `A server works with ${source.place} (${alive.public_url}): stop all processes first. What they wrote during a move would be lost.`,
      )
    for (const { id, seen_at } of rows) if (!seen.has(String(id))) seen.set(String(id), seen_at)
    await pause(deadAfterMs / 10)
  }
}

export async function marksOf(side: Side): Promise<Mark[]> {
  const [row] = await side.query(findMarks(side.dialect))
  return Number(row?.found) === 0 ? [] : side.query<Mark>(readMarks)
}

export async function markOf(side: Side, which: Mark['side']): Promise<Mark | undefined> {
  return (await marksOf(side)).find((mark) => mark.side === which)
}

/** From here on no server starts on the source. The audit log of both sides says so. */
export async function markSource(source: Source, id: string, other: string): Promise<void> {
  const now = toTimestamp(Date.now())
  await source.transaction(async () => {
    await source.query(
      `INSERT INTO moves (id, side, state, other, began_at) VALUES ($1, 'source', 'copying', $2, $3)`,
      [id, other, now],
    )
    await record(source, 'database.move', now, { to: other })
  })
}

/** @returns whether there was a move */
export async function unmarkSource(source: Source): Promise<boolean> {
  const mark = await markOf(source, 'source')
  if (!mark) return false
  await source.transaction(async () => {
    await source.query(`DELETE FROM moves WHERE side = 'source'`)
    await record(source, 'database.cancel_move', toTimestamp(Date.now()), {
      to: mark.other,
      state: mark.state,
    })
  })
  return true
}

async function record(source: Source, action: string, now: string, details: object): Promise<void> {
  await source.query(
    `INSERT INTO audit_log (occurred_at, actor_type, actor_name, action, target_type, after)
     VALUES ($1, 'operator', 'command line', $2, 'database', $3)`,
    [now, action, JSON.stringify(details)],
  )
  await source.query(
    `INSERT INTO counters (scope, slot, count) VALUES ('audit_log', 0, 1)
     ON CONFLICT (scope, slot) DO UPDATE SET count = counters.count + 1`,
  )
}

/**
 * From here on nobody changes the source. What PostgreSQL has not chained yet is chained before: SQLite could not tell it from
 * what is.
 * @throws CommandError when somebody works with it
 */
export async function holdSource(source: Source, config: Config, tables: readonly Table[]): Promise<void> {
  // One that began before the mark was there has said by now that it works.
  await requireNoServer(source)
  try {
    if (config.database.kind === 'postgres') await chainAudit(config.database.url)
    await source.hold(tables.map(({ name }) => name))
  } catch (error) {
    if (error instanceof DatabaseUnavailable && error.reason === 'locked') throw busy(source, error)
    throw error
  }
  if (source.dialect === 'sqlite') return
  const [row] = await source.query(
    'SELECT count(*)::int AS rows FROM audit_log WHERE (xact, id) > (SELECT last_xact, last_id FROM audit_chain_state)',
  )
  if (row?.rows === 0) return
  await source.release()
  throw busy(source)
}

const busy = ({ place }: Source, cause?: unknown) =>
  new CommandError(
    `Something else works with ${place}, and has changes under way: stop all programs that use it, and run the command again.`,
    { cause },
  )

async function chainAudit(url: string): Promise<void> {
  const database = openPostgres(url, createLog('silent'))
  try {
    await database.write(async (trx) => {
      await sql`lock table audit_log in share row exclusive mode`.execute(trx.db)
      await chainRest(trx, toTimestamp(Date.now()))
    })
  } finally {
    await database.close()
  }
}
