import type { Actor, ActorName } from '../access/caller.ts'
import type { Scope } from '../access/scopes.ts'
import type { Context } from '../context.ts'
import { systemAccountId } from '../users/accounts.ts'
import { listCredentialIds } from './store.ts'

type Sender = Pick<ActorName, 'type' | 'id'>

/** The sender of a file over HTTP, used instead of a path. */
export function senderOf({ type, id }: Sender): string {
  return `import by ${type} ${id}`
}

/**
 * The senders whose rows are recognised in a file of this one: everybody who acts for the same user. That a row was
 * imported tells what is in it, so a credential that may not read all that its owner reads has only its own, and so does
 * one of the system account, which stands for no person.
 * @param reads the scope that reads such records
 */
export async function sendersRecognised(
  { database: { read } }: Pick<Context, 'database'>,
  actor: Actor,
  reads: Scope,
): Promise<Sender[]> {
  if (actor.type !== 'user') {
    const isNarrowed = actor.reach.documents.by.some(({ by }) => by === 'credential')
    if (isNarrowed || !actor.scopes.has(reads)) return [actor]
    if (actor.userId === (await systemAccountId(read))) return [actor]
  }
  const ids = await listCredentialIds(read, actor.userId)
  return [{ type: 'user', id: actor.userId }, ...ids.map((id) => ({ type: 'credential' as const, id }))]
}
