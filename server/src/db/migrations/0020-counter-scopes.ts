import { type Kysely, sql } from 'kysely'

/**
 * From here on, `%` and `&` are escaped in the values of counter keys: the category `a&status=draft` was counted with
 * the drafts of the category `a`. Totals by category are counted anew, once.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  const counted = (scope: string, columns: string) =>
    `INSERT INTO counters (scope, slot, count)
     SELECT ${scope}, 0, COUNT(*) FROM documents WHERE deleted_at IS NULL GROUP BY ${columns}`
  const category = `'documents:category=' || REPLACE(REPLACE(category, '%', '%25'), '&', '%26')`
  const statements = [
    `DELETE FROM counters WHERE scope >= 'documents:category=' AND scope < 'documents:category>'`,
    counted(category, 'category'),
    counted(`${category} || '&status=' || status`, 'category, status'),
  ]
  for (const statement of statements) await sql.raw(statement).execute(db)
}
