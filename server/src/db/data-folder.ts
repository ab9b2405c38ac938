import { existsSync, statSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { CommandError } from '../lib/command-error.ts'
import { flushFolder } from '../lib/durable-file.ts'
import { logBelongs } from './commit-stamps.ts'
import { type SharedFolder, shareFolder } from './folder-lock.ts'

/**
 * Everything that opens the embedded database goes through here. The database, its write-ahead log and the secret key
 * belong together: an incomplete or mixed set is refused before anything touches it.
 * @throws CommandError
 */
export function openFolder(file: string): SharedFolder {
  const folder = dirname(file)
  // The key is checked first: it is created after the database, so that a first start in parallel does not look like a loss.
  const hasKey = existsSync(join(folder, 'secret-key'))
  requireDatabase(file, hasKey)
  return shareFolder(folder, () => {
    if (!logBelongs(file)) throw new CommandError(strangeLog(file))
  })
}

/**
 * Left beside every database: the key may lie elsewhere, and a clean shutdown leaves no log. If the database alone is
 * lost, the server then refuses to start instead of serving an empty one.
 */
export function leaveTrace(file: string): void {
  const trace = traceOf(file)
  if (existsSync(trace)) return
  writeFileSync(
    trace,
    `${basename(file)} belongs in this folder; without it, Comserv does not start here.\n`,
    {
      mode: 0o600,
      flush: true,
    },
  )
  flushFolder(dirname(file))
}

const traceOf = (file: string) => `${file}.exists`

/** @returns what is wrong with a log that belongs to another database file, and what to do */
export const strangeLog = (file: string) =>
  `${basename(file)}-wal is not the log of the ${basename(file)} beside it: one of them was replaced, and the other was left behind. Together they would form a damaged database; nothing was changed. If ${file} is the copy that you want, move ${file}-wal and ${file}-shm away; otherwise put back the ${basename(file)} that the log belongs to.`

/**
 * Refuses a database that is missing or empty although something that belongs to it is there.
 * @throws CommandError
 */
export function requireDatabase(file: string, hasKey = existsSync(join(dirname(file), 'secret-key'))): void {
  const bytes = statSync(file, { throwIfNoEntry: false })?.size
  if (bytes !== undefined && bytes > 0) return
  // Without the database, SQLite would delete the log, and with it changes that may exist nowhere else.
  const hasLog = Boolean(statSync(`${file}-wal`, { throwIfNoEntry: false })?.size)
  const hasTrace = existsSync(traceOf(file))
  const rest = hasLog
    ? `${basename(file)}-wal`
    : hasKey
      ? 'secret-key'
      : hasTrace
        ? basename(traceOf(file))
        : undefined
  if (rest === undefined) return
  throw new CommandError(
    `${file} ${bytes === 0 ? 'is empty' : 'is missing'}, but the ${rest} that belongs to it is there, so this folder held data. Put ${basename(file)} back, or restore a backup with \`comserv restore\`; to begin with an empty database, move everything in ${dirname(file)} away first.`,
  )
}
