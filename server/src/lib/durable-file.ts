import { createHash } from 'node:crypto'
import { closeSync, createReadStream, fsyncSync, openSync, renameSync } from 'node:fs'
import { dirname } from 'node:path'
import { pipeline } from 'node:stream/promises'

/** Gives a complete file its final name; afterwards both survive a power cut. */
export function renameDurably(from: string, to: string): void {
  flush(from, 'r+')
  renameSync(from, to)
  flushFolder(dirname(to))
}

/** Makes names that were created or changed in a folder survive a power cut. */
export function flushFolder(folder: string): void {
  // Windows has no handle for a folder, and keeps its own journal of names.
  if (process.platform !== 'win32') flush(folder, 'r')
}

/** SHA-256 of a file, as lower-case hex. */
export async function hashFile(file: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  return hash.digest('hex')
}

function flush(path: string, flags: string): void {
  const handle = openSync(path, flags)
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}
