import { AppError } from '../api/errors.ts'
import type { Tier } from './bounds.ts'
import { fullGrant, type Grant, type Withheld, withheldBy } from './grant.ts'
import type { GrantUse } from './grant-use.ts'
import { expandScopes, type ScopeName } from './scopes.ts'

/** A program that presented a valid key or token. */
export interface CredentialPrincipal extends Grant {
  kind: 'credential'
  id: number
  clientId: string
  name: string
  tier: Tier
  /** The user it acts for. */
  ownerId: number
  /** Scope names as given to the credential or the token, whether or not the owner still has them. */
  scopeNames: readonly ScopeName[]
  ownerRole: string
  withheld: readonly Withheld[]
}

/** A person who signed in. */
export interface PersonPrincipal extends Grant {
  kind: 'person'
  id: number
  username: string
  role: string
  sessionId: number
  /** Whether the person gave the password within the last 10 minutes. */
  isConfirmed: boolean
}

/** An application that acts for a person who signed in to it. */
export interface DelegatePrincipal extends Grant {
  kind: 'delegate'
  /** The person. */
  id: number
  username: string
  role: string
  signInId: number
  /** What it may know of the person, and how long it may act: no rights of the API. */
  known: readonly string[]
  application: { id: number; clientId: string; name: string; origins: readonly string[] }
}

export type Principal = CredentialPrincipal | PersonPrincipal | DelegatePrincipal

/** How the audit log names an actor. */
export interface ActorName {
  type: 'credential' | 'user' | 'operator' | 'system' | 'anonymous'
  id: number | null
  name: string
  ip: string | null
  requestId: string | null
  /** The person behind it, if there is one: what is logged of their name and address is sealed under their key. */
  userId?: number
}

/** The scopes are those that the actor may use and grant. */
export interface Actor extends ActorName, Grant {
  /** The owner of new records. */
  userId: number
  /** The name of the application that acts for the person, if one does. */
  application?: string
  /** Of a credential. */
  withheld?: readonly Withheld[]
  /** Until when hooks may take their time, by `performance.now()`, where that is not for each change to say. */
  hooksUntilMs?: number
  /** Where the response is stored: what the request needed. */
  use?: GrantUse
}

export function actorOf(principal: Principal, ip: string, requestId: string): Actor {
  const { id, scopes, reach } = principal
  const common = { id, scopes, reach, ip, requestId }
  if (principal.kind === 'person') return { ...common, type: 'user', name: principal.username, userId: id }
  if (principal.kind === 'delegate') {
    const { username, application } = principal
    const name = `${username} (by ${application.name})`
    return { ...common, type: 'user', name, userId: id, application: application.name }
  }
  const { name, ownerId, withheld } = principal
  return { ...common, type: 'credential', name, userId: ownerId, withheld }
}

/** Nobody authenticated: the address is all that is known. */
export function anonymousActor(ip: string, requestId: string): ActorName {
  return { type: 'anonymous', id: null, name: 'anonymous', ip, requestId }
}

/** The system or an operator, without any restriction. @param userId the owner of new records */
export function unlimitedActor(
  { ip = null, requestId = null, ...name }: Pick<ActorName, 'type' | 'name'> & Partial<ActorName>,
  userId: number,
): Actor {
  return { id: null, ...name, ip, requestId, ...fullGrant, userId }
}

/** @throws AppError permission_denied */
export function requireAdmin(actor: Actor, toDo: string): void {
  if (!actor.scopes.has('admin')) throw missingScope('admin', toDo, actor)
}

/** @param missing a scope, or several @param holder the caller that lacks it */
export function missingScope(
  missing: ScopeName | readonly ScopeName[],
  toDo = 'This request',
  holder?: Principal | Actor,
): AppError {
  const scopes = [missing].flat()
  const named = scopes.length === 1 ? `scope '${scopes[0]}'` : `scopes '${scopes.join("', '")}'`
  return new AppError(
    'permission_denied',
    `${toDo} needs the ${named}, which ${whyMissing(scopes, holder)}.`,
    {
      message: 'Insufficient permissions',
      headers: {
        'www-authenticate': `Bearer realm="comserv", error="insufficient_scope", scope="${scopes.join(' ')}"`,
      },
    },
  )
}

/** A person holds scopes by role, and so does the owner of a credential. */
function whyMissing(missing: readonly ScopeName[], holder?: Principal | Actor): string {
  if (!holder) return 'the credential does not have'
  const application = applicationOf(holder)
  if (application !== undefined)
    return `the application '${application}' was not given, or the role of its person does not have`
  if (isPerson(holder)) return 'your role does not have'
  const withheld = 'withheld' in holder ? holder.withheld : undefined
  const by = withheldBy(withheld, expandScopes(missing).difference(holder.scopes))
  if (!by) return 'the credential does not have'
  return by.by === 'role'
    ? `the credential was given but its owner's role '${by.name}' does not have`
    : `the credential was given but the credential '${by.name}', which it descends from, does not have`
}

function applicationOf(holder: Principal | Actor): string | undefined {
  if ('type' in holder) return holder.application
  return holder.kind === 'delegate' ? holder.application.name : undefined
}

function isPerson(holder: Principal | Actor): boolean {
  return 'type' in holder ? holder.type === 'user' : holder.kind === 'person'
}
