import { DatabaseSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'

/**
 * Rewrites a database, and empties its log, which holds older versions of its pages. A process of its own, started by
 * `sqlite-scrub.ts` with the file as argument.
 */
const [file = ''] = process.argv.slice(2)
const inUseExitCode = 75
const busyTimeoutMs = 2_000
const checkpointTries = 20

const connection = new DatabaseSync(file, { timeout: busyTimeoutMs })
try {
  // The temporary copy may be as large as the database: not into memory.
  connection.exec('PRAGMA temp_store = FILE; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; VACUUM')
  process.exitCode = (await emptyLog()) ? 0 : inUseExitCode
} catch (error) {
  const isInUse = [5, 6].includes((error as { errcode?: number }).errcode ?? 0)
  if (!isInUse) throw error
  process.exitCode = inUseExitCode
} finally {
  connection.close()
}

/** Readers that began before may still need the log. */
async function emptyLog(): Promise<boolean> {
  for (let tries = 0; tries < checkpointTries; tries++) {
    const row = connection.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()
    if (row?.busy === 0) return true
    await pause(100)
  }
  return false
}
