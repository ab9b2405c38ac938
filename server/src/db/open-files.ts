import { statSync } from 'node:fs'
import { DatabaseUnavailable } from './failure.ts'

/**
 * Whether the database and its log still lie where they were opened. On a file that was removed or replaced SQLite goes on
 * without a word: what it acknowledges is gone when the last process closes the file. Two calls of `stat` take 4 µs beside
 * a commit that waits milliseconds for the disk.
 */
export class OpenFiles {
  readonly #known: Map<string, bigint | undefined>

  /** @param file the database, open, in write-ahead mode */
  constructor(file: string) {
    this.#known = new Map([file, `${file}-wal`].map((path) => [path, inodeOf(path)]))
  }

  /** @throws DatabaseUnavailable */
  check(): void {
    for (const [path, known] of this.#known) {
      const found = inodeOf(path)
      if (found !== undefined && known === undefined) this.#known.set(path, found)
      else if (found !== known)
        throw new DatabaseUnavailable('io', new Error(`${path} was removed or replaced while it was open`))
    }
  }
}

function inodeOf(path: string): bigint | undefined {
  return statSync(path, { bigint: true, throwIfNoEntry: false })?.ino
}
