import type { ScopeName } from './scopes.ts'

export const roles = ['admin', 'developer', 'editor', 'normal'] as const
export type Role = (typeof roles)[number]

/** The records that a caller's scopes apply to. */
export interface Reach {
  /** Only the person's own credentials and webhooks; all others look as if they did not exist. */
  ownOnly: boolean
  /** Only published documents. */
  publishedOnly: boolean
}

export const fullReach: Reach = { ownOnly: false, publishedOnly: false }

interface RoleTerms {
  description: string
  opens: readonly ScopeName[]
  reach: Reach
}

/** The roles of people. They also bound the credentials that a person owns (`grant.ts`). */
const terms: Readonly<Record<Role, RoleTerms>> = {
  admin: {
    description: 'Full access, including roles, administrators and the audit log',
    opens: ['admin'],
    reach: fullReach,
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
    reach: { ownOnly: true, publishedOnly: false },
  },
  editor: {
    description: 'Writes and publishes documents, and reads users',
    opens: ['users:read', 'documents:read', 'documents:write'],
    reach: { ownOnly: true, publishedOnly: false },
  },
  normal: {
    description: 'Reads published documents',
    opens: ['documents:read'],
    reach: { ownOnly: true, publishedOnly: true },
  },
}

/** Scope names for a role: just `admin` for an administrator, who has every scope. */
export function scopeNamesOfRole(role: Role): readonly ScopeName[] {
  return terms[role].opens
}

export function reachOfRole(role: Role): Reach {
  return terms[role].reach
}

export function descriptionOfRole(role: Role): string {
  return terms[role].description
}
