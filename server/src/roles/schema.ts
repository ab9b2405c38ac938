import type { Static } from 'typebox'
import { builtInRoles } from '../access/roles.ts'
import { Rules, RulesInput, UnknownCategories } from '../access/rule-schema.ts'
import { scopeNames } from '../access/scopes.ts'
import { Clearable, closed, Growing, Id, Nullable, OneOf, Timestamp } from '../api/schemas.ts'
import { Type } from '../api/type.ts'

const namePattern = '^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$'
const nameLengthMax = 50

/** A role in a response, and in an event. */
export const RoleName = Growing(builtInRoles)

/** A role in a request; the service checks that it exists. */
export const RoleInput = Type.String({
  maxLength: nameLengthMax,
  pattern: namePattern,
  patternError: `must be one of: ${builtInRoles.join(', ')}, or a role that was added`,
  description: `The name of a role: ${builtInRoles.join(', ')}, or one that an administrator added`,
  examples: [...builtInRoles],
  word: true,
})

const NewName = Type.String({
  ...RoleInput,
  patternError:
    'may have only lower-case letters, digits and single hyphens between them, and begins with a letter',
  description: 'Lower-case letters, digits and single hyphens; cannot be changed later',
  examples: ['reviewer'],
})
const Description = Type.String({ maxLength: 500, text: 'lines' })
const ScopeList = (name: typeof OneOf | typeof Growing) =>
  Type.Array(name(scopeNames), { minItems: 1, maxItems: scopeNames.length, uniqueItems: true })
const OwnOnly = Type.Boolean({ description: 'Only their own credentials and webhooks' })

/** By id or by name. */
export const RoleParams = closed({
  id: Type.String({
    maxLength: nameLengthMax,
    pattern: `^(?:[1-9][0-9]{0,14}|${namePattern.slice(1, -1)})$`,
    patternError: 'must be the id or the name of a role',
    description: 'The id or the name of the role',
    examples: ['reviewer'],
  }),
})

export const RoleRecord = closed(
  {
    id: Id,
    name: RoleName,
    description: Type.String(),
    scopes: ScopeList(Growing),
    own_only: OwnOnly,
    rules: Nullable(Rules),
    unknown_categories: UnknownCategories,
    built_in: Type.Boolean({ description: 'One of the four that every server has; it cannot be changed' }),
    user_count: Type.Integer({ minimum: 0, description: 'Users with the role, without those in the trash' }),
    created_at: Timestamp,
    updated_at: Timestamp,
  },
  { title: 'RoleRecord' },
)

/** The values of omitted fields in a create, and of null in a merge patch. */
export const roleDefaults = { description: '', own_only: true, rules: null } as const

export const RoleCreate = closed(
  {
    name: NewName,
    description: Clearable(Type.String({ ...Description, default: roleDefaults.description })),
    scopes: ScopeList(OneOf),
    own_only: Clearable(Type.Boolean({ ...OwnOnly, default: roleDefaults.own_only })),
    rules: Type.Optional(Nullable(RulesInput)),
  },
  { title: 'RoleCreate' },
)

export const RoleUpdate = closed(
  {
    description: Clearable(Description),
    scopes: Type.Optional(ScopeList(OneOf)),
    own_only: Clearable(OwnOnly),
    rules: Type.Optional(Nullable(RulesInput)),
  },
  { title: 'RoleUpdate' },
)

/** The orders of the list; the first is the default. */
export const roleSorts = ['created_at', '-created_at'] as const

export type RoleRecord = Static<typeof RoleRecord>
export type RoleCreate = Static<typeof RoleCreate>
export type RoleUpdate = Static<typeof RoleUpdate>
