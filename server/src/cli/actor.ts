import type { Context } from '../context.ts'
import { type Scope, scopes } from '../credentials/scopes.ts'
import type { Actor } from '../http/caller.ts'
import { fullReach } from '../users/roles.ts'
import { ensureSystemUser } from '../users/system-user.ts'

/** Whoever can run a command on this machine may do everything, and stands in the audit log as the operator. */
export async function operator(context: Context): Promise<Actor> {
  return operatorActingFor(await ensureSystemUser(context))
}

/** @param userId the user that new things belong to */
export function operatorActingFor(userId: number): Actor {
  return {
    type: 'operator',
    id: null,
    name: 'command line',
    scopes: new Set(Object.keys(scopes) as Scope[]),
    reach: fullReach,
    userId,
    ip: null,
    requestId: null,
  }
}
