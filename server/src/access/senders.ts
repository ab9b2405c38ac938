import type { Db } from '../db/database.ts'
import { boundsOfAll } from './bounds.ts'
import { type Grant, grantsOf } from './grant.ts'
import { type Narrowing, narrowedBy } from './rules.ts'
import { expandScopes, type Scope, type ScopeName } from './scopes.ts'
import { boundsRowsOf } from './store.ts'

/** Whose rights bound what a webhook is sent. */
export interface Sender {
  /** What its owner may do now; undefined for one who may not sign in. */
  owner: Grant | undefined
  /** The credential that decided what it is sent, as it is now; undefined if a person did. */
  maker: Maker | 'ended' | undefined
}

/** A credential, with the credentials that it descends from. */
interface Maker {
  scopes: ReadonlySet<Scope>
  narrowings: readonly Narrowing[]
}

/** Without any restriction. */
export const anySender = (owner: Grant): Sender => ({ owner, maker: undefined })

/** By the id of the webhook. @param now a credential that expires by then has ended */
export async function sendersOf(
  db: Db,
  webhooks: readonly { id: number; owner_id: number; credential_id: number | null }[],
  now: string,
): Promise<ReadonlyMap<number, Sender>> {
  const distinct = (ids: readonly (number | null)[]) => [...new Set(ids.filter((id) => id !== null))]
  const owners = await grantsOf(db, distinct(webhooks.map(({ owner_id }) => owner_id)))
  const makers = await makersOf(db, distinct(webhooks.map(({ credential_id }) => credential_id)), now)
  return new Map(
    webhooks.map(({ id, owner_id, credential_id }) => {
      const maker = credential_id === null ? undefined : (makers.get(credential_id) ?? 'ended')
      return [id, { owner: owners.get(owner_id), maker }]
    }),
  )
}

/** What the sender may read, as far as the maker may, too; undefined where nothing is sent at all. */
export function readerOf({ owner, maker }: Sender): Grant | undefined {
  if (!owner || maker === 'ended') return undefined
  if (!maker) return owner
  const documents = maker.narrowings.reduce(narrowedBy, owner.reach.documents)
  return { scopes: owner.scopes.intersection(maker.scopes), reach: { ...owner.reach, documents } }
}

async function makersOf(db: Db, ids: readonly number[], now: string): Promise<Map<number, Maker | 'ended'>> {
  const rows = await boundsRowsOf(db, ids)
  const bounds = await boundsOfAll(db, rows)
  return new Map(
    bounds.flatMap(({ expiresAt, narrowings, ancestors }, i) => {
      const row = rows[i]
      if (!row) return []
      const hasEnded = row.revoked_at !== null || (expiresAt !== null && expiresAt <= now)
      const own = expandScopes(row.scopes.split(' ') as ScopeName[])
      const scopes = ancestors.reduce((left, above) => left.intersection(above.scopes), own)
      return [[row.id, hasEnded ? 'ended' : { scopes, narrowings }]]
    }),
  )
}
