import { closed } from '../api/schemas.ts'
import { resource } from '../resource/resource.ts'
import * as schema from './schema.ts'
import { createRole, deleteRole, listRoles, record, roleIdOf, updateRole } from './service.ts'

export const roles = resource({
  name: 'role',
  plural: 'roles',
  tag: 'Roles',
  about: 'What people may do: scopes, and what they apply to',
  reads: 'admin',
  writes: 'admin',
  schema: {
    full: schema.RoleRecord,
    listed: schema.RoleRecord,
    created: schema.RoleRecord,
    create: schema.RoleCreate,
    update: schema.RoleUpdate,
    filters: closed({}),
  },
  sorts: schema.roleSorts,
  addressed: { params: schema.RoleParams, idOf: roleIdOf },
  confirm: { create: true, update: true },
  words: {
    list: { summary: 'List roles, the four built-in ones first' },
    create: {
      summary: 'Create a role',
      description: 'A role cannot have a scope that its creator lacks, nor the scope `admin`.',
      errors: ['conflict'],
    },
    get: { summary: 'Get a role by its id or name' },
    update: {
      summary: 'Change a role',
      description:
        'Takes effect at once for all users with the role, and for their credentials. Built-in roles cannot be changed.\n\nJSON merge patch (RFC 7396).',
      errors: ['conflict'],
    },
    delete: {
      summary: 'Delete a role that no user has',
      description: 'Users in the trash count, because they can be restored.',
      errors: ['conflict'],
    },
  },
  list: listRoles,
  get: record.get,
  create: createRole,
  update: updateRole,
  delete: deleteRole,
})
