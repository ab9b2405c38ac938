import { requireAuthorityOver } from '../access/authority.ts'
import { type Actor, requireAdmin } from '../access/caller.ts'
import { maySee } from '../access/grant-use.ts'
import { dropLink } from '../access/one-time-links.ts'
import { endSessionsOf } from '../access/store.ts'
import { etagWithNotes, type IfMatch, type Tagged } from '../api/conditional.ts'
import { AppError, invalidRequest, notFound } from '../api/errors.ts'
import { type Listing, type ListRequest, listing } from '../api/paging.ts'
import type { Context } from '../context.ts'
import { type Change, type Db, readerFor, type Transaction } from '../db/database.ts'
import { appendEvent } from '../events/outbox.ts'
import type { Adjust } from '../extension/rules.ts'
import { settled } from '../lib/merge-patch.ts'
import { emailKey } from '../lib/names/email-addresses.ts'
import { usernameKey } from '../lib/names/usernames.ts'
import { trashExpiry } from '../lib/timestamps.ts'
import { sendsMail } from '../mail/outbox.ts'
import { type Doing, recordOf } from '../resource/record.ts'
import { holdRole, requireRole, requireRoleFilter } from '../roles/service.ts'
import { eventsOfErased, userEvents } from './events.ts'
import { makeLink } from './make-link.ts'
import { identityOf, namingDuplicates } from './names.ts'
import { requireOthersPassword } from './own-password.ts'
import { type KnownOf, requireGoodPassword } from './password-rules.ts'
import {
  type ListedUser,
  type User,
  type UserCreate,
  type UserFilter,
  type UserRestore,
  type UserStatus,
  type UserUpdate,
  userDefaults,
} from './schema.ts'
import * as store from './store.ts'

export const record = recordOf<store.UserRow, User>({
  name: 'user',
  find: (db, id, _, options) => store.findUser(db, id, options),
  mayRead: (actor, { id }) => maySee(actor, 'users:read') || (actor.type === 'user' && actor.userId === id),
  update(trx, before, changes, context) {
    // Credentials depend on the status of their owner, and their reach on the owner's role.
    if ('status' in changes || 'role' in changes || 'deleted_at' in changes)
      trx.afterCommit(() => context.credentials.forgetAll())
    const { id, username_key, email_key } = { ...before, ...changes }
    return namingDuplicates(trx, { username_key, email_key, id }, () =>
      store.updateUser(trx, before, changes),
    )
  },
  show: toUser,
  etag: ({ id, version, last_login }) => etagWithNotes(['user', id, version], [last_login]),
  auditView: toUser,
  eventsOf(before, after) {
    const row = after ?? before
    if (!row) return []
    const name = !after ? 'deleted' : before ? 'updated' : 'created'
    return [userEvents.occurred(name, toldOf(row), before && after && toldOf(before))]
  },
})

function toldOf(row: store.UserRow) {
  const { id, username, email, role, status } = toUser(row)
  return { id, username, email, role, status }
}

/** With its erasure, while it waits for one. */
export async function getUser(context: Context, actor: Actor, id: number): Promise<Tagged<User>> {
  const [{ etag, resource }, erasure] = await Promise.all([
    record.get(context, actor, id),
    store.findWaitingErasure(context.database.read, id),
  ])
  return { etag, resource: erasure ? { ...resource, erasure } : resource }
}

/** What a person got back while they wait to be erased would be erased with them. */
async function requireNoErasure({ db }: Transaction, id: number, done: string): Promise<void> {
  const erasure = await store.findWaitingErasure(db, id)
  if (!erasure) return
  throw new AppError(
    'conflict',
    `The user ${id} will be erased at ${erasure.due_at} and cannot be ${done}; cancel the erasure first: DELETE /api/v1/users/${id}/erase.`,
  )
}

/** Anybody who was ever created, also in the trash or purged. @throws AppError resource_not_found */
export async function requirePerson(
  db: Db,
  id: number,
  options?: { forUpdate: boolean },
): Promise<store.UserRow> {
  const person = await store.findPerson(db, id, options)
  if (!person) throw notFound('user', id)
  return person
}

/** While an erasure waits: the user is suspended, or as before when it is cancelled. A deleted user stays as it is. */
export async function setStatusForErasure(
  doing: Doing,
  before: store.UserRow,
  status: UserStatus,
): Promise<void> {
  if (before.deleted_at !== null) return
  const changes = { status }
  await requireAnotherAdmin(doing.trx, before, { ...before, ...changes })
  if (status !== 'active') await endSessionsOf(doing.trx, before.id)
  // Also where the status stays: the representation changes, and its `ETag`.
  await record.write(doing, 'update', before, changes)
}

/** Removes everything personal from the user itself, and tells programs that it is gone. */
export async function erasePerson(
  { trx, context, nowMs, now }: Omit<Doing, 'actor'>,
  before: store.UserRow,
): Promise<void> {
  const after = await store.eraseUser(trx, before, now)
  await endSessionsOf(trx, before.id)
  trx.afterCommit(() => context.credentials.forgetAll())
  for (const occurrence of eventsOfErased(toUser(after), before.deleted_at !== null))
    await appendEvent(trx, occurrence, nowMs)
}

export async function listUsers(
  { database }: Context,
  _actor: Actor,
  filter: UserFilter,
  request: ListRequest,
): Promise<Listing<ListedUser>> {
  await requireRoleFilter(database.read, filter.role)
  const reader = readerFor(database, filter)
  const [rows, total] = await Promise.all([
    store.listUsers(reader, filter, request.slice),
    store.countUsers(reader, filter),
  ])
  return listing(request, rows, total, (row) => row as ListedUser)
}

/** Checked before the work. */
async function requireMayCreate(
  { database }: Context,
  actor: Actor,
  { role }: Pick<UserCreate, 'role'>,
): Promise<void> {
  requireAuthorityOver(actor, await requireRole(database.read, role ?? userDefaults.role), 'Creating')
}

/** With a password, or with an invitation to choose one. @throws AppError */
export async function requireCreatable(context: Context, actor: Actor, input: UserCreate): Promise<void> {
  const { password, invite } = input
  if (password !== undefined && invite)
    throw invalidRequest("The 'password' and 'invite' fields exclude each other; send only one of them.")
  if (password === undefined && !invite)
    throw invalidRequest("The 'password' field is required, unless 'invite' is true.")
  await requireMayCreate(context, actor, input)
}

/** A user without a password cannot sign in until one is set. */
export async function createUser(
  context: Context,
  actor: Actor,
  { password, invite, ...input }: UserCreate,
  adjust?: Adjust<typeof input>,
): Promise<Change<Tagged<User>>> {
  await requireMayCreate(context, actor, input)
  if (password !== undefined) requireGoodPassword(context.config, password, knownOf(input))
  const passwordHash = password === undefined ? null : await context.passwords.hash(password)
  const create: Change<Tagged<User>> = adjust
    ? (trx) => createUserWith(context, actor, adjust(null, input), passwordHash)(trx)
    : createUserWith(context, actor, input, passwordHash)
  return invite ? inviting(context, actor, create) : create
}

/** Mails the new user a link; without a mail server an administrator requests one to hand over. */
function inviting(context: Context, actor: Actor, create: Change<Tagged<User>>): Change<Tagged<User>> {
  return async (trx) => {
    const created = await create(trx)
    const user = await store.findUser(trx.db, created.resource.id)
    if (user?.status === 'active' && sendsMail(context.config))
      await makeLink({ trx, context, actor, nowMs: context.clock.now() }, user)
    return created
  }
}

/** @param passwordHash in its stored form @param createdAt from another system, if imported */
export function createUserWith(
  context: Context,
  actor: Actor,
  input: Omit<UserCreate, 'password' | 'invite'>,
  passwordHash: string | null,
  createdAt?: string,
): Change<Tagged<User>> {
  return record.create(context, actor, async ({ trx, now }) => {
    const role = await holdRole(trx, input.role ?? userDefaults.role)
    requireAuthorityOver(actor, role, 'Creating')
    return namingDuplicates(trx, identityOf(input), () =>
      store.insertUser(trx, {
        ...identityOf(input),
        password_hash: passwordHash,
        role: role.name,
        status: input.status ?? userDefaults.status,
        ...noProfile,
        ...input.profile,
        created_at: createdAt ?? now,
        updated_at: now,
        last_login: null,
        deleted_at: null,
        version: 1,
      }),
    )
  })
}

export async function updateUser(
  context: Context,
  actor: Actor,
  id: number,
  input: UserUpdate,
  ifMatch?: IfMatch,
  seenVersion?: number,
  adjust?: Adjust<UserUpdate>,
): Promise<Change<Tagged<User>>> {
  const { password } = input
  if (password !== undefined) requireOthersPassword(actor, id)
  const passwordHash = password === undefined ? undefined : await context.passwords.hash(password)
  const rule = async ({ trx }: Doing, before: store.UserRow) => {
    const changes = record.differing(actor, before, {
      ...columnsOf(adjust ? adjust(toUser(before), input) : input),
      ...(passwordHash ? { password_hash: passwordHash } : {}),
    })
    await requireMayChange(trx, actor, before, changes)
    if (changes.status === 'active') await requireNoErasure(trx, id, 'activated')
    const after = { ...before, ...changes }
    if (password !== undefined) requireGoodPassword(context.config, password, after)
    await requireAnotherAdmin(trx, before, after)
    // Losing the account or its password ends all sessions; only a new sign-in starts another.
    if (after.status !== 'active' || passwordHash) await endSessionsOf(trx, id)
    // A link went to the former address.
    if ('email' in changes) await dropLink(trx.db, `user:${id}`)
    return changes
  }
  return record.change(context, actor, id, ifMatch, rule, seenVersion)
}

/** Removes the user from lists and reads at once; the row stays in the trash until it is purged. */
export function deleteUser(context: Context, actor: Actor, id: number, ifMatch?: IfMatch): Change<void> {
  return record.remove(context, actor, id, ifMatch, async ({ trx, now }, before) => {
    requireAuthorityOver(actor, await requireRole(trx.db, before.role), 'Deleting')
    await requireAnotherAdmin(trx, before, undefined)
    await endSessionsOf(trx, id)
    return { deleted_at: now, updated_at: now, version: before.version + 1 }
  })
}

/** Restores a user from the trash, under another name or address where the old one has been taken since. */
export function restoreUser(
  context: Context,
  actor: Actor,
  id: number,
  input: UserRestore = {},
  seenVersion?: number,
  adjust: Adjust<UserRestore> = (_, sent) => sent,
): Change<Tagged<User>> {
  const { trashDays } = context.config
  return record.restore(
    context,
    actor,
    id,
    ({ trx, nowMs }) => store.trash.findInTrash(trx.db, id, trashExpiry(nowMs, trashDays)),
    async ({ trx }, before) => {
      const { role, username, email } = before
      const asked = adjust({ ...toUser(before), deleted_at: before.deleted_at }, input)
      requireAuthorityOver(actor, await holdRole(trx, role), 'Restoring')
      await requireNoErasure(trx, id, 'restored')
      const names = identityOf({ username: asked.username ?? username, email: asked.email ?? email })
      return { ...names, deleted_at: null }
    },
    seenVersion,
  )
}

export function knownOf({ username, email, profile }: Omit<UserCreate, 'password'>): KnownOf {
  return { username, email, ...profile }
}

export async function userExists(trx: Transaction, id: number): Promise<boolean> {
  return (await store.findOwner(trx.db, id)) !== undefined
}

/** The user with this username or email address. */
export async function userIdOf(db: Db, name: string): Promise<number | undefined> {
  return (await store.findBySignInName(db, name))?.id
}

/** The profile grants no access; all other fields do, including the email address. */
async function requireMayChange(
  trx: Transaction,
  actor: Actor,
  before: store.UserRow,
  changes: Partial<store.UserRow>,
): Promise<void> {
  if (Object.keys(changes).some((column) => !(column in noProfile))) {
    const role = await requireRole(trx.db, before.role)
    requireAuthorityOver(actor, role, 'Changing more than the profile of')
  }
  if (changes.role === undefined) return
  requireAdmin(actor, "Changing a user's role")
  requireAuthorityOver(actor, await holdRole(trx, changes.role), 'Making')
}

/** Keeps at least one active administrator. @param after undefined when the user is deleted */
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
    `The user ${before.id} is the last active administrator; create another one first.`,
  )
}

function columnsOf(input: UserUpdate): Partial<store.UserRow> {
  const { username, email, role, status, profile } = settled(input, userDefaults)
  return {
    ...(username === undefined ? {} : { username, username_key: usernameKey(username) }),
    ...(email === undefined ? {} : { email, email_key: emailKey(email) }),
    ...(role === undefined ? {} : { role }),
    ...(status === undefined ? {} : { status }),
    ...(profile === null ? noProfile : profile),
  }
}

const noProfile = { first_name: null, last_name: null, phone: null, bio: null }

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
