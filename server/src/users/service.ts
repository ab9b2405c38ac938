import { recordAudit } from '../audit/record.ts'
import type { Context } from '../context.ts'
import { readerFor, type Transaction } from '../db/database.ts'
import { appendEvent } from '../events/outbox.ts'
import { type Actor, type ActorName, requireAdmin } from '../http/caller.ts'
import { etagWithNotes, type IfMatch, requireMatch, type Tagged } from '../http/conditional.ts'
import { AppError, invalidRequest, notFound } from '../http/errors.ts'
import { type Listing, type ListRequest, listing } from '../http/paging.ts'
import { changedColumns } from '../lib/changed-columns.ts'
import { settled } from '../lib/merge-patch.ts'
import { emailKey } from '../lib/names/email-addresses.ts'
import { usernameKey } from '../lib/names/usernames.ts'
import { toTimestamp } from '../lib/timestamps.ts'
import { trashExpiry } from '../lib/trash-time.ts'
import { endSessionsOf } from '../sessions/end-sessions.ts'
import { requireAuthorityOver } from './authority.ts'
import { identityOf, namingDuplicates } from './names.ts'
import type { Role } from './roles.ts'
import {
  type CreatedUser,
  type ListedUser,
  type User,
  type UserCreate,
  type UserFilter,
  type UserRestore,
  type UserUpdate,
  userDefaults,
} from './schema.ts'
import * as store from './store.ts'

export async function listUsers(
  { database }: Context,
  filter: UserFilter,
  request: ListRequest,
): Promise<Listing<ListedUser>> {
  const reader = readerFor(database, filter)
  const [rows, total] = await Promise.all([
    store.listUsers(reader, filter, request.part),
    store.countUsers(reader, filter),
  ])
  return listing(request, rows, total, (row) => row as ListedUser)
}

export async function getUser({ database }: Context, id: number): Promise<Tagged<User>> {
  const row = await store.findUser(database.read, id)
  if (!row) throw notFound('user', id)
  return tagged(row)
}

export async function createUser(
  context: Context,
  actor: Actor,
  input: UserCreate,
): Promise<Tagged<CreatedUser>> {
  requireMayCreate(actor, input)
  const passwordHash = await context.passwords.hash(input.password)
  return context.database.write(async (trx) => {
    const { etag, resource } = await createUserIn(trx, context, actor, input, passwordHash)
    const { id, username, email, role, status, created_at } = resource
    return { etag, resource: { id, username, email, role, status, created_at } }
  })
}

/** Creates as a part of a larger change. @param passwordHash null when nobody is to sign in as this user yet @param createdAt when it was elsewhere, before */
export async function createUserIn(
  trx: Transaction,
  { clock }: Context,
  actor: Actor,
  input: Omit<UserCreate, 'password'>,
  passwordHash: string | null,
  createdAt?: string,
): Promise<Tagged<User>> {
  requireMayCreate(actor, input)
  return tagged(await addUser(trx, actor, clock.now(), input, passwordHash, createdAt))
}

/** Asked before the work, and before a stored response is replayed. */
export function requireMayCreate(actor: Actor, { role }: Pick<UserCreate, 'role'>): void {
  requireAuthorityOver(actor, role ?? userDefaults.role, 'Creating')
}

/** The part of a creation that stands in its transaction. */
export async function addUser(
  trx: Transaction,
  actor: ActorName,
  nowMs: number,
  input: Omit<UserCreate, 'password'>,
  passwordHash: string | null,
  createdAt = toTimestamp(nowMs),
): Promise<store.UserRow> {
  const now = toTimestamp(nowMs)
  const names = identityOf(input)
  const wanted = {
    ...names,
    password_hash: passwordHash,
    role: input.role ?? userDefaults.role,
    status: input.status ?? userDefaults.status,
    first_name: input.profile?.first_name ?? null,
    last_name: input.profile?.last_name ?? null,
    phone: input.profile?.phone ?? null,
    bio: input.profile?.bio ?? null,
    created_at: createdAt,
    updated_at: now,
    last_login: null,
    deleted_at: null,
    version: 1,
  }
  const row = await namingDuplicates(trx, names, () => store.insertUser(trx, wanted))
  await appendEvent(trx, 'user.created', nowMs, eventData(row))
  await recordAudit(trx, actor, now, {
    action: 'user.create',
    targetId: row.id,
    before: null,
    after: toUser(row),
  })
  return row
}

/** JSON merge patch (RFC 7396). A patch that changes nothing leaves no trace. */
export async function updateUser(
  context: Context,
  actor: Actor,
  id: number,
  input: UserUpdate,
  ifMatch?: IfMatch,
): Promise<Tagged<User>> {
  const passwordHash = input.password === undefined ? undefined : await context.passwords.hash(input.password)
  return context.database.write((trx) => updateUserIn(trx, context, actor, id, input, passwordHash, ifMatch))
}

/** Updates as a part of a larger change. @param passwordHash of the password that the input names */
export async function updateUserIn(
  trx: Transaction,
  context: Context,
  actor: Actor,
  id: number,
  input: UserUpdate,
  passwordHash: string | undefined,
  ifMatch?: IfMatch,
): Promise<Tagged<User>> {
  const nowMs = context.clock.now()
  const now = toTimestamp(nowMs)
  const before = await requireLiving(trx, id)
  const changes = changedColumns(before, {
    ...columnsOf(input),
    ...(passwordHash ? { password_hash: passwordHash } : {}),
  })
  requireMayChange(actor, before, changes)
  requireMatch(ifMatch, etagOfUser(before))
  if (Object.keys(changes).length === 0) return tagged(before)
  await requireAnotherAdmin(trx, before, { ...before, ...changes })
  const { username_key, email_key } = { ...before, ...changes }
  const after = await namingDuplicates(trx, { username_key, email_key, id }, () =>
    store.updateUser(trx, before, { ...changes, updated_at: now, version: before.version + 1 }),
  )
  // The standing of a user is the standing of the credentials that the user owns, and the role their reach.
  if ('status' in changes || 'role' in changes) trx.afterCommit(() => context.credentials.forgetAll())
  // Who lost the account, or its password, is out; coming back takes a new sign-in.
  if (after.status !== 'active' || passwordHash) await endSessionsOf(trx, id)
  await appendEvent(trx, 'user.updated', nowMs, eventData(after))
  await recordAudit(trx, actor, now, {
    action: 'user.update',
    targetId: id,
    before: toUser(before),
    after: toUser(after),
  })
  return tagged(after)
}

/** Gone from lists and reads at once; the row stays for its time in the trash. */
export async function deleteUser(
  context: Context,
  actor: Actor,
  id: number,
  ifMatch?: IfMatch,
): Promise<void> {
  await context.database.write((trx) => deleteUserIn(trx, context, actor, id, ifMatch))
}

/** Deletes as a part of a larger change. */
export async function deleteUserIn(
  trx: Transaction,
  context: Context,
  actor: Actor,
  id: number,
  ifMatch?: IfMatch,
): Promise<void> {
  const nowMs = context.clock.now()
  const now = toTimestamp(nowMs)
  const before = await requireLiving(trx, id)
  requireAuthorityOver(actor, before.role as Role, 'Deleting')
  requireMatch(ifMatch, etagOfUser(before))
  await requireAnotherAdmin(trx, before, undefined)
  await store.updateUser(trx, before, { deleted_at: now, updated_at: now, version: before.version + 1 })
  trx.afterCommit(() => context.credentials.forgetAll())
  await endSessionsOf(trx, id)
  await appendEvent(trx, 'user.deleted', nowMs, eventData(before))
  await recordAudit(trx, actor, now, {
    action: 'user.delete',
    targetId: id,
    before: toUser(before),
    after: null,
  })
}

/** Out of the trash, as it was, or under others where its name and address have been taken in the meantime. */
export async function restoreUser(
  context: Context,
  actor: Actor,
  id: number,
  input: UserRestore = {},
): Promise<Tagged<User>> {
  const { clock, config } = context
  const nowMs = clock.now()
  const now = toTimestamp(nowMs)
  return context.database.write(async (trx) => {
    const before = await store.findInTrash(trx.db, id, trashExpiry(clock.now(), config.trashDays))
    if (!before) throw new AppError('resource_not_found', `There is no deleted user with id ${id}.`)
    requireAuthorityOver(actor, before.role as Role, 'Restoring')
    const names = identityOf({
      username: input.username ?? before.username,
      email: input.email ?? before.email,
    })
    const after = await namingDuplicates(trx, names, () =>
      store.updateUser(trx, before, {
        ...names,
        deleted_at: null,
        updated_at: now,
        version: before.version + 1,
      }),
    )
    trx.afterCommit(() => context.credentials.forgetAll())
    await appendEvent(trx, 'user.updated', nowMs, eventData(after))
    await recordAudit(trx, actor, now, {
      action: 'user.restore',
      targetId: id,
      before: null,
      after: toUser(after),
    })
    return tagged(after)
  })
}

/** @throws AppError invalid_request when the user cannot own anything */
export async function requireActiveUser(trx: Transaction, id: number): Promise<void> {
  const owner = await store.findOwner(trx.db, id)
  if (!owner) throw invalidRequest(`There is no user with id ${id}.`)
  if (owner.status !== 'active')
    throw invalidRequest(`The user ${id} is ${owner.status}; only an active user can own a credential.`)
}

export async function userExists(trx: Transaction, id: number): Promise<boolean> {
  return (await store.findOwner(trx.db, id)) !== undefined
}

/** The user who signs in by this name or email address. */
export async function userIdOf(trx: Transaction, name: string): Promise<number | undefined> {
  return (await store.findBySignInName(trx.db, name))?.id
}

async function requireLiving(trx: Transaction, id: number): Promise<store.UserRow> {
  const row = await store.findUser(trx.db, id, { forUpdate: true })
  if (!row) throw notFound('user', id)
  return row
}

/** The profile leads nowhere; everything else is a way to the account, the email address included. */
function requireMayChange(actor: Actor, before: store.UserRow, changes: Partial<store.UserRow>): void {
  if (Object.keys(changes).some((column) => !(column in clearedProfile)))
    requireAuthorityOver(actor, before.role as Role, 'Changing more than the profile of')
  if ('role' in changes) requireAdmin(actor, "Changing a user's role")
}

/** Nobody locks the last administrator out. @param after undefined when the user is deleted */
async function requireAnotherAdmin(
  trx: Transaction,
  before: store.UserRow,
  after: store.UserRow | undefined,
): Promise<void> {
  const isActiveAdmin = (row: store.UserRow | undefined) => row?.role === 'admin' && row.status === 'active'
  if (!isActiveAdmin(before) || isActiveAdmin(after)) return
  if ((await store.lockActiveAdmins(trx.db)).length > 1) return
  throw new AppError(
    'conflict',
    `The user ${before.id} is the last active administrator; make another one first.`,
  )
}

const clearedProfile = { first_name: null, last_name: null, phone: null, bio: null }

function columnsOf(input: UserUpdate): Partial<store.UserRow> {
  const { username, email, role, status, profile } = settled(input, userDefaults)
  return {
    ...(username === undefined ? {} : { username, username_key: usernameKey(username) }),
    ...(email === undefined ? {} : { email, email_key: emailKey(email) }),
    ...(role === undefined ? {} : { role }),
    ...(status === undefined ? {} : { status }),
    ...(profile === null ? clearedProfile : profile),
  }
}

function eventData(row: store.UserRow) {
  const { id, username, email, role, status } = toUser(row)
  return { id, username, email, role, status }
}

function tagged(row: store.UserRow): Tagged<User> {
  return { etag: etagOfUser(row), resource: toUser(row) }
}

function etagOfUser({ id, version, last_login }: store.UserRow): string {
  return etagWithNotes(['user', id, version], [last_login])
}

export function toUser(row: store.UserRow): User {
  const { id, username, email, role, status, created_at, last_login, first_name, last_name, phone, bio } = row
  return {
    id,
    username,
    email,
    role: role as User['role'],
    status: status as User['status'],
    created_at,
    last_login,
    profile: { first_name, last_name, phone, bio },
  }
}
