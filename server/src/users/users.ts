import { resource } from '../resource/resource.ts'
import { userEvents } from './events.ts'
import { exportUsers } from './export-service.ts'
import * as schema from './schema.ts'
import * as service from './service.ts'
import * as store from './store.ts'

export const users = resource({
  name: 'user',
  plural: 'users',
  tag: 'Users',
  reads: 'users:read',
  writes: 'users:write',
  schema: {
    full: schema.User,
    listed: schema.ListedUser,
    created: schema.CreatedUser,
    create: schema.UserCreate,
    update: schema.UserUpdate,
    filters: schema.UserFilters,
    restore: schema.UserRestore,
  },
  sorts: schema.userSorts,
  words: {
    create: { description: 'A role other than `normal` needs every scope that the role opens.' },
    update: {
      description:
        'JSON merge patch (RFC 7396). Changing a role needs the scope `admin`. Changing more than the profile of a user needs every scope that the role of the user opens, unless it is `normal`.',
      errors: ['conflict'],
    },
    delete: {
      description: 'Needs every scope that the role of the user opens, unless it is `normal`.',
      errors: ['conflict'],
    },
    restore: {
      description:
        'Until its `purge_at` in the trash: for 30 days, unless the server is set otherwise. A conflict names the field that somebody else has taken since; send another `username` or `email` to restore the user under it. Needs every scope that the role of the user opens, unless it is `normal`.',
    },
  },
  events: userEvents.types,
  auditActions: ['user.password'],
  list: service.listUsers,
  get: service.record.get,
  requireMayCreate: service.requireMayCreate,
  create: service.createUser,
  update: service.updateUser,
  delete: service.deleteUser,
  restore: service.restoreUser,
  lock: store.lockUsers,
  export: exportUsers,
  trash: { ...store, purge: store.purgeUsers, purgedAtOnce: 50 },
})
