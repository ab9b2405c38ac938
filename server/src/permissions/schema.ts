import type { Static } from 'typebox'
import { Rules } from '../access/rule-schema.ts'
import { type Scope, scopes } from '../access/scopes.ts'
import { closed, Growing, Id, Nullable, OneOf } from '../api/schemas.ts'
import { Type } from '../api/type.ts'

const names = Object.keys(scopes) as Scope[]

export const ExplainQuery = closed({
  action: OneOf(names, { description: 'The scope that the action needs' }),
  resource_id: Type.Optional(
    Type.Integer({ ...Id, description: 'A document, for `documents:read` and `documents:write`' }),
  ),
  credential_id: Type.Optional(
    Type.Integer({ ...Id, description: 'Explain for this credential; requires `admin`' }),
  ),
  user_id: Type.Optional(Type.Integer({ ...Id, description: 'Explain for this user; requires `admin`' })),
})

const PermissionStep = closed(
  {
    check: Growing(['scope', 'owner', 'parent', 'record', 'rules'], {
      description:
        'scope: held by the credential or the role; owner: held by the role of the owner; parent: held by a credential that it descends from; record: there is such a document; rules: those of a role or a credential include it',
    }),
    by: Nullable(Growing(['credential', 'role'])),
    name: Nullable(Type.String({ description: 'Of the credential or the role' })),
    allowed: Type.Boolean(),
    rule: Nullable(
      Type.Integer({ minimum: 1, description: 'The number of the first rule that includes the document' }),
    ),
    rules: Nullable(Rules),
    details: Type.String(),
  },
  { title: 'PermissionStep' },
)

export const Explanation = closed(
  {
    action: Growing(names),
    resource_id: Nullable(Id),
    allowed: Type.Boolean(),
    subject: closed({
      type: Growing(['credential', 'user']),
      id: Id,
      name: Type.String(),
      role: Type.String({ description: 'Of the user, or of the owner of the credential' }),
    }),
    steps: Type.Array(PermissionStep, {
      description: 'The checks in their order, up to the first that refuses',
    }),
  },
  { title: 'Explanation' },
)

export type ExplainQuery = Static<typeof ExplainQuery>
export type Explanation = Static<typeof Explanation>
export type Step = Explanation['steps'][number]
