import type { Insertable, Selectable, Updateable } from 'kysely'
import { type SecretRow, secretsOf } from '../access/store.ts'
import { readCount } from '../db/counters.ts'
import type { Db } from '../db/database.ts'
import { lockingRow } from '../db/dialect.ts'
import { cutSlice, type Slice } from '../db/page.ts'
import type { CredentialSecretsTable, CredentialsTable } from '../db/tables.ts'

export type CredentialRow = Selectable<CredentialsTable> & { secrets: SecretRow[] }

export interface CredentialFilter {
  owner_id?: number
}

export async function insertCredential(db: Db, row: Insertable<CredentialsTable>): Promise<number> {
  const { id } = await db.insertInto('credentials').values(row).returning('id').executeTakeFirstOrThrow()
  return id
}

export async function insertSecret(db: Db, row: Insertable<CredentialSecretsTable>): Promise<void> {
  await db.insertInto('credential_secrets').values(row).execute()
}

export async function findCredential(
  db: Db,
  id: number,
  { forUpdate = false } = {},
): Promise<CredentialRow | undefined> {
  let query = db.selectFrom('credentials').selectAll().where('id', '=', id)
  if (forUpdate) query = query.modifyEnd(lockingRow(db))
  const row = await query.executeTakeFirst()
  return row && { ...row, secrets: await secretsOf(db, [row.id]) }
}

export async function listCredentials(
  db: Db,
  filter: CredentialFilter,
  slice: Slice,
): Promise<CredentialRow[]> {
  const rows = await cutSlice(matching(db, filter), db.selectFrom('credentials'), slice).selectAll().execute()
  const secrets = await secretsOf(
    db,
    rows.map((row) => row.id),
  )
  return rows.map((row) => ({ ...row, secrets: secrets.filter((secret) => secret.credential_id === row.id) }))
}

/** From a counter, or for one owner over the index. */
export async function countCredentials(db: Db, filter: CredentialFilter): Promise<number> {
  if (filter.owner_id === undefined) return readCount(db, 'credentials')
  const { total } = await matching(db, filter)
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow()
  return total
}

export async function updateCredential(
  db: Db,
  id: number,
  changes: Updateable<CredentialsTable>,
): Promise<void> {
  await db.updateTable('credentials').set(changes).where('id', '=', id).execute()
}

/** Ends the current secret at `expiresAt`, and deletes those whose grace period is over. */
export async function retireSecrets(
  db: Db,
  credentialId: number,
  expiresAt: string,
  now: string,
): Promise<void> {
  await db
    .deleteFrom('credential_secrets')
    .where('credential_id', '=', credentialId)
    .where('expires_at', '<=', now)
    .execute()
  await db
    .updateTable('credential_secrets')
    .set({ expires_at: expiresAt })
    .where('credential_id', '=', credentialId)
    .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', expiresAt)]))
    .execute()
}

function matching(db: Db, { owner_id }: CredentialFilter) {
  const all = db.selectFrom('credentials')
  return owner_id === undefined ? all : all.where('owner_id', '=', owner_id)
}
