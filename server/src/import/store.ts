import type { Db } from '../db/database.ts'
import { listedTexts } from '../db/dialect.ts'

/** The file and its resource: the same bytes are the same file, and files of one path or caller are its versions. */
export interface ImportOf {
  resource: string
  digest: string
  /** Fingerprint of the path, or over HTTP of the caller; empty where there is neither. */
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

const columns = ['digest', 'number', 'first_line', 'last_line', 'refused', 'imported'] as const

type StoredPart = ImportPart & { digest: string }

/** The parts of this file, in order. */
export async function listImportParts(db: Db, { resource, digest }: ImportOf): Promise<StoredPart[]> {
  return db
    .selectFrom('import_parts')
    .select(columns)
    .where('resource', '=', resource)
    .where('digest', '=', digest)
    .orderBy('number')
    .execute()
}

/** The last parts of its other versions. */
export async function listOtherParts(
  db: Db,
  { resource, digest, paths }: Pick<ImportOf, 'resource' | 'digest'> & { paths: readonly string[] },
  limit: number,
): Promise<StoredPart[]> {
  return db
    .selectFrom('import_parts')
    .select(columns)
    .where('resource', '=', resource)
    .where('path', 'in', listedTexts(db, paths))
    .where('digest', '!=', digest)
    .orderBy('created_at', 'desc')
    .limit(limit)
    .execute()
}

export async function insertImportPart(
  db: Db,
  part: ImportOf & ImportPart & { created_at: string },
): Promise<void> {
  await db.insertInto('import_parts').values(part).execute()
}

export async function deleteImportParts(db: Db, paths: readonly string[]): Promise<void> {
  await db.deleteFrom('import_parts').where('path', 'in', paths).execute()
}

export async function forgetImportParts(db: Db, expiry: string): Promise<void> {
  await db.deleteFrom('import_parts').where('created_at', '<', expiry).execute()
}

/** Revoked ones, too: what they imported is there. */
export async function listCredentialIds(db: Db, ownerId: number): Promise<number[]> {
  const rows = await db.selectFrom('credentials').select('id').where('owner_id', '=', ownerId).execute()
  return rows.map(({ id }) => id)
}
