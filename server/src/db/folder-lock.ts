import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { CommandError } from '../lib/command-error.ts'
import { makeFolder } from '../lib/make-folder.ts'
import { sqliteFailure } from './sqlite-failure.ts'

export interface FolderLock {
  release(): void
}

export interface SharedFolder extends FolderLock {
  /** Whether no other process held the folder at that moment. */
  wasFree: boolean
}

/** How long a starting process waits for a restore to end. */
const restoreTimeoutMs = 10_000

/**
 * Processes that have the database of a data folder open share the folder; one that replaces the database holds it
 * alone. The lock is SQLite's own on an empty file beside the database: the operating system releases it when a process
 * ends, also by SIGKILL, and a lock on the database itself would not survive a move of the file.
 * @param check runs first, unless another process holds the folder already and has run it
 */
export function shareFolder(folder: string, check: () => void = () => {}): SharedFolder {
  const whole = takeFolder(folder)
  try {
    if (whole) check()
  } finally {
    whole?.release()
  }
  try {
    const file = openLock(folder, restoreTimeoutMs)
    file.exec('BEGIN')
    file.prepare('SELECT count(*) FROM sqlite_schema').get()
    return { wasFree: whole !== undefined, release: () => file.close() }
  } catch (error) {
    if (!isBusy(error)) throw sqliteFailure(error)
    throw new CommandError(
      `A backup is being restored to ${folder}, or its data is being moved; start again when that is done.`,
      {
        cause: error,
      },
    )
  }
}

/** Takes the folder for this process alone; undefined while another one has its database open. */
export function takeFolder(folder: string): FolderLock | undefined {
  return takeLock(folder, 'comserv.lock')
}

/** Takes a lock of another name in the folder; undefined while another process holds it. */
export function takeLock(folder: string, name: string): FolderLock | undefined {
  const file = openLock(folder, 0, name)
  try {
    file.exec('BEGIN EXCLUSIVE')
    return { release: () => file.close() }
  } catch (error) {
    file.close()
    if (!isBusy(error)) throw sqliteFailure(error)
    return undefined
  }
}

function openLock(folder: string, timeoutMs: number, name = 'comserv.lock'): DatabaseSync {
  try {
    makeFolder(folder)
    return new DatabaseSync(join(folder, name), { timeout: timeoutMs })
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw new CommandError(
      code === 'EEXIST' || code === 'ENOTDIR'
        ? `The data folder ${folder} cannot be made: a file is in its place, or on the way to it. Set COMSERV_DATA_DIR to a folder.`
        : `The data folder ${folder} cannot be written to (${message}). Make it writable for this user, or set COMSERV_DATA_DIR to another folder.`,
      { cause: error },
    )
  }
}

function isBusy(error: unknown): boolean {
  return (error as { errcode?: number }).errcode === 5
}
