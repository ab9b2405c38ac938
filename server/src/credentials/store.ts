import { type Insertable, type Selectable, type SqlBool, sql, type Updateable } from 'kysely'
import { type Bounds, boundsOfAll } from '../access/bounds.ts'
import { type Grant, grantsOf } from '../access/grant.ts'
import { expandScopes, type Scope, type ScopeName } from '../access/scopes.ts'
import { type SecretRow, secretsOf } from '../access/store.ts'
import { readCount } from '../db/counters.ts'
import type { Db } from '../db/database.ts'
import { holdsWords, lockingRow, searchTerm } from '../db/dialect.ts'
import { cutSlice, type Slice, withValues } from '../db/page.ts'
import { changedWords, keepSearchable, wordsOf } from '../db/search-index.ts'
import type { CredentialSecretsTable, CredentialsTable } from '../db/tables.ts'
import { searchTerms } from '../lib/words/search-words.ts'
import type { CredentialFilter } from './schema.ts'

export type CredentialRow = Selectable<CredentialsTable> & {
  secrets: SecretRow[]
  /** Its own end, or that of a credential that it descends from. */
  ends_at: string | null
  /** Scopes that it was given, and its owner or a credential that it descends from does not have now. */
  withheld: readonly Scope[]
}

export interface SeenFilter extends Omit<CredentialFilter, 'status'> {
  /** Nobody else's, whatever the other filters say. */
  seen_by?: number
  revoked?: boolean
  /** Whether it has ended by an instant, by its own bounds or those of a credential that it descends from. */
  ended?: readonly { by: string; is: boolean }[]
}

export async function insertCredential(db: Db, row: Insertable<CredentialsTable>): Promise<number> {
  const { id } = await db.insertInto('credentials').values(row).returning('id').executeTakeFirstOrThrow()
  await keepSearchable(db, 'credentials', id, await wordsOf('credentials', row))
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
  const [row] = await withRelated(db, await query.execute())
  return row
}

export async function listCredentials(
  db: Db,
  filter: SeenFilter,
  slice: Slice,
): Promise<Selectable<CredentialsTable>[]> {
  return cutSlice(matching(db, filter), db.selectFrom('credentials'), slice).selectAll().execute()
}

/** From a counter, or over the index of a filter. */
export async function countCredentials(db: Db, filter: SeenFilter): Promise<number> {
  if (Object.values(filter).every((value) => value === undefined)) return readCount(db, 'credentials')
  const { total } = await matching(db, filter)
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow()
  return total
}

export async function updateCredential(
  db: Db,
  before: CredentialRow,
  changes: Updateable<CredentialsTable>,
): Promise<void> {
  await db.updateTable('credentials').set(changes).where('id', '=', before.id).execute()
  await keepSearchable(db, 'credentials', before.id, await changedWords('credentials', before, changes))
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

/** Ends the grace period of former secrets. They stay until the next rotation, so that callers are told why they fail. */
export async function endFormerSecrets(db: Db, credentialId: number, now: string): Promise<void> {
  await db
    .updateTable('credential_secrets')
    .set({ expires_at: now })
    .where('credential_id', '=', credentialId)
    .where('expires_at', '>', now)
    .execute()
}

/** How many of an owner can still be used. */
export async function countLiving(db: Db, ownerId: number, now: string): Promise<number> {
  const { total } = await matching(db, { owner_id: ownerId })
    .where('revoked_at', 'is', null)
    .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', now)]))
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow()
  return total
}

/** The ids of all that descend from a credential and are not revoked, parents before children. */
export async function livingDescendants(db: Db, id: number): Promise<number[]> {
  const rows = await db
    .withRecursive('line', (line) =>
      line
        .selectFrom('credentials')
        .where('parent_id', '=', id)
        .select(['id', 'revoked_at'])
        .unionAll(
          line
            .selectFrom('line')
            .innerJoin('credentials', 'credentials.parent_id', 'line.id')
            .select(['credentials.id', 'credentials.revoked_at']),
        ),
    )
    .selectFrom('line')
    .select('id')
    .where('revoked_at', 'is', null)
    .orderBy('id')
    .execute()
  return rows.map((row) => row.id)
}

/** They are no longer bound by it. */
export async function releaseWebhooks(db: Db, id: number): Promise<void> {
  await db
    .updateTable('webhooks')
    .set((eb) => ({ credential_id: null, standing: eb('standing', '+', 1) }))
    .where('credential_id', '=', id)
    .execute()
}

function matching(db: Db, { q, owner_id, parent_id, tier, seen_by, revoked, ended = [] }: SeenFilter) {
  let found = withValues(db.selectFrom('credentials'), { owner_id, parent_id, tier })
  if (seen_by !== undefined) found = found.where('owner_id', '=', seen_by)
  if (revoked !== undefined) found = found.where('revoked_at', revoked ? 'is not' : 'is', null)
  for (const { by, is } of ended)
    found = found.where(sql<SqlBool>`id ${is ? sql`in` : sql`not in`} ${endedBy(by)}`)
  return q === undefined ? found : found.where(holdsWords(db, 'credentials', searchTerm(db, searchTerms(q))))
}

/** The ids of all that have ended by an instant, and of all that descend from them. */
function endedBy(instant: string) {
  return sql`(
    with recursive ended (id) as (
      select id from credentials where expires_at <= ${instant}
      union
      select child.id from credentials child join ended on child.parent_id = ended.id
    ) select id from ended)`
}

export async function withRelated(
  db: Db,
  rows: readonly Selectable<CredentialsTable>[],
): Promise<CredentialRow[]> {
  const secrets = await secretsOf(
    db,
    rows.map((row) => row.id),
  )
  const bounds = await boundsOfAll(db, rows)
  const owners = await grantsOf(db, [...new Set(rows.map(({ owner_id }) => owner_id))])
  return rows.map((row, i) => ({
    ...row,
    secrets: secrets.filter((secret) => secret.credential_id === row.id),
    ends_at: bounds[i]?.expiresAt ?? null,
    withheld: withheldFrom(row, owners.get(row.owner_id), bounds[i]),
  }))
}

/** @param owner undefined for one who is not active, and may do nothing */
function withheldFrom(
  { scopes }: Pick<CredentialsTable, 'scopes'>,
  owner: Grant | undefined,
  { ancestors }: Pick<Bounds, 'ancestors'> = { ancestors: [] },
): Scope[] {
  const given = expandScopes(scopes.split(' ') as ScopeName[])
  const limits = [owner?.scopes ?? new Set<Scope>(), ...ancestors.map((ancestor) => ancestor.scopes)]
  return [...given].filter((scope) => limits.some((held) => !held.has(scope)))
}

/** The first credential of that name and owner that was neither revoked nor given an end. */
export function findLiving(
  db: Db,
  name: string,
  ownerId: number,
): Promise<Pick<Selectable<CredentialsTable>, 'id' | 'client_id' | 'scopes'> | undefined> {
  return db
    .selectFrom('credentials')
    .select(['id', 'client_id', 'scopes'])
    .where('name', '=', name)
    .where('owner_id', '=', ownerId)
    .where('revoked_at', 'is', null)
    .where('expires_at', 'is', null)
    .orderBy('id')
    .limit(1)
    .executeTakeFirst()
}
