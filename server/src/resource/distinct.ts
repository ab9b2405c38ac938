import { sql } from 'kysely'
import { AppError } from '../api/errors.ts'
import type { Db, Transaction } from '../db/database.ts'
import { violatedUnique } from '../db/dialect.ts'
import { foldedName } from '../lib/words/fold.ts'
import { tableOf } from './naming.ts'

type Input = Readonly<Record<string, unknown>>

/** What makes the records of a plain resource distinct. */
export interface Distinct {
  name: string
  /** Its path, and, with `_` for each slash, the name of its table. */
  plural: string
  /** Fields that are unique among living records, in any case: `NAME_key` is the column that is compared. */
  unique?: readonly string[]
  /** Texts that are derived from other fields when omitted. A unique one gets a number, from 2 on, if it is taken. */
  derived?: Readonly<Record<string, (input: Input, number: number) => string | null>>
}

/** The columns of an input, each unique field with the key that is compared. */
export function columnsOf({ unique = [] }: Distinct, input: Input): Input {
  const keys = unique.filter((field) => field in input)
  return { ...input, ...Object.fromEntries(keys.map((field) => [`${field}_key`, distinctKey(input[field])])) }
}

/** Derived fields that were omitted. */
export async function derivedOf(db: Db, declared: Distinct, given: Input): Promise<Record<string, unknown>> {
  const { unique = [], derived = {} } = declared
  const plural = tableOf(declared)
  const made: Record<string, unknown> = {}
  for (const [field, derive] of Object.entries(derived)) {
    if (given[field] !== null) continue
    const isFree = async (number: number): Promise<boolean> => {
      const key = distinctKey(derive(given, number))
      return key === null || !unique.includes(field) || !(await isTaken(db, plural, `${field}_key`, key, 0))
    }
    made[field] = derive(given, await freeNumber(isFree))
  }
  return made
}

/** The unique field that is taken, if that is the failure. */
export function takenField({ plural, unique = [] }: Distinct, error: unknown): string | undefined {
  const violated = violatedUnique(error)
  return unique.find((field) => violated === `${tableOf({ plural })}_${field}_key`)
}

/**
 * The error as a conflict that names every taken field, where it is one. Each database stops at the first it finds.
 * @param columns for the record with this id, if it exists
 */
export async function namingTaken(
  trx: Transaction,
  declared: Distinct,
  error: unknown,
  columns: Input,
  id = 0,
): Promise<unknown> {
  const { name, unique = [] } = declared
  const plural = tableOf(declared)
  const violated = takenField(declared, error)
  if (violated === undefined) return error
  const taken = [violated]
  for (const field of unique) {
    const key = columns[`${field}_key`]
    if (field !== violated && key != null && (await isTaken(trx.db, plural, `${field}_key`, key, id)))
      taken.push(field)
  }
  const fields = unique.filter((field) => taken.includes(field)).map((field) => `'${field}'`)
  const details = `The ${fields.join(' and the ')} ${fields.length > 1 ? 'are' : 'is'} already taken by another ${name}.`
  return new AppError('conflict', details, { cause: error })
}

function distinctKey(text: unknown): string | null {
  return typeof text === 'string' ? foldedName(text) : null
}

/**
 * A number from 1 on that is free, in about twice as many queries as the logarithm of how many are taken: doubled until
 * one is free, then halved down to one whose predecessor is taken.
 */
async function freeNumber(isFree: (number: number) => Promise<boolean>): Promise<number> {
  if (await isFree(1)) return 1
  let [taken, free] = [1, 2]
  while (!(await isFree(free))) {
    taken = free
    free *= 2
  }
  while (free - taken > 1) {
    const middle = Math.floor((taken + free) / 2)
    if (await isFree(middle)) free = middle
    else taken = middle
  }
  return free
}

/** Whether another living record of the table has this value. */
async function isTaken(
  db: Db,
  table: string,
  column: string,
  value: unknown,
  exceptId: number,
): Promise<boolean> {
  const { rows } = await sql<unknown>`
    select 1 from ${sql.table(table)}
    where ${sql.ref(column)} = ${value} and deleted_at is null and id <> ${exceptId} limit 1`.execute(db)
  return rows.length > 0
}
