import { allDocuments, type DocumentReach, narrowedBy, parsedRules, type Rule } from './rules.ts'
import type { ScopeName } from './scopes.ts'
import { isSame, sliceOf } from './slice.ts'

/** The roles that every server has, beside those that its administrators make. */
export const builtInRoles = ['admin', 'developer', 'editor', 'normal'] as const
export type BuiltInRole = (typeof builtInRoles)[number]

/** The records that a caller's scopes apply to. */
export interface Reach {
  /** Only the person's own credentials and webhooks; all others look as if they did not exist. */
  ownOnly: boolean
  /** The role narrows reading to published documents, and their history is not shown. */
  publishedOnly: boolean
  documents: DocumentReach
}

export const fullReach: Reach = { ownOnly: false, publishedOnly: false, documents: allDocuments }

/** What a role is: its scopes, and what they apply to. */
export interface RoleTerms {
  description: string
  scopes: readonly ScopeName[]
  ownOnly: boolean
  rules: readonly Rule[]
}

/** A role as the database holds it. */
export interface StoredRole {
  name: string
  description: string
  /** Scope names, separated by single spaces. */
  scopes: string
  own_only: number
  /** JSON. */
  rules: string | null
}

/** The roles of people. They also bound the credentials that a person owns (`grant.ts`). */
const builtIn: Readonly<Record<BuiltInRole, RoleTerms>> = {
  admin: {
    description: 'Full access, including roles, administrators and the audit log',
    scopes: ['admin'],
    ownOnly: false,
    rules: [],
  },
  developer: {
    description:
      'Builds integrations: reads users and documents, and manages their own credentials and webhooks',
    scopes: [
      'users:read',
      'documents:read',
      'events:read',
      'credentials:read',
      'credentials:write',
      'webhooks:read',
      'webhooks:write',
    ],
    ownOnly: true,
    rules: [],
  },
  editor: {
    description: 'Writes and publishes documents, and reads users',
    scopes: ['users:read', 'documents:read', 'documents:write'],
    ownOnly: true,
    rules: [],
  },
  normal: {
    description: 'Reads published documents',
    scopes: ['documents:read'],
    ownOnly: true,
    rules: [{ scope: 'documents:read', where: { status: ['published'] } }],
  },
}

export function isBuiltIn(name: string): name is BuiltInRole {
  return Object.hasOwn(builtIn, name)
}

/** A built-in role is what this version says, whatever its row holds. */
export function termsOf(role: BuiltInRole | StoredRole): RoleTerms {
  if (typeof role === 'string') return builtIn[role]
  const { name, description, scopes, own_only, rules } = role
  if (isBuiltIn(name)) return builtIn[name]
  return {
    description,
    scopes: scopes.split(' ').filter((scope) => scope !== '') as ScopeName[],
    ownOnly: own_only === 1,
    rules: parsedRules(rules),
  }
}

export function reachOfTerms(name: string, { ownOnly, rules }: RoleTerms): Reach {
  const documents = narrowedBy(allDocuments, { by: 'role', name, rules })
  return { ownOnly, publishedOnly: isSame(documents.read, published), documents }
}

const published = sliceOf({ status: ['published'] })
