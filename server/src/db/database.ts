import type { Kysely } from 'kysely'
import type { Caller } from '../lib/caller.ts'
import type { DialectName } from './dialect.ts'
import type { Hints } from './hints.ts'
import type { Tables } from './tables.ts'

/** What a store function needs to run its queries: committed data, or the inside of a transaction. */
export type Db = Kysely<Tables>

/** One atomic change under way. */
export interface Transaction {
  readonly db: Db
  /** Adds `by` to an exact total. Applied just before the commit, in one statement and a fixed order, so that no two changes wait for each other. */
  count(key: string, by: number): void
  /** Runs a part that may fail alone: when it throws, what it did is undone, the rest of the change stands, and the error comes out. */
  savepoint<T>(work: () => Promise<T>): Promise<T>
  /** Runs once the change is durable, never when it failed. */
  afterCommit(then: () => void): void
  /** Once the change is durable, tells every process that there is something to send. */
  hint(): void
}

/** Since the process began, and now. */
export interface DatabaseStatistics {
  commits: number
  /** Changes that were committed; several may share a commit. */
  changes: number
  /** Changes, searches, or requests for a connection, that wait for their turn. */
  waiting: number
  connections: { busy: number; idle: number }
}

/** Where a list is read: a search for words costs what it finds. */
export function readerFor({ read, search }: Database, { q }: { q?: string | undefined }): Db {
  return q === undefined ? read : search()
}

export interface Database {
  readonly dialect: DialectName
  /** Whether it is sure that no other process had it open when this one came: only the embedded one can tell. */
  readonly wasFree: boolean
  /** The connection on which the schema changes. */
  readonly migrating: Db
  /** Committed data. A read that starts after a `write` resolved sees that write. */
  readonly read: Db
  /**
   * The same for queries that cost what they find, such as searches: nobody else waits while they run, and
   * callers take turns. Rejects with `Crowded` where too many wait.
   * @param caller whoever is asking at the moment, unless given
   */
  search(caller?: Caller): Db
  /**
   * Runs one atomic change and resolves when it is durable; rejects with the change's own error, and then nothing of it happened.
   * The change may be run again from its start when the database asks for it: it touches nothing but `trx`, and awaits nothing but it, and turns of the event loop where it computes for long.
   */
  write<T>(change: (trx: Transaction) => Promise<T>): Promise<T>
  /** Asks whether changes could be written now; rejects with `DatabaseUnavailable` when not. Cheap, and beside everything that waits. */
  probe(): Promise<void>
  /** Where the hints of changes arrive, of this process and of others. */
  readonly hints: Hints
  statistics(): DatabaseStatistics
  close(): Promise<void>
}

/**
 * What is to happen inside one transaction: the one shape of a change, for a single call, an item of a batch, a row of an
 * import and a scheduled task alike. The function that makes it does beforehand whatever a transaction must not wait for,
 * such as hashing a password. It may run more than once: the database may ask for a change again from its start.
 */
export type Change<T> = (trx: Transaction) => Promise<T>

/** A change whose preparation may take time. */
export type Prepared<T> = Change<T> | Promise<Change<T>>
