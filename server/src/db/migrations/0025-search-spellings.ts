import { type Kysely, sql } from 'kysely'
import type { DialectName } from '../dialect.ts'

const searched = {
  documents: ['title', 'category', 'content'],
  users: ['username', 'email', 'first_name', 'last_name'],
} as const

/**
 * What the search folds differently from now on: sara am of Thai and Lao in two characters, vowels typed as two strokes,
 * and the iota subscript of Greek. Everything from the first row that has any of it is indexed again.
 */
const changed = [
  '\u0e4d[\u0e48-\u0e4b]',
  '\u0ecd[\u0ec8-\u0ecb]',
  'เเ',
  'ເເ',
  '[\u0345\u037a\u1f80-\u1faf\u1fb2-\u1fb4\u1fb7\u1fbc\u1fc2-\u1fc4\u1fc7\u1fcc\u1ff2-\u1ff4\u1ff7\u1ffc]',
]

export async function up(db: Kysely<unknown>, dialect: DialectName): Promise<void> {
  for (const [table, columns] of Object.entries(searched)) {
    const matches = columns.flatMap((column) =>
      changed.map((shape) =>
        dialect === 'sqlite'
          ? sql`${sql.ref(column)} glob ${`*${shape}*`}`
          : sql`${sql.ref(column)} ~ ${shape}`,
      ),
    )
    const { rows } = await sql<{ first: number | null }>`
      select min(id) as first from ${sql.table(table)} where ${sql.join(matches, sql` or `)}`.execute(db)
    const first = rows[0]?.first ?? null
    if (first === null) continue
    await sql`
      insert into search_rebuilds (name, after_id) values (${table}, ${first - 1})
      on conflict (name) do update set after_id = excluded.after_id where search_rebuilds.after_id > excluded.after_id`.execute(
      db,
    )
  }
}
