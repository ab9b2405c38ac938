import type { TSchema } from 'typebox'
import type { Actor } from '../access/caller.ts'
import type { Check } from '../api/validate.ts'
import type { Context } from '../context.ts'
import type { Prepared } from '../db/database.ts'

/** How the rows of a file become resources. */
export interface Importer<Row> {
  check: Check
  /** Is shown every row of the file before the first is prepared, unchecked: some things only the whole file tells. */
  look?(row: Partial<Row>): void
  /** @throws AppError, as its change does, when the row is refused */
  prepare(row: Row): Prepared<unknown>
  /** What may be there once, to find within a file what a trial run does not write down. */
  uniqueNames(row: Row): { field: string; name: string }[]
}

/** What a resource says about its import. */
export interface Importing<Row extends object = object> {
  /** Of a row: what creates a resource, and what an export says of one. */
  row: TSchema
  /** What an import can be told beside what all imports can. */
  options?: Readonly<Record<string, { type: 'string' | 'boolean'; value?: string; describes: string }>>
  importer(
    context: Context,
    actor: Actor,
    options: Readonly<Record<string, unknown>>,
  ): Importer<Row> | Promise<Importer<Row>>
}
