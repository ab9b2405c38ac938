import type { TSchema } from 'typebox'
import type { Actor } from '../access/caller.ts'
import type { Check } from '../api/validate.ts'
import type { Context } from '../context.ts'
import type { Prepared } from '../db/database.ts'

/** Turns the rows of a file into records. */
export interface Importer<Row> {
  check: Check
  /** Gets every row, unchecked, before the first is prepared: some decisions depend on the whole file. */
  look?(row: Partial<Row>): void
  /** @throws AppError when the row is refused, as does its change */
  prepare(row: Row): Prepared<unknown>
  /** What the sender has to know of rows that were imported: which ones, and the sentence for a number of them. */
  warning?: { about(row: Row): boolean; say(count: number): string }
  /** Values that must be unique, to find duplicates within a file in a dry run, which stores nothing. */
  uniqueNames(row: Row): { field: string; name: string }[]
}

/** How a resource is imported. */
export interface Importing<Row extends object = object> {
  /** The fields of a create, and those of an export. */
  row: TSchema
  /** Options in addition to those of every import. */
  options?: Readonly<Record<string, { type: 'string' | 'boolean'; value?: string; describes: string }>>
  importer(
    context: Context,
    actor: Actor,
    options: Readonly<Record<string, unknown>>,
  ): Importer<Row> | Promise<Importer<Row>>
}
