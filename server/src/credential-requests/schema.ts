import type { Static } from 'typebox'
import { Rules, RulesInput, UnknownCategories } from '../access/rule-schema.ts'
import type { Rule } from '../access/rules.ts'
import { scopeNames } from '../access/scopes.ts'
import { listQuery } from '../api/paging.ts'
import { Clearable, closed, Growing, Id, Nullable, OneOf, PageOf, Timestamp } from '../api/schemas.ts'
import { Type } from '../api/type.ts'
import { CredentialCreate } from '../credentials/schema.ts'

/** `approved` is waiting for its requester; what was not collected in time has `lapsed`. */
export const requestStatuses = ['pending', 'approved', 'refused', 'withdrawn', 'lapsed', 'collected'] as const
export type RequestStatus = (typeof requestStatuses)[number]

const { name, scopes, expires_at, allowed_ips } = CredentialCreate.properties
const Reason = Type.String({ minLength: 1, maxLength: 1_000, pattern: '\\S', text: 'lines' })
const Message = Type.String({ maxLength: 500, text: 'lines' })
const Contact = Type.String({
  minLength: 3,
  maxLength: 200,
  pattern: '\\S',
  text: 'line',
  description: 'Who is asking, and how to reach them',
  examples: ['Jane Doe, jane@example.org'],
})

const asked = { name, scopes, reason: Reason, expires_at }

export const CredentialRequestCreate = closed(asked, { title: 'CredentialRequestCreate' })
export const GuestRequestCreate = closed({ ...asked, contact: Contact }, { title: 'GuestRequestCreate' })

export const CredentialRequestApprove = closed(
  {
    scopes: Type.Optional(scopes),
    expires_at,
    allowed_ips,
    rules: Type.Optional(
      Nullable(
        Type.Unsafe<Rule[]>({
          ...RulesInput,
          description:
            'Default: the `requester_rules` of the request for the granted scopes, if somebody else will own the credential; `null` for none',
        }),
      ),
    ),
    owner_id: Clearable(
      Type.Integer({
        ...Id,
        description:
          'The owner of the credential; default: the requester if their role has the scopes, otherwise the system account',
      }),
    ),
    message: Clearable(Message),
  },
  { title: 'CredentialRequestApprove' },
)

export const CredentialRequestRefuse = closed(
  { message: Type.String({ minLength: 1, maxLength: 500, pattern: '\\S', text: 'lines' }) },
  { title: 'CredentialRequestRefuse' },
)

const ScopeList = Type.Array(Growing(scopeNames))
const requestFields = {
  id: Id,
  name: Type.String(),
  scopes: ScopeList,
  reason: Type.String(),
  expires_at: Nullable(Timestamp),
  status: Growing(requestStatuses),
  requester_id: Nullable(Type.Integer({ ...Id, description: 'Null for a guest' })),
  contact: Nullable(Type.String({ description: 'The contact details that a guest has given' })),
  requester_rules: Nullable(
    Type.Unsafe<Rule[]>({
      ...Rules,
      description:
        "The rules of the requester's role. They narrow the credential: always while the requester owns it, and unless the approval has `rules` if somebody else does",
    }),
  ),
  granted_scopes: Nullable(ScopeList),
  granted_expires_at: Nullable(Timestamp),
  granted_allowed_ips: Nullable(Type.Array(Type.String())),
  granted_rules: Nullable(Rules),
  unknown_categories: UnknownCategories,
  owner_id: Nullable(Id),
  collect_until: Nullable(Timestamp),
  decided_at: Nullable(Timestamp),
  decided_by: Nullable(Id),
  message: Nullable(Type.String({ description: "The administrator's message about the decision" })),
  credential_id: Nullable(Id),
  created_at: Timestamp,
  updated_at: Timestamp,
}

export const CredentialRequest = closed(requestFields, { title: 'CredentialRequest' })
export const GuestRequest = closed(
  {
    ...requestFields,
    token: Type.String({
      description: 'Shown in this response only; reads the request and collects the secret',
    }),
  },
  { title: 'GuestRequest' },
)
export const CredentialRequestPage = PageOf(CredentialRequest)

/** The orders of the list; the first is the default. */
export const requestSorts = ['-created_at', 'created_at'] as const
export const CredentialRequestQuery = closed({
  ...listQuery(requestSorts),
  status: Type.Optional(OneOf(requestStatuses)),
  requester_id: Type.Optional(Id),
})

export const GuestToken = closed(
  { token: Type.String({ pattern: '^[A-Za-z0-9_-]{43}$', writeOnly: true }) },
  { title: 'GuestToken' },
)

export const GuestAccess = closed(
  {
    allowed: Type.Boolean({ description: 'Whether guests may request a credential here' }),
    scopes: Type.Array(closed({ name: Growing(scopeNames), description: Type.String() }), {
      description: 'Empty if they may not',
    }),
  },
  { title: 'GuestAccess' },
)

export type CredentialRequest = Static<typeof CredentialRequest>
export type CredentialRequestCreate = Static<typeof CredentialRequestCreate>
export type GuestRequestCreate = Static<typeof GuestRequestCreate>
export type CredentialRequestApprove = Static<typeof CredentialRequestApprove>
export type CredentialRequestQuery = Static<typeof CredentialRequestQuery>
