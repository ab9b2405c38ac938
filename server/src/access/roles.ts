import { allDocuments, type DocumentReach, narrowedBy, type Rule } from './rules.ts'
import type { ScopeName } from './scopes.ts'

export const roles = ['admin', 'developer', 'editor', 'normal'] as const
export type Role = (typeof roles)[number]

/** The records that a caller's scopes apply to. */
export interface Reach {
  /** Only the person's own credentials and webhooks; all others look as if they did not exist. */
  ownOnly: boolean
  /** Only published documents, and not their history. */
  publishedOnly: boolean
  documents: DocumentReach
}

export const fullReach: Reach = { ownOnly: false, publishedOnly: false, documents: allDocuments }
const ownReach: Reach = { ...fullReach, ownOnly: true }
const published: readonly Rule[] = [{ scope: 'documents:read', where: { status: ['published'] } }]

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
    reach: ownReach,
  },
  editor: {
    description: 'Writes and publishes documents, and reads users',
    opens: ['users:read', 'documents:read', 'documents:write'],
    reach: ownReach,
  },
  normal: {
    description: 'Reads published documents',
    opens: ['documents:read'],
    reach: {
      ...ownReach,
      publishedOnly: true,
      documents: narrowedBy(allDocuments, { by: 'role', name: 'normal', rules: published }),
    },
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
