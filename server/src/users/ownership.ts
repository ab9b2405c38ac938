import { AppError, invalidRequest } from '../api/errors.ts'
import type { OwnedMax } from '../config/decide.ts'
import type { Db, Transaction } from '../db/database.ts'
import { findOwner } from './store.ts'

/** What users own, and how much of it. */
export interface Owned {
  plural: 'credentials' | 'webhooks'
  max: OwnedMax
  /** How to make room. */
  release: string
  /** How many count against the limit. */
  count(db: Db, ownerId: number): Promise<number>
}

/**
 * Requires that the user can own one more. Locks the user, so that two transactions do not both count up to the limit.
 * @throws AppError
 */
export async function requireOwner(trx: Transaction, id: number, owned: Owned): Promise<void> {
  const owner = await findOwner(trx.db, id, { forUpdate: true })
  if (!owner) throw invalidRequest(`There is no user with id ${id}.`)
  const { plural, max, release } = owned
  if (owner.status !== 'active')
    throw invalidRequest(`The user ${id} is ${owner.status}; only an active user can own ${plural}.`)
  const limit = owner.is_system ? max.system : max.user
  if ((await owned.count(trx.db, id)) < limit) return
  const setting = owner.is_system
    ? `COMSERV_SYSTEM_${plural.toUpperCase()}_MAX`
    : `COMSERV_${plural.toUpperCase()}_PER_OWNER_MAX`
  throw new AppError(
    'conflict',
    `${owner.is_system ? 'The system account' : `The user ${id}`} owns ${limit} ${plural}, as many as this server allows; ${release}, or raise ${setting}.`,
  )
}
