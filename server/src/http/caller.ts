import type { Scope, ScopeName } from '../credentials/scopes.ts'
import { AppError } from './errors.ts'

export type Tier = 'standard' | 'premium'

/** A program that showed a valid key or token. */
export interface CredentialPrincipal {
  kind: 'credential'
  /** The credential's id. */
  id: number
  clientId: string
  name: string
  tier: Tier
  /** The user on whose behalf it acts. */
  ownerId: number
  /** Scope names as granted. */
  scopeNames: readonly ScopeName[]
  /** What those names open. */
  scopes: ReadonlySet<Scope>
}

export type Principal = CredentialPrincipal

/** Who changes something, as the audit log records it. */
export interface Actor {
  type: 'credential' | 'user' | 'operator' | 'system'
  id: number | null
  name: string
  /** Scopes that the actor may use, and may hand on. */
  scopes: ReadonlySet<Scope>
  /** The user that new things belong to. */
  userId: number
  ip: string | null
  requestId: string | null
}

export function actorOf(principal: Principal, ip: string, requestId: string): Actor {
  const { id, name, scopes, ownerId } = principal
  return { type: 'credential', id, name, scopes, userId: ownerId, ip, requestId }
}

/** @throws AppError permission_denied */
export function requireAdmin(actor: Actor, toDo: string): void {
  if (!actor.scopes.has('admin')) throw missingScope('admin', toDo)
}

export function missingScope(scope: ScopeName, toDo = 'This call'): AppError {
  return new AppError(
    'permission_denied',
    `${toDo} needs the scope '${scope}', which the credential does not have.`,
    {
      message: 'Insufficient permissions',
      headers: { 'www-authenticate': `Bearer realm="comserv", error="insufficient_scope", scope="${scope}"` },
    },
  )
}
