import { type Kysely, sql } from 'kysely'
import { emailKey } from '../../lib/names/email-addresses.ts'
import { spellingOf } from '../../lib/names/read-text.ts'
import { counterKey } from '../counters.ts'
import type { DialectName } from '../dialect.ts'

/** Reports what a step could not resolve. */
export type Tell = (fields: object, text: string) => void

const usersAtOnce = 1_000

/** One key for all spellings of an address, and one spelling for a category. Usernames were ASCII only until now. */
export async function up(db: Kysely<unknown>, _: DialectName, tell: Tell): Promise<void> {
  await joinSpellingsOfAddresses(db, tell)
  await joinSpellingsOfCategories(db)
}

/**
 * Nobody is locked out: where two live users turn out to share a mailbox, the one that has the key keeps it, or the
 * older one gets it; the other stays as it is, and signs in with the address as it was first typed.
 */
async function joinSpellingsOfAddresses(db: Kysely<unknown>, tell: Tell): Promise<void> {
  for (let after = 0; ; ) {
    const { rows } = await sql<{ id: number; email: string; email_key: string; deleted_at: string | null }>`
      select id, email, email_key, deleted_at from users
      where id > ${after} and octet_length(email) <> length(email)
      order by id limit ${sql.lit(usersAtOnce)}`.execute(db)
    const last = rows.at(-1)
    if (!last) return
    for (const { id, email, email_key, deleted_at } of rows) {
      const key = emailKey(email)
      if (key === email_key) continue
      const holder = deleted_at === null ? await livingHolder(db, key, id) : undefined
      if (holder === undefined) await sql`update users set email_key = ${key} where id = ${id}`.execute(db)
      else
        tell(
          { user: id, other_user: holder },
          'two users have one email address in two spellings; both can sign in as before; change the address of one of them',
        )
    }
    after = last.id
  }
}

async function livingHolder(db: Kysely<unknown>, key: string, exceptId: number): Promise<number | undefined> {
  const { rows } = await sql<{ id: number }>`
    select id from users where email_key = ${key} and deleted_at is null and id <> ${exceptId}`.execute(db)
  return rows[0]?.id
}

async function joinSpellingsOfCategories(db: Kysely<unknown>): Promise<void> {
  for (const table of ['documents', 'document_revisions']) {
    const { rows } = await sql<{ category: string }>`
      select distinct category from ${sql.table(table)}
      where octet_length(category) <> length(category) or category like '%  %'`.execute(db)
    for (const { category } of rows) {
      const spelling = spellingOf(category)
      if (spelling === category || spelling === '') continue
      await sql`update ${sql.table(table)} set category = ${spelling} where category = ${category}`.execute(
        db,
      )
      if (table === 'documents') await addTotals(db, category, spelling)
    }
  }
}

async function addTotals(db: Kysely<unknown>, from: string, to: string): Promise<void> {
  for (const status of [undefined, 'draft', 'published', 'archived']) {
    const [before, after] = [from, to].map((category) => counterKey('documents', { category, status }))
    await sql`
      insert into counters (scope, slot, count) select ${after}, slot, count from counters where scope = ${before}
      on conflict (scope, slot) do update set count = counters.count + excluded.count`.execute(db)
    await sql`delete from counters where scope = ${before}`.execute(db)
  }
}
