import { createHash } from 'node:crypto'
import { unlimitedActor } from '../access/caller.ts'
import { recordAudit } from '../audit/record.ts'
import { deleteAutomation } from '../automations/service.ts'
import { revokeCredential } from '../credentials/revocation.ts'
import { forgetImportsBy } from '../import/earlier.ts'
import type { Doing } from '../resource/record.ts'
import { systemAccountId } from '../users/accounts.ts'
import { erasePerson, requirePerson } from '../users/service.ts'
import { deleteWebhook } from '../webhooks/service.ts'
import type { Receipt } from './schema.ts'
import * as store from './store.ts'

/**
 * Erases a person, in one transaction: what belongs to them is revoked and emptied, the profile is removed, and the key
 * of everything that the logs hold of them is destroyed. Rows, ids and times stay, so that totals and references hold.
 * @param options when it takes effect, and how many records of extensions earlier transactions have erased
 * @returns the receipt
 */
export async function erase(
  doing: Omit<Doing, 'actor'>,
  userId: number,
  request: Pick<store.ErasureRow, 'requested_at' | 'requested_by'>,
  { erasedAt = doing.now, records = 0 } = {},
): Promise<Receipt> {
  const { trx, context, now } = doing
  const { db } = trx
  const person = await requirePerson(db, userId, { forUpdate: true })
  const credentials = await store.idsOfOwned(db, 'credentials', userId)
  const webhooks = await store.idsOfOwned(db, 'webhooks', userId)
  const automations = await store.idsOfOwned(db, 'automations', userId)
  const eraser = await eraserOf(doing, userId)
  const heldRecords = await eraseAllRecords(doing, userId)
  for (const id of credentials.living) {
    // One may have ended with another that it was made with.
    await revokeCredential(context, eraser, id)(trx)
  }
  for (const id of webhooks.living) await deleteWebhook(context, eraser, id)(trx)
  for (const id of automations.living) await deleteAutomation(context, eraser, id)(trx)
  await store.clearOwned(db, userId)
  await store.clearAutomations(db, userId)
  await store.clearRequests(db, userId)
  const storedResponses = await store.deleteResponses(db, userId, credentials.all)
  await store.deleteLinks(db, userId)
  await store.deleteApplicationAccess(db, userId)
  await store.deleteTestReceivers(db, userId)
  await forgetImportsBy(db, context, [
    { type: 'user', id: userId },
    ...credentials.all.map((id) => ({ type: 'credential' as const, id })),
  ])
  const { documents, ...unreadable } = await store.countLogged(db, userId)
  await store.destroyKey(db, userId)
  trx.afterCommit(() => context.database.subjects.forget(userId))
  await erasePerson(doing, person)

  const receipt = withHash({
    id: userId,
    ...request,
    erased_at: erasedAt,
    removed: {
      credentials: credentials.living.length,
      webhooks: webhooks.living.length,
      stored_responses: storedResponses,
      automations: automations.living.length,
      ...(records + heldRecords > 0 ? { records: records + heldRecords } : {}),
    },
    unreadable,
    kept: { documents },
  })
  await store.completeErasure(db, userId, { erased_at: erasedAt, receipt: JSON.stringify(receipt) })
  await recordAudit(trx, eraser, now, {
    action: 'user.erase',
    targetId: userId,
    before: null,
    after: receipt,
    isPlain: true,
  })
  return receipt
}

/** So many in a transaction, so that no other change waits long. */
export const recordsAtOnce = 100

/** Deletes or empties records of extensions. @returns how many, at most `recordsAtOnce` */
export async function eraseRecords(doing: Omit<Doing, 'actor'>, userId: number): Promise<number> {
  const eraser = await eraserOf(doing, userId)
  let done = 0
  for (const { people } of doing.context.catalog.resources) {
    if (!people) continue
    if (done === recordsAtOnce) break
    done += await people.erase(doing, eraser, userId, recordsAtOnce - done)
  }
  return done
}

async function eraseAllRecords(doing: Omit<Doing, 'actor'>, userId: number): Promise<number> {
  let done = 0
  for (;;) {
    const some = await eraseRecords(doing, userId)
    done += some
    if (some < recordsAtOnce) return done
  }
}

async function eraserOf({ trx }: Omit<Doing, 'actor'>, userId: number) {
  return unlimitedActor({ type: 'system', name: 'erasure' }, (await systemAccountId(trx.db)) ?? userId)
}

function withHash(receipt: Omit<Receipt, 'sha256'>): Receipt {
  return { ...receipt, sha256: createHash('sha256').update(JSON.stringify(receipt)).digest('hex') }
}
