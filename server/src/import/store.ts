import type { Db } from '../db/database.ts'

/** The file and its resource: the same bytes are the same file, and files of one path are its versions. */
export interface ImportOf {
  resource: string
  digest: string
  /** Fingerprint of the path; empty where there is none. */
  path: string
}

/** Lines processed by one transaction, stored with its changes. */
export interface ImportPart {
  number: number
  first_line: number
  last_line: number
  /** Those of the lines that were refused, as a JSON list. */
  refused: string
  /** The imported rows as `position:fingerprint`, separated by spaces. */
  imported: string
}

/** The parts of this file and of its other versions, by file and number. */
export async function listImportParts(db: Db, of: ImportOf): Promise<(ImportPart & { digest: string })[]> {
  const digests = of.path === '' ? [of.digest] : await digestsOf(db, of)
  return db
    .selectFrom('import_parts')
    .select(['digest', 'number', 'first_line', 'last_line', 'refused', 'imported'])
    .where('resource', '=', of.resource)
    .where('digest', 'in', digests)
    .orderBy('digest')
    .orderBy('number')
    .execute()
}

async function digestsOf(db: Db, { resource, digest, path }: ImportOf): Promise<string[]> {
  const found = await db
    .selectFrom('import_parts')
    .select('digest')
    .distinct()
    .where('resource', '=', resource)
    .where('path', '=', path)
    .execute()
  return [...new Set([digest, ...found.map((part) => part.digest)])]
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
