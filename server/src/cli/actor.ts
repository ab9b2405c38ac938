import { type Actor, unlimitedActor } from '../access/caller.ts'
import type { Context } from '../context.ts'
import { ensureSystemUser } from '../users/system-user.ts'

/** Anyone who can run a command on this machine may do everything, and appears in the audit log as the operator. */
export async function operator(context: Context): Promise<Actor> {
  return operatorActingFor(await ensureSystemUser(context))
}

/** @param userId the owner of new records */
export function operatorActingFor(userId: number): Actor {
  return unlimitedActor({ type: 'operator', name: 'command line' }, userId)
}
