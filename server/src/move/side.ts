import type { DialectName } from '../db/dialect.ts'

/** What both databases can hold in a column. */
export type Kind = 'integer' | 'real' | 'text' | 'blob'

/**
 * A value in the form that is the same on both sides: integers as decimal text, so that none is rounded; numbers with a
 * point as such; bytes as hex.
 */
export type Value = string | number | null
export type Row = readonly Value[]

/** A row of a query of the command's own. */
export type Found = Record<string, unknown>

export interface Column {
  name: string
  /** Undefined for a type that the other database has no counterpart of. */
  kind: Kind | undefined
  /** As the database calls it. */
  type: string
}

export interface Table {
  name: string
  /** In the order of their names. */
  columns: readonly Column[]
  /** The columns of its primary key; none where it has none. */
  key: readonly string[]
}

/** Rows that are read and written at once. */
export const rowsAtOnceMax = 2_000
export const charactersAtOnceMax = 4 * 1024 * 1024

/** One of the two databases of a move. */
export interface Side {
  readonly dialect: DialectName
  /** For sentences: without a password. */
  readonly place: string
  /** All of them, also those that are not moved. */
  tables(): Promise<Table[]>
  count(table: string): Promise<number>
  /**
   * The rows in the order of the key, in parts of bounded size.
   * @param after the key of a row: only those after it
   */
  read(table: Table, after?: readonly Value[]): AsyncGenerator<Row[]>
  /** The highest id that each table has given so far. */
  lastIds(): Promise<Map<string, string>>
  /** @param statement with `$1` for values, each once and in order */
  query<R extends object = Found>(statement: string, values?: readonly Value[]): Promise<R[]>
  transaction<T>(work: () => Promise<T>): Promise<T>
  close(): Promise<void>
}

export interface Source extends Side {
  /** Refuses other writers, and reads one state of the data, until it is released or closed. */
  hold(tables: readonly string[]): Promise<void>
  release(): Promise<void>
}

export interface Target extends Side {
  /** Whether it has no table yet. */
  isEmpty(): Promise<boolean>
  /** Makes the tables of this version, and those of the extensions. */
  migrate(): Promise<void>
  /** How to make the indexes and references again that `removeIndexes` removes. */
  listIndexes(): Promise<{ name: string; statement: string }[]>
  removeIndexes(): Promise<void>
  insert(table: Table, rows: readonly Row[]): Promise<void>
  forgetLastIds(): Promise<void>
  setLastId(table: string, id: string): Promise<void>
  /** Checks the references between tables where that is not done otherwise, and makes everything durable. */
  finish(): Promise<void>
}

/** Ends a part once it is large. */
export class PartSize {
  #rows = 0
  #characters = 0

  /** @returns whether the part is full with this row */
  add(row: Row): boolean {
    this.#rows++
    for (const value of row) this.#characters += typeof value === 'string' ? value.length : 8
    const isFull = this.#rows >= rowsAtOnceMax || this.#characters >= charactersAtOnceMax
    if (isFull) this.#rows = this.#characters = 0
    return isFull
  }
}
