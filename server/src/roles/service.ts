import { requireTermsOf } from '../access/authority.ts'
import type { Actor } from '../access/caller.ts'
import { requireNarrowable } from '../access/handed-on.ts'
import { isBuiltIn, type StoredRole, termsOf } from '../access/roles.ts'
import { namingUnknown, spelledAsStored } from '../access/rule-categories.ts'
import type { Rule } from '../access/rules.ts'
import { parseScopes, type ScopeName } from '../access/scopes.ts'
import { etagOf, type IfMatch, type Tagged } from '../api/conditional.ts'
import { AppError, invalidRequest } from '../api/errors.ts'
import { type Listing, type ListRequest, listing } from '../api/paging.ts'
import type { Context } from '../context.ts'
import type { Change, Db, Transaction } from '../db/database.ts'
import { violatedUnique } from '../db/dialect.ts'
import { settled } from '../lib/merge-patch.ts'
import { changing, recordOf } from '../resource/record.ts'
import { type RoleCreate, type RoleRecord, type RoleUpdate, roleDefaults } from './schema.ts'
import * as store from './store.ts'

export const record = recordOf<store.RoleRow, RoleRecord>({
  name: 'role',
  find: (db, id, _, options) => store.findRole(db, 'id', id, options),
  // Only administrators change roles.
  mayRead: () => true,
  async update(trx, before, { user_count: _, ...changes }, context) {
    // The people who have the role own credentials, which follow it.
    trx.afterCommit(() => context.credentials.forgetAll())
    return store.updateRole(trx.db, before, changes)
  },
  requireChangeable(actor, role) {
    if (role.is_built_in === 1)
      throw new AppError(
        'conflict',
        `The role '${role.name}' is built in and cannot be changed; make another one.`,
      )
    requireTermsOf(actor, role, 'Changing this role')
  },
  requireOutcome(actor, role) {
    requireNarrowable(termsOf(role).rules, termsOf(role).scopes)
    requireTermsOf(actor, role, 'Giving these scopes')
  },
  show: toRole,
  etag: ({ id, version, user_count }) => etagOf('role', id, version, user_count),
  auditView: (row) => {
    const { user_count: _, ...role } = toRole(row)
    return role
  },
})

export async function listRoles(
  { database }: Context,
  _actor: Actor,
  _filter: object,
  request: ListRequest,
): Promise<Listing<RoleRecord>> {
  const [rows, total] = await Promise.all([
    store.listRoles(database.read, request.slice),
    store.countRoles(database.read),
  ])
  return listing(request, rows, total, toRole)
}

/** @throws AppError resource_not_found */
export async function roleIdOf({ database }: Context, idOrName: string): Promise<number> {
  if (/^\d+$/.test(idOrName)) return Number(idOrName)
  const role = await store.readRole(database.read, idOrName)
  if (!role) throw new AppError('resource_not_found', `There is no role '${idOrName}'.`)
  return role.id
}

export function createRole(context: Context, actor: Actor, input: RoleCreate): Change<Tagged<RoleRecord>> {
  const { description, own_only, rules } = { ...roleDefaults, ...settled(input, roleDefaults) }
  const row = {
    name: input.name,
    description,
    scopes: grantable(input.scopes),
    own_only: Number(own_only),
    is_built_in: 0,
  }
  const change = record.create(context, actor, async ({ trx, now }) => {
    const stored = { ...row, rules: storedRules(await spelledAsStored(trx.db, actor, rules)) }
    try {
      return await trx.savepoint(() =>
        store.insertRole(trx, { ...stored, created_at: now, updated_at: now, version: 1 }),
      )
    } catch (error) {
      if (violatedUnique(error) !== 'roles_name') throw error
      throw new AppError('conflict', `There is already a role '${input.name}'.`, { cause: error })
    }
  })
  return namingUnknown(change, actor, rules)
}

export function updateRole(
  context: Context,
  actor: Actor,
  id: number,
  input: RoleUpdate,
  ifMatch?: IfMatch,
): Change<Tagged<RoleRecord>> {
  const { own_only, rules, scopes, ...patch } = settled(input, roleDefaults)
  const change = record.change(context, actor, id, ifMatch, async ({ trx }) => ({
    ...patch,
    ...(scopes ? { scopes: grantable(scopes) } : {}),
    ...(own_only === undefined ? {} : { own_only: Number(own_only) }),
    ...(rules === undefined ? {} : { rules: storedRules(await spelledAsStored(trx.db, actor, rules)) }),
  }))
  return namingUnknown(change, actor, rules)
}

function storedRules(rules: readonly Rule[] | null): string | null {
  return rules && JSON.stringify(rules)
}

/** Nobody may have it: a user without a role would have nobody to say what the user may do. */
export function deleteRole(context: Context, actor: Actor, id: number, ifMatch?: IfMatch): Change<void> {
  return changing(context, actor, async (doing) => {
    const { trx } = doing
    const before = await record.requireForChange(doing, id)
    record.requireSeen(doing, before, ifMatch)
    const trashed = await store.countTrashed(trx.db, before.name)
    const count = before.user_count + trashed
    if (count > 0) {
      throw new AppError('conflict', inUse(before.name, count, trashed))
    }
    await store.deleteRole(trx, id)
    await record.tell(doing, 'delete', { before })
  })
}

function inUse(name: string, count: number, trashed: number): string {
  if (count === 1)
    return `One user${trashed === 1 ? ' in the trash' : ''} has the role '${name}'. ${trashed === 1 ? 'Restore the user, and then give them' : 'Give that user'} another role first.`
  const inTrash = trashed > 0 ? `, ${trashed} of them in the trash` : ''
  return `${count} users have the role '${name}'${inTrash}. ${trashed > 0 ? 'Restore those, and give all of them' : 'Give them'} another role first.`
}

/** The terms of a role that exists. @throws AppError invalid_request that names all of them */
export async function requireRole(db: Db, name: string, where = "'role' field"): Promise<StoredRole> {
  return (await store.readRole(db, name)) ?? unknown(db, where)
}

/** The same, kept from being deleted until the transaction ends. */
export async function holdRole({ db }: Transaction, name: string): Promise<StoredRole> {
  return (
    (await (isBuiltIn(name) ? store.readRole(db, name) : store.holdRole(db, name))) ??
    unknown(db, "'role' field")
  )
}

/** For a list: a role that does not exist is a mistake, not an empty list. */
export async function requireRoleFilter(db: Db, name: string | undefined): Promise<void> {
  if (name !== undefined && !isBuiltIn(name)) await requireRole(db, name, "'role' query parameter")
}

/** Every role, in the order of the list. */
export async function everyRole(db: Db): Promise<StoredRole[]> {
  return store.allRoles(db)
}

async function unknown(db: Db, where: string): Promise<never> {
  throw invalidRequest(`The ${where} must be one of: ${(await store.roleNames(db)).join(', ')}.`)
}

/** `admin` belongs to the built-in role alone: its people are counted, so that one always remains. */
function grantable(names: readonly ScopeName[]): string {
  const scopes = parseScopes(names.join(' '))
  if (scopes.includes('admin'))
    throw invalidRequest(
      "The 'scopes' field cannot include 'admin', which belongs to the role 'admin' alone.",
    )
  return scopes.join(' ')
}

function toRole(row: store.RoleRow): RoleRecord {
  const { description, scopes, ownOnly, rules } = termsOf(row)
  return {
    id: row.id,
    name: row.name as RoleRecord['name'],
    description,
    scopes: [...scopes],
    own_only: ownOnly,
    rules: rules.length === 0 ? null : [...rules],
    built_in: row.is_built_in === 1,
    user_count: row.user_count,
    created_at: row.created_at,
    updated_at: row.updated_at,
  }
}
