import type { Kysely } from 'kysely'
import type { Caller } from '../lib/caller.ts'
import type { DialectName } from './dialect.ts'
import type { HintKind, Hints } from './hints.ts'
import type { Subjects } from './subjects.ts'
import type { Tables } from './tables.ts'

/** What a store function needs to run its queries: committed data, or the inside of a transaction. */
export type Db = Kysely<Tables>

/** One atomic change under way. */
export interface Transaction {
  readonly db: Db
  /** Adds `by` to an exact total. Applied just before the commit, in one statement and a fixed order, so that no two changes deadlock. */
  count(key: string, by: number): void
  /**
   * Seals a text under the key of the person it is about (db/subjects.ts); as it is for none.
   * @param subject the id of a user @param context the column, such as `audit_log.ip`
   */
  seal<T extends string | null>(subject: number | null, context: string, text: T): Promise<T | string>
  /** The people whom the change is about: for whom it has sealed something, and those it was told. */
  readonly people: ReadonlySet<number>
  /** Tells that the result of the change is about a person, although nothing is sealed for them. */
  isAbout(userId: number): void
  /** Runs a part that may fail alone: when it throws, its effects are undone, the rest of the change is kept, and the error is rethrown. */
  savepoint<T>(work: () => Promise<T>): Promise<T>
  /** Runs once the change is durable; never when it failed. */
  afterCommit(then: () => void): void
  /** Once the change is durable, signals every process that there is something to send, or that the log has grown. */
  hint(kind: HintKind): void
}

/** Since the process began, and now. */
export interface DatabaseStatistics {
  commits: number
  /** Changes that were committed; several may share a commit. */
  changes: number
  /** Changes, searches and requests for a connection that wait for their turn. */
  waiting: number
  connections: { busy: number; idle: number }
}

/** Where a list is read: the cost of a word search grows with its matches. */
export function readerFor({ read, search }: Database, { q }: { q?: string | undefined }): Db {
  return q === undefined ? read : search()
}

export interface Database {
  readonly dialect: DialectName
  /** Whether no other process had it open at that moment; only the embedded database can tell. */
  readonly wasFree: boolean
  /** The connection on which the schema changes. */
  readonly migrating: Db
  /** Committed data. A read that starts after a `write` resolved sees that write. */
  readonly read: Db
  /**
   * Differs from what it was as soon as a change was committed, by whichever process: what was read since is still so.
   * Undefined where asking costs as much as reading.
   */
  revision(): number | undefined
  /**
   * The same for queries whose cost grows with their matches, such as searches: they hold up nobody else, and callers
   * take turns. Rejects with `Crowded` when too many wait.
   * @param caller the current one unless given
   */
  search(caller?: Caller): Db
  /**
   * Runs one atomic change and resolves when it is durable; rejects with the error of the change, and then nothing of it was stored. The database may
   * run the change again from its start: it touches nothing but `trx`, and awaits nothing but `trx` and, in long computations, ticks of the event loop.
   */
  write<T>(change: (trx: Transaction) => Promise<T>): Promise<T>
  /** Checks whether changes can be written now; rejects with `DatabaseUnavailable` when not. Cheap, and does not queue. */
  probe(): Promise<void>
  /** Opens what `Transaction.seal` has sealed. */
  readonly subjects: Subjects
  /** Receives the hints of changes, from this process and others. */
  readonly hints: Hints
  /**
   * Frees the storage of what deleted rows have left in it, as far as that can be done while others use it.
   * @param force also when that holds up changes for long @returns whether it was done
   */
  scrub(options: { force: boolean }): Promise<boolean>
  statistics(): DatabaseStatistics
  close(): Promise<void>
}

/**
 * A function that runs in one transaction: the one shape of a change, for a request, a batch item, an import row and a
 * scheduled task. Slow preparation, such as hashing a password, is done beforehand by the function that makes it. It
 * may run more than once, each time from its start.
 */
export type Change<T> = (trx: Transaction) => Promise<T>

/** A change whose preparation may take time. */
export type Prepared<T> = Change<T> | Promise<Change<T>>
