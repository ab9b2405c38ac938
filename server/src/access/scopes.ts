import { invalidRequest } from '../api/errors.ts'
import { extensionScopes } from '../extension/loaded.ts'

/** The scopes of the server itself. */
const ours = {
  'users:read': 'Read users',
  'users:write': 'Create, change and delete users',
  'documents:read': 'Read documents',
  'documents:write': 'Create, change and delete documents',
  'events:read': 'Read the event log',
  'webhooks:read': 'Read webhooks and their deliveries',
  'webhooks:write': 'Create, change and delete webhooks',
  'credentials:read': 'Read credentials',
  'credentials:write': 'Create, rotate and revoke credentials',
  'automations:read': 'Read automations and their runs',
  'automations:write': 'Create, change, run and delete automations',
  'audit:read': 'Read the audit log',
  admin: 'Everything, including what no other scope allows: administrators, roles, and granting any scope',
} as const

/** Of an extension: `x.NAME.read`. */
type ExtensionScope = `x.${string}`

/** Every scope of a credential, with its description, in the order of responses. */
export const scopes: Readonly<Record<Scope, string>> = {
  ...ours,
  ...extensionScopes,
}

/** Names that stand for several scopes. */
export const scopeGroups = {
  read: ['users:read', 'documents:read', 'events:read'],
  write: ['users:write', 'documents:write'],
} as const satisfies Record<string, readonly Scope[]>

export type Scope = keyof typeof ours | ExtensionScope
export type ScopeGroup = keyof typeof scopeGroups
export type ScopeName = Scope | ScopeGroup

export const scopeNames = [...Object.keys(scopeGroups), ...Object.keys(scopes)] as ScopeName[]

/** Expands groups; `admin` stands for every scope. */
export function expandScopes(names: Iterable<ScopeName>): ReadonlySet<Scope> {
  const open = new Set<Scope>()
  for (const name of names) {
    if (name === 'admin') return new Set(Object.keys(scopes) as Scope[])
    for (const scope of isGroup(name) ? scopeGroups[name] : [name]) open.add(scope)
  }
  return open
}

/**
 * Reads a space-separated list (RFC 6749 §3.3) into canonical order without duplicates.
 * @throws AppError invalid_request that names the first unknown scope
 */
export function parseScopes(text: string): ScopeName[] {
  const wanted = new Set(text.split(' ').filter((name) => name !== ''))
  const unknown = [...wanted].find((name) => !scopeNames.some((known) => known === name))
  if (unknown !== undefined) {
    throw invalidRequest(`'${unknown}' is not a scope; the scopes are: ${scopeNames.join(', ')}.`)
  }
  if (wanted.size === 0) throw invalidRequest(`Name at least one scope: ${scopeNames.join(', ')}.`)
  return scopeNames.filter((name) => wanted.has(name))
}

/** The names in `wanted` that include a scope missing from `held`. */
export function scopesBeyond(wanted: readonly ScopeName[], held: ReadonlySet<Scope>): ScopeName[] {
  return wanted.filter((name) =>
    name === 'admin' ? !held.has('admin') : [...expandScopes([name])].some((scope) => !held.has(scope)),
  )
}

/** The first of them; undefined when all are held. */
export function scopeBeyond(wanted: readonly ScopeName[], held: ReadonlySet<Scope>): ScopeName | undefined {
  return scopesBeyond(wanted, held)[0]
}

/** The part of `names` that is held; a group that is held in part becomes the scopes of it that are. */
export function scopesWithin(names: readonly ScopeName[], held: ReadonlySet<Scope>): ScopeName[] {
  const within = names.flatMap((name) =>
    scopeBeyond([name], held) === undefined ? [name] : [...expandScopes([name]).intersection(held)],
  )
  return [...new Set(within)]
}

export function isScope(name: string): name is Scope {
  return Object.hasOwn(scopes, name)
}

function isGroup(name: ScopeName): name is ScopeGroup {
  return Object.hasOwn(scopeGroups, name)
}
