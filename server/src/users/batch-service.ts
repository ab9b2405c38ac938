import type { Context } from '../context.ts'
import { applyBatch, type Batch, type BatchItem, type BatchResult, batchSchemas } from '../http/batch.ts'
import type { Actor } from '../http/caller.ts'
import { AppError } from '../http/errors.ts'
import { ListedUser, UserCreate, UserUpdate } from './schema.ts'
import { createUserIn, deleteUserIn, updateUserIn } from './service.ts'
import { lockUsers } from './store.ts'

export const userBatch = batchSchemas('User', {
  create: UserCreate,
  update: UserUpdate,
  resource: ListedUser,
})

export type UserBatchItem = BatchItem<UserCreate, UserUpdate>

export async function changeUsers(
  context: Context,
  actor: Actor,
  batch: Batch<UserBatchItem>,
): Promise<BatchResult<ListedUser>[]> {
  const passwordHashes = await hashPasswords(context, batch)
  return applyBatch(context.database, batch, {
    lock: lockUsers,
    async apply(trx, item) {
      const passwordHash = passwordHashes.get(item)
      switch (item.action) {
        case 'create':
          return listed(await createUserIn(trx, context, actor, item.data, passwordHash ?? null))
        case 'update':
          return listed(
            await updateUserIn(trx, context, actor, item.id, item.data, passwordHash, item.if_match),
          )
        case 'delete':
          await deleteUserIn(trx, context, actor, item.id, item.if_match)
          return undefined
      }
    },
  })
}

/** Before the transaction, which must not wait for them; one after the other: a batch has one at a time in the queue. */
async function hashPasswords({ passwords }: Context, { items }: Batch<UserBatchItem>) {
  const hashes = new Map<UserBatchItem, string>()
  for (const item of items) {
    if (item instanceof AppError || item.action === 'delete' || item.data.password === undefined) continue
    hashes.set(item, await passwords.hash(item.data.password))
  }
  return hashes
}

function listed({ etag, resource: { profile: _, ...user } }: Awaited<ReturnType<typeof createUserIn>>) {
  return { etag, resource: user }
}
