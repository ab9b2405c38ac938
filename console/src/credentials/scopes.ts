import type { Scope } from 'comserv'

/** One line of the matrix: what it is about, and the scopes that open it for reading and for changing. */
export interface ScopeRow {
  label: string
  explains: string
  read?: Scope
  write?: Scope
}

export const scopeRows: readonly ScopeRow[] = [
  { label: 'Users', explains: 'People and their profiles', read: 'users:read', write: 'users:write' },
  {
    label: 'Documents',
    explains: 'Documents and their revisions',
    read: 'documents:read',
    write: 'documents:write',
  },
  { label: 'Events', explains: 'The log of what happened', read: 'events:read' },
  {
    label: 'Webhooks',
    explains: 'Webhooks and their deliveries',
    read: 'webhooks:read',
    write: 'webhooks:write',
  },
  {
    label: 'API credentials',
    explains: 'Keys like this one',
    read: 'credentials:read',
    write: 'credentials:write',
  },
  { label: 'Audit log', explains: 'Who changed what', read: 'audit:read' },
]

const groups: Record<'read' | 'write', readonly Scope[]> = {
  read: ['users:read', 'documents:read', 'events:read'],
  write: ['users:write', 'documents:write'],
}

/** What the names open, group names spelt out. */
export function expanded(names: readonly Scope[]): Scope[] {
  return [...new Set(names.flatMap((name) => (name === 'read' || name === 'write' ? groups[name] : [name])))]
}

/** The shortest way to say it: `read` and `write` for the scopes that they stand for, `admin` alone for everything. */
export function condensed(scopes: readonly Scope[]): Scope[] {
  if (scopes.includes('admin')) return ['admin']
  let left = [...scopes]
  const names: Scope[] = []
  for (const name of ['read', 'write'] as const) {
    if (!groups[name].every((scope) => left.includes(scope))) continue
    names.push(name)
    left = left.filter((scope) => !groups[name].includes(scope))
  }
  return [...names, ...left]
}
