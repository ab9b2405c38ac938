import { hookErrors } from '../hooks/consult.ts'
import { resource } from '../resource/resource.ts'
import { requireRoleFilter } from '../roles/service.ts'
import { userEvents } from './events.ts'
import { exportUsers } from './export-service.ts'
import * as hooked from './hooked.ts'
import { importing } from './import-service.ts'
import * as schema from './schema.ts'
import * as service from './service.ts'
import * as store from './store.ts'

/**
 * Whether a change gives somebody rights, gives them back, or changes what they sign in with: then a signed-in person
 * confirms it with the password. Null is the default, an active user.
 */
function givesAccess(change: { status?: unknown }): boolean {
  const isActivated = 'status' in change && (change.status === 'active' || change.status === null)
  return isActivated || ['role', 'password', 'username', 'email'].some((field) => field in change)
}

export const users = resource({
  name: 'user',
  plural: 'users',
  tag: 'Users',
  reads: 'users:read',
  writes: 'users:write',
  schema: {
    full: schema.User,
    exported: schema.ExportedUser,
    listed: schema.ListedUser,
    created: schema.CreatedUser,
    create: schema.UserCreate,
    update: schema.UserUpdate,
    filters: schema.UserFilters,
    restore: schema.UserRestore,
  },
  sorts: schema.userSorts,
  words: {
    create: {
      description: 'A role other than `normal` requires every scope of that role.',
      errors: hookErrors.create,
    },
    batch: { errors: hookErrors.batch },
    update: {
      description:
        "Fields that are left out keep their value; `null` clears an optional field. Changing a role requires the scope `admin`. Changing more than the profile of a user requires every scope of the user's role, unless it is `normal`.\n\nJSON merge patch (RFC 7396).",
      errors: hookErrors.update,
    },
    delete: {
      description:
        "Moves the user to the trash, from which it can be restored until it is purged. Requires every scope of the user's role, unless it is `normal`.",
      errors: ['conflict'],
    },
    restore: {
      description:
        "Possible until its `purge_at` in the trash. If another user has taken the username or email address since, the conflict names the field; send another `username` or `email` to restore the user with it. Requires every scope of the user's role, unless it is `normal`.",
      errors: hookErrors.create,
    },
  },
  confirm: { create: true, update: givesAccess, restore: true },
  events: userEvents.types,
  auditActions: ['user.password', 'user.refuse_password', 'user.reset_password', 'user.show_secret'],
  // No secret goes through an assistant, none mails anybody, and none lets anybody in: a new user has a password that
  // nobody knows, and waits for a person to make them active.
  assisted: {
    namedBy: 'username',
    without: ['password', 'invite', 'status'],
    unchanged: ['username', 'email', 'role'],
    filled: (secret) => ({ password: secret, status: 'inactive' }),
  },
  list: service.listUsers,
  get: service.getUser,
  create: hooked.createUser,
  update: hooked.updateUser,
  delete: service.deleteUser,
  restore: hooked.restoreUser,
  lock: store.trash.lock,
  async export(context, actor, filter) {
    await requireRoleFilter(context.database.read, filter.role)
    return exportUsers(context, actor, filter)
  },
  importing,
  trash: { ...store.trash, purge: store.purgeUsers, purgedAtOnce: 50 },
})
