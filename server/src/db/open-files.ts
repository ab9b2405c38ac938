import { existsSync, renameSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { backup, type DatabaseSync } from 'node:sqlite'
import type { Log } from '../lib/log.ts'
import { DatabaseUnavailable } from './failure.ts'

const everyMs = 1_000
/** All pages in one step: nobody else writes any more. */
const pagesAtOnce = 2 ** 31 - 1

/**
 * Checks that the database and its log are still where they were opened. SQLite silently keeps writing to a removed or
 * replaced file, and what it acknowledged is gone when the last process closes that file. Two calls of `stat` take 4 µs
 * beside a commit that waits milliseconds for the disk.
 */
export class OpenFiles {
  readonly #file: string
  readonly #log: Log | undefined
  readonly #known: Map<string, string | undefined>
  /** The index of the log: nobody misses it, but it has to be told from that of others. */
  #index: string | undefined
  readonly #watch: NodeJS.Timeout
  #lost: string | undefined

  /** @param file the database, open, in write-ahead mode */
  constructor(file: string, log?: Log) {
    this.#file = file
    this.#log = log
    this.#known = new Map([file, `${file}-wal`].map((path) => [path, identityOf(path)]))
    this.#watch = setInterval(() => this.#look(), everyMs).unref()
    this.#look()
  }

  /** @throws DatabaseUnavailable */
  check(): void {
    const lost = this.#look()
    if (lost !== undefined)
      throw new DatabaseUnavailable('lost', new Error(`${lost} was removed or replaced while it was open`))
  }

  /**
   * Closes the connections. When the files were lost, what is open is copied beside them first: it may be the only place
   * that has it. Where the database itself is still there, SQLite deletes the log by its name at the end, so that one of
   * somebody else has to be out of its way meanwhile.
   */
  async close(connection: DatabaseSync, closeAll: () => Promise<unknown>): Promise<void> {
    clearInterval(this.#watch)
    if (this.#look() === undefined) return void (await closeAll())
    await this.#save(connection)
    const ours = [...this.#known.values(), this.#index]
    const foreign = [`${this.#file}-wal`, `${this.#file}-shm`].filter((path) => {
      const found = identityOf(path)
      return found !== undefined && !ours.includes(found)
    })
    for (const path of foreign) renameSync(path, `${path}.kept`)
    try {
      await closeAll()
    } finally {
      for (const path of foreign) renameSync(`${path}.kept`, path)
    }
  }

  async #save(connection: DatabaseSync): Promise<void> {
    if (!existsSync(dirname(this.#file))) return
    const copy = `${this.#file}.saved-${new Date().toISOString().replaceAll(':', '-')}`
    try {
      await backup(connection, copy, { rate: pagesAtOnce })
      this.#log?.warn(
        { saved: copy },
        'what the lost database held is saved: to go on with it, restore that file with `comserv restore`',
      )
    } catch (error) {
      this.#log?.error({ err: error, file: copy }, 'what the lost database held could not be saved')
    }
  }

  /** @returns the file that is lost; tells the operator once */
  #look(): string | undefined {
    const before = this.#lost
    this.#index ??= identityOf(`${this.#file}-shm`)
    this.#lost = undefined
    for (const [path, known] of this.#known) {
      const found = identityOf(path)
      if (found !== undefined && known === undefined) this.#known.set(path, found)
      else if (found !== known) this.#lost ??= path
    }
    if (this.#lost !== undefined && before === undefined) this.#tell(this.#lost)
    if (this.#lost === undefined && before !== undefined)
      this.#log?.info({ file: before }, 'the file is back')
    return this.#lost
  }

  #tell(file: string): void {
    this.#log?.error(
      { file },
      existsSync(dirname(file))
        ? 'the file was removed or replaced while the server has it open: changes are refused until it is back; stop the server, and it saves what it has open beside it'
        : 'the data folder was removed or renamed under the running server: changes are refused until it is back',
    )
  }
}

/** Another file system may give the same number. */
function identityOf(path: string): string | undefined {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false })
  return found && `${found.dev}:${found.ino}`
}
