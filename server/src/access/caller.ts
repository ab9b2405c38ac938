import { AppError } from '../api/errors.ts'
import { fullReach, type Reach, type Role, reachOfCredential, reachOfPerson } from './roles.ts'
import { type Scope, type ScopeName, scopes } from './scopes.ts'

/** The rate limit of a credential; its figures are settings of the server. */
export const tiers = ['standard', 'premium'] as const
export type Tier = (typeof tiers)[number]

/** A program that presented a valid key or token. */
export interface CredentialPrincipal {
  kind: 'credential'
  id: number
  clientId: string
  name: string
  tier: Tier
  /** The user it acts for. */
  ownerId: number
  ownerRole: Role
  /** Scope names as granted. */
  scopeNames: readonly ScopeName[]
  /** The same with its groups expanded. */
  scopes: ReadonlySet<Scope>
}

/** A person who signed in. */
export interface PersonPrincipal {
  kind: 'person'
  id: number
  username: string
  role: Role
  /** The scopes of the role. */
  scopes: ReadonlySet<Scope>
  sessionId: number
}

export type Principal = CredentialPrincipal | PersonPrincipal

/** How the audit log names an actor. */
export interface ActorName {
  type: 'credential' | 'user' | 'operator' | 'system'
  id: number | null
  name: string
  ip: string | null
  requestId: string | null
}

export interface Actor extends ActorName {
  /** Scopes that the actor may use and grant. */
  scopes: ReadonlySet<Scope>
  /** How far those scopes reach. */
  reach: Reach
  /** The owner of new records. */
  userId: number
}

export function actorOf(principal: Principal, ip: string, requestId: string): Actor {
  const { id, scopes } = principal
  return principal.kind === 'person'
    ? {
        type: 'user',
        id,
        name: principal.username,
        scopes,
        reach: reachOfPerson(principal.role),
        userId: id,
        ip,
        requestId,
      }
    : {
        type: 'credential',
        id,
        name: principal.name,
        scopes,
        reach: reachOfCredential(principal.ownerRole, scopes),
        userId: principal.ownerId,
        ip,
        requestId,
      }
}

/** The system or an operator, without any restriction. @param userId the owner of new records */
export function unlimitedActor(
  { ip = null, requestId = null, ...name }: Pick<ActorName, 'type' | 'name'> & Partial<ActorName>,
  userId: number,
): Actor {
  const everything = new Set(Object.keys(scopes) as Scope[])
  return { id: null, ...name, ip, requestId, scopes: everything, reach: fullReach, userId }
}

/** @throws AppError permission_denied */
export function requireAdmin(actor: Actor, toDo: string): void {
  if (!actor.scopes.has('admin')) throw missingScope('admin', toDo, actor)
}

/** @param missing a scope, or several @param holder who lacks it: a person holds scopes by role */
export function missingScope(
  missing: ScopeName | readonly ScopeName[],
  toDo = 'This request',
  holder?: Principal | Pick<Actor, 'type'>,
): AppError {
  const scopes = [missing].flat()
  const named = scopes.length === 1 ? `scope '${scopes[0]}'` : `scopes '${scopes.join("', '")}'`
  const noun = holder && isPerson(holder) ? 'your role' : 'the credential'
  return new AppError('permission_denied', `${toDo} needs the ${named}, which ${noun} does not have.`, {
    message: 'Insufficient permissions',
    headers: {
      'www-authenticate': `Bearer realm="comserv", error="insufficient_scope", scope="${scopes.join(' ')}"`,
    },
  })
}

function isPerson(holder: Principal | Pick<Actor, 'type'>): boolean {
  return 'type' in holder ? holder.type === 'user' : holder.kind === 'person'
}
