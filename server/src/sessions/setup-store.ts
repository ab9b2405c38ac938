import type { Selectable } from 'kysely'
import type { Db } from '../db/database.ts'
import type { SetupLinksTable } from '../db/tables.ts'

export type SetupLinkRow = Selectable<SetupLinksTable>

const onlyId = 1

export async function replaceLink(db: Db, link: Omit<SetupLinkRow, 'id'>): Promise<void> {
  await db
    .insertInto('setup_links')
    .values({ id: onlyId, ...link })
    .onConflict((conflict) => conflict.column('id').doUpdateSet(link))
    .execute()
}

export function findLink(db: Db): Promise<SetupLinkRow | undefined> {
  return db.selectFrom('setup_links').selectAll().where('id', '=', onlyId).executeTakeFirst()
}

/** @returns whether it still existed: if two requests take the same link, exactly one gets it */
export async function takeLink(db: Db, tokenHash: string): Promise<boolean> {
  const taken = await db
    .deleteFrom('setup_links')
    .where('token_hash', '=', tokenHash)
    .returning('id')
    .executeTakeFirst()
  return taken !== undefined
}
