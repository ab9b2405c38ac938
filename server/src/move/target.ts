import { existsSync, statfsSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { versionMin } from '../db/await-database.ts'
import { CommandError } from '../lib/command-error.ts'
import { toTimestamp } from '../lib/timestamps.ts'
import type { Source, Target } from './side.ts'
import { markOf } from './source.ts'

/** @throws CommandError when it holds anything but the beginning of this very move */
export async function requireEmptyOr(target: Target, id: string | undefined): Promise<void> {
  if (await target.isEmpty()) return
  const mark = await markOf(target, 'target')
  if (mark && mark.id === id) return
  throw new CommandError(
    mark
      ? `${target.place} holds a part of another move, from ${mark.other}: ${emptied(target)}.`
      : `${target.place} is not empty, and a move overwrites nothing: ${emptied(target)}.`,
  )
}

const emptied = ({ dialect }: Target) =>
  dialect === 'postgres'
    ? 'create another database, or drop this one and create it again'
    : 'name another folder, or move everything in it away'

/** From here on no server starts on the target, until it is complete. */
export async function markTarget(target: Target, id: string, other: string, create: string): Promise<void> {
  if (await markOf(target, 'target')) return
  await target.transaction(async () => {
    await target.query(create)
    await target.query(
      `INSERT INTO moves (id, side, state, other, began_at) VALUES ($1, 'target', 'preparing', $2, $3)`,
      [id, other, toTimestamp(Date.now())],
    )
  })
}

export async function stateOf(target: Target): Promise<string | undefined> {
  return (await markOf(target, 'target'))?.state
}

export async function unmarkTarget(target: Target): Promise<void> {
  await target.transaction(async () => {
    await target.query(`DELETE FROM moves WHERE side = 'target'`)
    await target.query('DELETE FROM move_tables')
  })
}

/** The database is suitable, and its user may make tables. @throws CommandError */
export async function requireUsable(target: Target): Promise<void> {
  if (target.dialect === 'sqlite') return
  const [found] = await target.query(
    `SELECT current_database() AS name, pg_encoding_to_char(encoding) AS encoding, current_user AS user,
       current_setting('server_version_num')::int AS version, pg_is_in_recovery() AS follows,
       current_schema() AS schema, coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) AS may
     FROM pg_database WHERE datname = current_database()`,
  )
  if (!found) return
  if (Number(found.version) < versionMin)
    throw new CommandError(`${target.place} is too old: Comserv needs PostgreSQL 15 or later.`)
  if (found.encoding !== 'UTF8')
    throw new CommandError(
      `The database '${found.name}' has the encoding ${found.encoding}, which cannot hold every character. Create one with UTF8: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0.`,
    )
  if (found.follows) throw new CommandError(`${target.place} is a standby, and read-only: name the primary.`)
  if (!found.may)
    throw new CommandError(
      `The user '${found.user}' may not create tables in ${target.place}: GRANT CREATE ON SCHEMA ${found.schema ?? 'public'}, or let it own the database.`,
    )
}

/** @throws CommandError when the disk of a folder has less space than the data takes in the source */
export async function requireSpace(source: Source, folder: string): Promise<void> {
  const [row] = await source.query('SELECT pg_database_size(current_database())::text AS bytes')
  let existing = folder
  while (!existsSync(existing)) existing = dirname(existing)
  const { bavail, bsize } = statfsSync(existing)
  const had = statSync(join(folder, 'comserv.db'), { throwIfNoEntry: false })?.size ?? 0
  const [needed, free] = [Number(row?.bytes ?? 0), bavail * bsize + had]
  if (free < needed)
    throw new CommandError(
      `The disk of ${folder} has ${megabytes(free)} MB free, and the data takes ${megabytes(needed)} MB in ${source.place}.`,
    )
}

const megabytes = (bytes: number) => Math.ceil(bytes / 1_000_000).toLocaleString('en')
