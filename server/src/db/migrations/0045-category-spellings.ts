import { type Kysely, sql } from 'kysely'
import { spellingKey } from '../spellings.ts'

const rowsAtOnce = 1_000

/** Counts the documents of each spelling of a category under what the spelling folds to. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (let after = ''; ; ) {
    const { rows } = await sql<{ category: string; count: number }>`
      select category, count(*) as count from documents
      where category > ${after} and deleted_at is null
      group by category order by category limit ${sql.lit(rowsAtOnce)}`.execute(db)
    const last = rows.at(-1)
    if (!last) return
    const values = rows.map(({ category, count }) => sql`(${spellingKey(category)}, 0, ${count})`)
    await sql`insert into counters (scope, slot, count) values ${sql.join(values)}`.execute(db)
    after = last.category
  }
}
