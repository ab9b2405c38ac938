import type { Insertable, Selectable, Updateable } from 'kysely'
import { readCount } from '../db/counters.ts'
import type { Db } from '../db/database.ts'
import { lockingRow } from '../db/dialect.ts'
import type { CredentialSecretsTable, CredentialsTable } from '../db/tables.ts'
import type { PageRequest } from '../http/paging.ts'

export type CredentialRow = Selectable<CredentialsTable> & { secrets: SecretRow[] }
export interface CredentialFilter {
  owner_id?: number
}

export type SecretRow = Selectable<CredentialSecretsTable>

export async function findForAuthentication(db: Db, by: 'client_id' | 'secret_hash', value: string) {
  const row = await db
    .selectFrom('credentials')
    .innerJoin('users', 'users.id', 'credentials.owner_id')
    .selectAll('credentials')
    .select([
      'users.role as owner_role',
      'users.status as owner_status',
      'users.deleted_at as owner_deleted_at',
    ])
    .where((eb) =>
      by === 'client_id'
        ? eb('credentials.client_id', '=', value)
        : eb(
            'credentials.id',
            '=',
            eb.selectFrom('credential_secrets').select('credential_id').where('secret_hash', '=', value),
          ),
    )
    .executeTakeFirst()
  return row && { ...row, secrets: await secretsOf(db, [row.id]) }
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

/** Newest first. */
export async function listCredentials(
  db: Db,
  { owner_id }: CredentialFilter,
  { page, limit }: PageRequest,
): Promise<CredentialRow[]> {
  let query = db.selectFrom('credentials').selectAll()
  if (owner_id !== undefined) query = query.where('owner_id', '=', owner_id)
  const rows = await query
    .orderBy('id', 'desc')
    .limit(limit)
    .offset((page - 1) * limit)
    .execute()
  const secrets = await secretsOf(
    db,
    rows.map((row) => row.id),
  )
  return rows.map((row) => ({ ...row, secrets: secrets.filter((secret) => secret.credential_id === row.id) }))
}

/** All from a counter; those of one owner over their index. */
export async function countCredentials(db: Db, { owner_id }: CredentialFilter): Promise<number> {
  if (owner_id === undefined) return readCount(db, 'credentials')
  const { total } = await db
    .selectFrom('credentials')
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .where('owner_id', '=', owner_id)
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

/** Ends the current secret at `expiresAt`, and drops those whose grace is over. */
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

/** Oldest first: the last one is current. */
async function secretsOf(db: Db, credentialIds: readonly number[]): Promise<SecretRow[]> {
  if (credentialIds.length === 0) return []
  return db
    .selectFrom('credential_secrets')
    .selectAll()
    .where('credential_id', 'in', credentialIds)
    .orderBy('id')
    .execute()
}
