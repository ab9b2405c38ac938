import { expandScopes, type Scope, type ScopeName } from './scopes.ts'

export const roles = ['admin', 'developer', 'editor', 'normal'] as const
export type Role = (typeof roles)[number]

/** The scopes of a role, and their reach. */
interface RoleTerms {
  description: string
  opens: readonly ScopeName[]
  /** Only the person's own credentials and webhooks; all others look as if they did not exist. */
  ownOnly: boolean
  /** Only published documents. */
  publishedOnly: boolean
}

/**
 * Roles of people. `ownOnly` also applies to the credentials that a person owns, unless an administrator granted them
 * `admin`; otherwise a developer could create a key that reaches further than the developer does.
 */
const terms: Readonly<Record<Role, RoleTerms>> = {
  admin: {
    description: 'Full access, including roles, administrators and the audit log',
    opens: ['admin'],
    ownOnly: false,
    publishedOnly: false,
  },
  developer: {
    description:
      'Builds integrations: reads users and documents, and manages their own credentials and webhooks',
    opens: [
      'users:read',
      'documents:read',
      'events:read',
      'credentials:read',
      'credentials:write',
      'webhooks:read',
      'webhooks:write',
    ],
    ownOnly: true,
    publishedOnly: false,
  },
  editor: {
    description: 'Writes and publishes documents, and reads users',
    opens: ['users:read', 'documents:read', 'documents:write'],
    ownOnly: true,
    publishedOnly: false,
  },
  normal: {
    description: 'Reads published documents',
    opens: ['documents:read'],
    ownOnly: true,
    publishedOnly: true,
  },
}

/** How far a caller's scopes reach. */
export interface Reach {
  ownOnly: boolean
  publishedOnly: boolean
}

export const fullReach: Reach = { ownOnly: false, publishedOnly: false }

/** Scope names for a role: just `admin` for an administrator, who has every scope. */
export function scopeNamesOfRole(role: Role): readonly ScopeName[] {
  return terms[role].opens
}

export function descriptionOfRole(role: Role): string {
  return terms[role].description
}

export function scopesOfRole(role: Role): ReadonlySet<Scope> {
  return scopesByRole[role]
}

export function reachOfPerson(role: Role): Reach {
  const { ownOnly, publishedOnly } = terms[role]
  return { ownOnly, publishedOnly }
}

/** A credential reads every document: its scope was granted explicitly. */
export function reachOfCredential(ownerRole: Role, scopes: ReadonlySet<Scope>): Reach {
  return { ownOnly: terms[ownerRole].ownOnly && !scopes.has('admin'), publishedOnly: false }
}

const scopesByRole = Object.fromEntries(
  Object.entries(terms).map(([role, { opens }]) => [role, expandScopes(opens)]),
) as Record<Role, ReadonlySet<Scope>>
