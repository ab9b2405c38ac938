import type { ActorName } from '../access/caller.ts'
import { invalidRequest } from '../api/errors.ts'
import { recordAudit } from '../audit/record.ts'
import type { Db } from '../db/database.ts'
import { lockingRow } from '../db/dialect.ts'
import { appendEvent } from '../events/outbox.ts'
import type { Occurrence } from '../events/types.ts'
import type { PersonField } from '../extension/people.ts'
import type { Doing } from './record.ts'
import type { PlainRow, tableStore } from './table.ts'

/** What a resource holds of people. */
export interface OfPeople {
  /** The fields that name people. */
  fields: readonly string[]
  /**
   * The records that name a person in this field and in none before it, also those in the trash. @param after an id
   * @returns with the last id of the page; undefined when it was the last page
   */
  list(
    db: Db,
    field: string,
    userId: number,
    page: { after: number; limit: number },
  ): Promise<{ records: object[]; last: number | undefined }>
  /** Deletes or empties records of a person who is erased. @returns how many, at most `limit` */
  erase(doing: Omit<Doing, 'actor'>, eraser: ActorName, userId: number, limit: number): Promise<number>
}

interface Of {
  kind: string
  people: readonly PersonField[]
  table: string
  store: ReturnType<typeof tableStore>
  shown(row: PlainRow): object
  /** The columns of emptied fields. */
  emptied(names: readonly string[]): Partial<PlainRow>
  updated(row: PlainRow): Occurrence
  /** Without anything of the record but its id. */
  deleted(id: number): Occurrence
}

/** The person whom a record is about: the first whom it names. */
export function subjectIn(people: readonly PersonField[], row: Readonly<Record<string, unknown>>) {
  for (const { field, isAbout } of people) {
    const id = row[field]
    if (isAbout && typeof id === 'number') return id
  }
  return null
}

/** Checks the fields that change. @throws AppError when one names a user who does not exist or was erased */
export async function requireUsers(
  db: Db,
  people: readonly PersonField[],
  wanted: Readonly<Record<string, unknown>>,
  before: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  for (const { field } of people) {
    const id = wanted[field]
    if (typeof id !== 'number' || id === before[field]) continue
    const user = await db
      .selectFrom('users')
      .leftJoin('erasures', 'erasures.user_id', 'users.id')
      .select('users.id')
      .where('users.id', '=', id)
      .where('erased_at', 'is', null)
      .executeTakeFirst()
    if (!user) throw invalidRequest(`The '${field}' field names the user ${id}, who does not exist.`)
  }
}

export function ofPeople({ kind, people, table, store, shown, emptied, updated, deleted }: Of): OfPeople {
  const fields = people.map(({ field }) => field)

  const naming = (db: Db, field: string, userId: number) =>
    db
      .selectFrom(table as 'plain')
      .selectAll()
      .where(field as 'id', '=', userId)
      .orderBy('id')
      .$castTo<PlainRow>()

  async function purge({ trx, nowMs, now }: Omit<Doing, 'actor'>, row: PlainRow): Promise<void> {
    const isLiving = row.deleted_at === null
    // For the totals, which count what is not deleted.
    if (isLiving) await store.update(trx, row, { deleted_at: now })
    await trx.db
      .deleteFrom(table as 'plain')
      .where('id', '=', row.id)
      .execute()
    if (isLiving) await appendEvent(trx, deleted(row.id), nowMs)
  }

  async function empty({ trx, nowMs, now }: Omit<Doing, 'actor'>, row: PlainRow, names: readonly string[]) {
    const stamp = { updated_at: now, version: row.version + 1 }
    const after = await store.update(trx, row, { ...emptied(names), ...stamp })
    const subjects = { before: null, after: subjectIn(people, after) }
    if (row.deleted_at === null) await appendEvent(trx, { ...updated(after), subjects }, nowMs)
  }

  return {
    fields,

    async list(db, field, userId, { after, limit }) {
      const rows = await naming(db, field, userId).where('id', '>', after).limit(limit).execute()
      const before = fields.slice(0, fields.indexOf(field))
      const own = rows.filter((row) => !before.some((other) => row[other] === userId))
      return { records: own.map(shown), last: rows.length < limit ? undefined : rows.at(-1)?.id }
    },

    async erase(doing, eraser, userId, limit) {
      const { trx, now } = doing
      let done = 0
      for (const { field, empties } of people) {
        const rows = await naming(trx.db, field, userId)
          .limit(limit - done)
          .modifyEnd(lockingRow(trx.db))
          .execute()
        for (const row of rows) {
          await (empties ? empty(doing, row, empties) : purge(doing, row))
          const action = `${kind}.${empties ? 'update' : 'purge'}`
          await recordAudit(trx, eraser, now, { action, targetId: row.id, before: null, after: null })
        }
        done += rows.length
        if (done === limit) break
      }
      return done
    },
  }
}
