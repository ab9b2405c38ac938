import { setImmediate as nextTick } from 'node:timers/promises'
import type { Context } from '../context.ts'
import type { Db, Transaction } from '../db/database.ts'
import { violatedUnique } from '../db/dialect.ts'
import { CommandError } from '../lib/command-error.ts'
import { dayMs, toTimestamp } from '../lib/timestamps.ts'
import type { Row } from './rows.ts'
import { senderOf } from './senders.ts'
import {
  deleteImportParts,
  forgetImportParts,
  type ImportOf,
  type ImportPart,
  insertImportPart,
  listImportParts,
  listOtherParts,
} from './store.ts'

/** How long the imported lines of a file are remembered. */
const rememberedMs = 90 * dayMs

/**
 * Transactions of other versions that are compared: 100,000 rows over HTTP, a million of the command. Reading them takes
 * 0.1 s and 10 MB.
 */
const otherPartsMax = 5_000
/** Parts between two turns of everybody else. */
const partsAtOnce = 250

/** How much of a fingerprint is stored: 96 bits, so that no two rows of a file share one by chance. */
const fingerprintLength = 24

/**
 * The rows of the same file that were imported before, even by a command that was killed: they are recorded in the
 * transaction of the rows, so that none is imported twice and none is left out.
 *
 * Of other versions of the file, which were imported from the same path, or over HTTP for the same user, each row is known
 * by its content: where they had it n times, its first n occurrences are done.
 */
export class EarlierImports {
  readonly #of: ImportOf
  #parts: number
  /** By line number, whether the line is done. */
  readonly #done: Uint8Array
  /** Rows of other versions by fingerprint, and how many of them were not met yet. */
  readonly #others = new Map<string, number>()
  readonly #fingerprint: (text: string) => string

  private constructor(of: ImportOf, parts: Parts, fingerprint: (text: string) => string) {
    this.#of = of
    this.#fingerprint = fingerprint
    this.#parts = parts.at(-1)?.number ?? 0
    this.#done = new Uint8Array(parts.reduce((last, part) => Math.max(last, part.last_line + 1), 0))
    for (const { first_line, last_line, refused } of parts) {
      const refusedLines = new Set(JSON.parse(refused) as number[])
      for (let line = first_line; line <= last_line; line++) if (!refusedLines.has(line)) this.#done[line] = 1
    }
  }

  /**
   * @param path of the file, or who sent it; undefined for one that has neither, such as standard input
   * @param paths of its other versions
   */
  static async of(
    { database, clock, vault }: Context,
    { path, ...file }: Omit<ImportOf, 'path'> & { path: string | undefined },
    paths = path === undefined ? [] : [path],
  ): Promise<EarlierImports> {
    const of = { ...file, path: path === undefined ? '' : vault.fingerprint(path) }
    await database.write((trx) => forgetImportParts(trx.db, toTimestamp(clock.now() - rememberedMs)))
    const earlier = new EarlierImports(of, await listImportParts(database.read, of), vault.fingerprint)
    const others = { ...of, paths: paths.map((one) => vault.fingerprint(one)) }
    await earlier.#countOthers(await listOtherParts(database.read, others, otherPartsMax))
    return earlier
  }

  /**
   * Keyed, because a row may hold a password; such a row is recognised from the same path or sender alone, so that nobody
   * else can try passwords. @param value as it was read, before it is checked
   */
  fingerprintOf(value: object): string {
    const place = 'password' in value ? ` of ${this.#of.path}` : ''
    return this.#fingerprint(`import row${place} ${JSON.stringify(value, sorted)}`).slice(
      0,
      fingerprintLength,
    )
  }

  /** To be called once for every row of the file, also for those that are not to be imported. */
  meets({ position, fingerprint = '' }: Row): boolean {
    const left = this.#others.get(fingerprint) ?? 0
    if (left > 0) this.#others.set(fingerprint, left - 1)
    return left > 0 || this.#done[position] === 1
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

  /** A row that a version imported several times, because it was told to, counts once for its position. */
  async #countOthers(parts: Parts): Promise<void> {
    const counted = new Set<string>()
    for (const [i, { digest, imported }] of parts.entries()) {
      if (i % partsAtOnce === partsAtOnce - 1) await nextTick()
      for (const row of imported.split(' ')) {
        const [position, fingerprint] = row.split(':')
        if (fingerprint === undefined || counted.has(`${digest} ${position}`)) continue
        counted.add(`${digest} ${position}`)
        this.#others.set(fingerprint, (this.#others.get(fingerprint) ?? 0) + 1)
      }
    }
  }
}

/** Forgets what these callers imported over HTTP. */
export async function forgetImportsBy(
  db: Db,
  { vault }: Pick<Context, 'vault'>,
  senders: readonly Parameters<typeof senderOf>[0][],
): Promise<void> {
  await deleteImportParts(
    db,
    senders.map((sender) => vault.fingerprint(senderOf(sender))),
  )
}

type Parts = Awaited<ReturnType<typeof listImportParts>>

/** A replacer for JSON that makes the order of keys irrelevant. */
function sorted(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}
