import { execFile } from 'node:child_process'
import { statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { sql } from 'kysely'
import { hourMs, minuteMs } from '../lib/timestamps.ts'
import type { Database, Db } from './database.ts'

/** EX_TEMPFAIL of sysexits.h. */
const inUseExitCode = 75
/** Pages of the search index that one transaction merges: a few milliseconds. */
const mergedPages = 200
/** Rewriting holds up changes, which wait for 5 s: 256 MB take 2 s on a laptop. */
const rewrittenBytesMax = 256 * 1024 * 1024

/**
 * Frees the files of the embedded database of what deleted rows have left in them. `secure_delete` overwrites rows where
 * they are, but not the copies that stay in the free part of a page when SQLite moves its rows to another one (6 of 1,000
 * in a test), nor the words of the search index, until their segment is merged. So the segments are merged, and the
 * database is rewritten.
 * @param force whatever its size, as an operator decides
 * @returns false when it is too large, or somebody has it in use
 */
export async function scrubSqlite(
  file: string,
  write: Database['write'],
  { force }: { force: boolean },
): Promise<boolean> {
  await mergeWords(write)
  if (!force && statSync(file).size > rewrittenBytesMax) return false
  return rewriteFile(file, force ? hourMs : minuteMs)
}

/** Those that hold words of people. */
const wordTables = ['users', 'credentials', 'webhooks']

/** With a negative number, FTS5 puts all segments together; then it merges so many pages each time (fts5.html#the_merge_command). */
async function mergeWords(write: Database['write']): Promise<void> {
  for (const table of wordTables) await mergeWordsOf(`${table}_search`, write)
}

async function mergeWordsOf(index: string, write: Database['write']): Promise<void> {
  for (let pages = -mergedPages; ; pages = mergedPages) {
    const changed = await write(async ({ db }) => {
      const before = await changes(db)
      await sql`insert into ${sql.table(index)} (${sql.ref(index)}, rank) values ('merge', ${sql.lit(pages)})`.execute(
        db,
      )
      return (await changes(db)) - before
    })
    // The command itself counts as one.
    if (pages > 0 && changed < 2) return
  }
}

async function changes(db: Db): Promise<number> {
  const { rows } = await sql<{ changes: number }>`select total_changes() as changes`.execute(db)
  return rows[0]?.changes ?? 0
}

/** In a process of its own: SQLite would hold up all requests of this one. */
async function rewriteFile(file: string, timeout: number): Promise<boolean> {
  const worker = fileURLToPath(new URL('./rewrite-worker.ts', import.meta.url))
  try {
    await promisify(execFile)(process.execPath, [worker, file], { timeout })
    return true
  } catch (error) {
    // Its own exit code for a database in use; anything else is an error.
    if ((error as { code?: unknown }).code === inUseExitCode) return false
    throw error
  }
}
