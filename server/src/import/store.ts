import type { Db } from '../db/database.ts'

/** The file and its resource: the same bytes are the same file. */
export interface ImportOf {
  resource: string
  digest: string
}

/** Lines processed by one transaction, stored with its changes. */
export interface ImportPart {
  number: number
  first_line: number
  last_line: number
  /** Those of the lines that were refused, as a JSON list. */
  refused: string
}

export async function listImportParts(db: Db, { resource, digest }: ImportOf): Promise<ImportPart[]> {
  return db
    .selectFrom('import_parts')
    .select(['number', 'first_line', 'last_line', 'refused'])
    .where('resource', '=', resource)
    .where('digest', '=', digest)
    .orderBy('number')
    .execute()
}

export async function insertImportPart(
  db: Db,
  part: ImportOf & ImportPart & { created_at: string },
): Promise<void> {
  await db.insertInto('import_parts').values(part).execute()
}

export async function forgetImportParts(db: Db, expiry: string): Promise<void> {
  await db.deleteFrom('import_parts').where('created_at', '<', expiry).execute()
}
