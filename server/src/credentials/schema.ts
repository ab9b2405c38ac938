import type { Static } from 'typebox'
import { tiers } from '../access/bounds.ts'
import { Rules, RulesInput, UnknownCategories } from '../access/rule-schema.ts'
import { scopeNames } from '../access/scopes.ts'
import { Clearable, closed, Growing, Id, Nullable, OneOf, searchWords, Timestamp } from '../api/schemas.ts'
import { Type } from '../api/type.ts'

const Name = Type.String({
  minLength: 1,
  maxLength: 100,
  pattern: '\\S',
  patternError: 'must be a name of 1 to 100 characters',
  text: 'line',
  description: 'a name of 1 to 100 characters',
})
const ScopeList = Type.Array(OneOf(scopeNames), {
  minItems: 1,
  maxItems: scopeNames.length,
  uniqueItems: true,
})
const Tier = OneOf(tiers)
const AllowedIps = Type.Array(Type.String({ minLength: 2, maxLength: 49, examples: ['203.0.113.0/24'] }), {
  minItems: 1,
  maxItems: 50,
  description: 'IP addresses and CIDR ranges that the credential may be used from',
})

const credentialFields = {
  id: Id,
  name: Name,
  client_id: Type.String(),
  scopes: Type.Array(Growing(scopeNames)),
  withheld_scopes: Type.Array(Growing(scopeNames), {
    description:
      'Single scopes of `scopes` that it cannot use now: the role of its owner, or a credential that it descends from, does not have them, or the owner is not active',
  }),
  tier: Tier,
  owner_id: Id,
  parent_id: Nullable(
    Type.Integer({
      ...Id,
      description:
        'The credential that created it, whose limits it cannot exceed and with which it is revoked; null after it was handed over to another owner',
    }),
  ),
  status: OneOf(['active', 'expired', 'revoked']),
  secret_prefix: Type.String({ description: 'The first characters of the current secret' }),
  previous_secret_expires_at: Nullable(
    Type.String({ ...Timestamp, description: 'Until then, the secret before the last rotation works, too' }),
  ),
  created_at: Timestamp,
  updated_at: Timestamp,
  expires_at: Nullable(Timestamp),
  allowed_ips: Nullable(AllowedIps),
  last_used_at: Nullable(Timestamp),
  last_used_ip: Nullable(Type.String()),
  rules: Nullable(Rules),
  unknown_categories: UnknownCategories,
}

export const Credential = closed(credentialFields, { title: 'Credential' })
const credentialSecret = Type.String({
  description: 'Shown in this response only; also serves as the API key',
})
export const CredentialWithSecret = closed(
  {
    ...credentialFields,
    client_secret: credentialSecret,
  },
  { title: 'CredentialWithSecret' },
)

/** What a rotation shows to a caller who may not read credentials. */
export const ClientSecret = closed({ id: Id, client_secret: credentialSecret }, { title: 'ClientSecret' })

/** The orders of the list; the first is the default. */
export const credentialSorts = ['-created_at', 'created_at'] as const

/** The values of omitted fields in a create, and of null in a merge patch. */
export const credentialDefaults = { tier: 'standard' } as const

export const CredentialCreate = closed(
  {
    name: Name,
    scopes: ScopeList,
    tier: Clearable(OneOf(tiers, { default: credentialDefaults.tier })),
    owner_id: Clearable(Id),
    expires_at: Type.Optional(Nullable(Timestamp)),
    allowed_ips: Type.Optional(Nullable(AllowedIps)),
    rules: Type.Optional(Nullable(RulesInput)),
  },
  { title: 'CredentialCreate' },
)

export const CredentialUpdate = closed(
  {
    name: Type.Optional(Name),
    scopes: Type.Optional(ScopeList),
    tier: Clearable(Tier),
    owner_id: Clearable(Id),
    expires_at: Type.Optional(Nullable(Timestamp)),
    allowed_ips: Type.Optional(Nullable(AllowedIps)),
    rules: Type.Optional(Nullable(RulesInput)),
  },
  { title: 'CredentialUpdate' },
)

/** Until it expires, a credential counts as expiring for so long. */
export const expiringDays = 14

export const CredentialFilters = closed({
  status: Type.Optional(
    OneOf(['active', 'expiring', 'expired', 'revoked'], {
      description: `expiring: active, and it or a credential that it descends from expires within ${expiringDays} days`,
    }),
  ),
  tier: Type.Optional(Tier),
  owner_id: Type.Optional(Type.Integer({ ...Id, description: 'Only those that this user owns' })),
  parent_id: Type.Optional(Type.Integer({ ...Id, description: 'Only those that this credential created' })),
  q: Type.Optional(searchWords('name and the client id')),
})

export const Revocation = closed({
  children: Type.Optional(
    OneOf(['revoke', 'keep'], {
      default: 'revoke',
      description: 'Whether the credentials that it created, and those created by them, are revoked with it',
    }),
  ),
})

export const graceHoursMax = 168
export const graceHoursDefault = 24

export const CredentialRotate = closed(
  {
    grace_hours: Clearable(
      Type.Integer({
        minimum: 0,
        maximum: graceHoursMax,
        default: graceHoursDefault,
        description: 'How long the old secret continues to work',
      }),
    ),
  },
  { title: 'CredentialRotate' },
)

export type Credential = Static<typeof Credential>
export type CredentialCreate = Static<typeof CredentialCreate>
export type CredentialUpdate = Static<typeof CredentialUpdate>
export type CredentialFilter = Static<typeof CredentialFilters>
export type Revocation = Static<typeof Revocation>
