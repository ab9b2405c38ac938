import type { Actor } from '../access/caller.ts'
import { requireRulesWithin } from '../access/handed-on.ts'
import { expandScopes, type ScopeName } from '../access/scopes.ts'
import { type IfMatch, requireMatch } from '../api/conditional.ts'
import type { Context } from '../context.ts'
import type { Change } from '../db/database.ts'
import { changing, type Doing } from '../resource/record.ts'
import { limitsOf, requireBoundAsCaller } from './bounds.ts'
import type { Revocation } from './schema.ts'
import { record, requireHeld } from './service.ts'
import * as store from './store.ts'

/**
 * Final, and at once: for the secrets, for every token issued from them and, unless they are kept, for all credentials
 * that descend from it. Revoking again changes nothing.
 */
export function revokeCredential(
  context: Context,
  actor: Actor,
  id: number,
  ifMatch?: IfMatch,
  { children = 'revoke' }: Revocation = {},
): Change<number> {
  return changing(context, actor, async (doing) => {
    const before = await record.read(context, doing.trx.db, actor, id, { forUpdate: true })
    await requireMayRevoke(doing, before, 'Revoking the credential')
    if (before.revoked_at === null) {
      requireMatch(ifMatch, record.etag(before, context))
      await record.write(doing, 'delete', before, { revoked_at: doing.now })
    }
    if (children === 'revoke') return revokeDescendants(doing, id)
    await store.releaseWebhooks(doing.trx.db, id)
    return 0
  })
}

/** Ends the grace period of a rotation at once. Where none is running, or the credential was revoked, nothing changes. */
export function endPreviousSecret(
  context: Context,
  actor: Actor,
  id: number,
  ifMatch?: IfMatch,
): Change<void> {
  return changing(context, actor, async (doing) => {
    const { trx, now } = doing
    const before = await record.read(context, trx.db, actor, id, { forUpdate: true })
    await requireMayRevoke(doing, before, 'Ending the previous secret')
    if (record.show(before, context).previous_secret_expires_at === null) return
    requireMatch(ifMatch, record.etag(before, context))
    await store.endFormerSecrets(trx.db, id, now)
    await record.write(doing, 'end_previous_secret', before, {})
  })
}

/** People may always revoke what they own; otherwise it takes what changing the credential takes. */
async function requireMayRevoke(
  { trx, actor }: Doing,
  row: store.CredentialRow,
  toDo: string,
): Promise<void> {
  if (actor.type === 'user' && row.owner_id === actor.userId) return
  const names = row.scopes.split(' ') as ScopeName[]
  requireHeld(actor, names, toDo)
  requireRulesWithin(actor, row, expandScopes(names), toDo)
  if (actor.type === 'credential' && !actor.scopes.has('admin'))
    await requireBoundAsCaller(trx, actor, await limitsOf(trx, actor), row)
}

/** @returns how many it were */
async function revokeDescendants(doing: Doing, id: number): Promise<number> {
  const { trx, now } = doing
  let revoked = 0
  // Again until there is none: one of them may have created another before it was locked.
  for (;;) {
    const ids = await store.livingDescendants(trx.db, id)
    if (ids.length === 0) return revoked
    for (const child of ids) {
      const before = await store.findCredential(trx.db, child, { forUpdate: true })
      if (!before || before.revoked_at !== null) continue
      await record.write(doing, 'delete', before, { revoked_at: now })
      revoked++
    }
  }
}
