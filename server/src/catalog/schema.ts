import type { Static } from 'typebox'
import { Rules } from '../access/rule-schema.ts'
import { scopeNames } from '../access/scopes.ts'
import { closed, Growing, Nullable } from '../api/schemas.ts'
import { Type } from '../api/type.ts'
import { Records } from '../resource/records-schema.ts'
import { RoleName } from '../roles/schema.ts'

const Name = Type.String()
const Description = Type.String()
const Days = Type.Integer({ minimum: 1 })
const item = <T extends Parameters<typeof closed>[0]>(title: string, properties: T) =>
  Type.Array(closed(properties, { title }))

export const Catalog = closed(
  {
    scopes: item('CatalogScope', {
      name: Growing(scopeNames),
      description: Description,
      includes: Type.Array(Growing(scopeNames), {
        description: 'The scopes that a group stands for; empty if it is not a group',
      }),
    }),
    roles: item('CatalogRole', {
      name: RoleName,
      description: Description,
      scopes: Type.Array(Growing(scopeNames), { description: 'All scopes that the role grants' }),
      built_in: Type.Boolean({ description: 'One of the four that every server has' }),
      own_only: Type.Boolean({ description: 'Only their own credentials and webhooks' }),
      published_only: Type.Boolean({ description: 'Only published documents' }),
      rules: Nullable(Rules),
    }),
    event_types: item('CatalogEventType', {
      name: Name,
      description: Description,
      resource: Type.String({ description: 'The kind of resource that `data.id` refers to' }),
      scope: Nullable(
        Type.String({ description: 'The scope needed to subscribe; null if nobody can subscribe' }),
      ),
    }),
    tiers: item('CatalogTier', {
      name: Name,
      requests_per_minute: Type.Integer({ minimum: 1, description: 'As this server is configured' }),
    }),
    resources: item('CatalogResource', {
      name: Name,
      plural: Type.String({ description: 'As in its path' }),
      read_scope: Growing(scopeNames),
      write_scope: Growing(scopeNames),
      records: Nullable(Records),
    }),
    document_statuses: item('CatalogDocumentStatus', { name: Name, description: Description }),
    password_length_min: Type.Integer({ description: 'Characters that a new password needs at least' }),
    audit_actions: Type.Array(Type.String()),
    import_formats: Type.Array(Type.String(), { description: 'Files that the `import` commands read' }),
    erase_wait_hours: Type.Integer({
      minimum: 0,
      description: 'How long the erasure of a person waits, and can be cancelled',
    }),
    sends_mail: Type.Boolean({
      description:
        'Whether this server sends invitations and password links by mail. If not, the administrator passes the link on',
    }),
    retention_days: closed(
      { trash: Days, events: Days, deliveries: Days },
      { title: 'CatalogRetention', description: 'How long this server keeps deleted and expired data' },
    ),
  },
  { title: 'Catalog' },
)

export type Catalog = Static<typeof Catalog>
