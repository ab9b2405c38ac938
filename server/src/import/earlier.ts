import type { Context } from '../context.ts'
import type { Transaction } from '../db/database.ts'
import { violatedUnique } from '../db/dialect.ts'
import { CommandError } from '../lib/command-error.ts'
import { dayMs, toTimestamp } from '../lib/timestamps.ts'
import {
  forgetImportParts,
  type ImportOf,
  type ImportPart,
  insertImportPart,
  listImportParts,
} from './store.ts'

/** How long the imported lines of a file are remembered. */
const rememberedMs = 90 * dayMs

/**
 * The rows of the same file that were imported before, even by a command that was killed: they are recorded in the
 * transaction of the rows, so that none is imported twice and none is left out.
 */
export class EarlierImports {
  readonly #of: ImportOf
  #parts: number
  /** By line number, whether the line is done. */
  readonly #done: Uint8Array

  private constructor(of: ImportOf, parts: readonly ImportPart[]) {
    this.#of = of
    this.#parts = parts.at(-1)?.number ?? 0
    this.#done = new Uint8Array(parts.reduce((last, part) => Math.max(last, part.last_line + 1), 0))
    for (const { first_line, last_line, refused } of parts) {
      const refusedLines = new Set(JSON.parse(refused) as number[])
      for (let line = first_line; line <= last_line; line++) if (!refusedLines.has(line)) this.#done[line] = 1
    }
  }

  static async of({ database, clock }: Context, of: ImportOf): Promise<EarlierImports> {
    await database.write((trx) => forgetImportParts(trx.db, toTimestamp(clock.now() - rememberedMs)))
    return new EarlierImports(of, await listImportParts(database.read, of))
  }

  has(line: number): boolean {
    return this.#done[line] === 1
  }

  /** Runs in the transaction that imported the rows. @throws CommandError when another command imports the same file */
  async add(trx: Transaction, now: string, part: Omit<ImportPart, 'number'>): Promise<void> {
    try {
      await insertImportPart(trx.db, { ...this.#of, ...part, number: this.#parts + 1, created_at: now })
    } catch (error) {
      if (violatedUnique(error)?.startsWith('import_parts') !== true) throw error
      throw new CommandError('Another command is importing the same file; wait until it is done.')
    }
  }

  /** Call once that transaction is durable. */
  added(): void {
    this.#parts++
  }
}
