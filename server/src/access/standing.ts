import type { Db } from '../db/database.ts'
import { boundsOf } from './bounds.ts'
import { type Grant, grantOf, grantOfCredential } from './grant.ts'
import type { ScopeName } from './scopes.ts'
import { boundsRowsOf, findActiveUsers, roleOf } from './store.ts'

/** What a caller of an earlier request may do now, and as whom. */
export type Standing = Grant & { userId: number }

/**
 * For what happens later than it was asked for. A credential that was handed over acts for its new owner; one of the
 * system account is bound by its scopes alone.
 * @param caller the user, or otherwise the credential
 * @param now a credential that expires by then has ended
 */
export async function standingOf(
  db: Db,
  caller: { userId: number | null; credentialId: number | null },
  now: string,
): Promise<Standing | 'inactive' | 'ended'> {
  const { userId, credentialId } = caller
  if (userId !== null) {
    const grant = await grantOf(db, userId)
    return grant ? { ...grant, userId } : 'inactive'
  }
  const [row] = await boundsRowsOf(db, credentialId === null ? [] : [credentialId])
  const bounds = row && (await boundsOf(db, row))
  if (!bounds || row.revoked_at !== null) return 'ended'
  if (bounds.expiresAt !== null && bounds.expiresAt <= now) return 'ended'
  const [owner] = await findActiveUsers(db, [row.owner_id])
  if (!owner) return 'inactive'
  const names = row.scopes.split(' ') as ScopeName[]
  return { ...grantOfCredential(names, bounds, roleOf(owner)), userId: row.owner_id }
}
