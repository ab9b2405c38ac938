import type { Static } from 'typebox'
import { listQuery } from '../api/paging.ts'
import {
  AnyObject,
  closed,
  ExportFormat,
  ExportFormulas,
  Growing,
  Id,
  Nullable,
  OneOf,
  PageOf,
  Timestamp,
} from '../api/schemas.ts'
import { Type } from '../api/type.ts'

const actorTypes = ['credential', 'user', 'operator', 'system', 'anonymous'] as const
const ActorType = OneOf(actorTypes)
const Snapshot = (when: string) =>
  Nullable(Type.Unsafe<Record<string, unknown>>({ ...AnyObject, description: when }))

/** The orders of the list; the first is the default. */
export const auditSorts = ['-occurred_at', 'occurred_at'] as const

/** @param actions every recorded action, as `target.action` */
export function auditSchemas(actions: readonly string[]) {
  const targetTypes = [...new Set(actions.map((action) => action.slice(0, action.lastIndexOf('.'))))]
  const AuditRecord = closed(
    {
      id: Id,
      occurred_at: Timestamp,
      actor: closed({
        type: Growing(actorTypes, {
          description:
            '`operator` is somebody who runs commands on the server itself, `anonymous` a caller that did not authenticate',
        }),
        id: Nullable(Id),
        name: Type.String({
          description: 'The name at that time; `erased` if the person has been erased',
        }),
      }),
      action: Growing(actions),
      target: closed({ type: Growing(targetTypes), id: Nullable(Id) }),
      ip: Nullable(Type.String()),
      request_id: Nullable(Type.String()),
      before: Snapshot(
        'The target before the change, without secrets; null if it did not exist, or was about a person who has been erased',
      ),
      after: Snapshot(
        'The target after the change, without secrets; null if it no longer exists, or was about a person who has been erased',
      ),
      chain_seq: Nullable(
        Type.Integer({ description: 'Its place in the chain; null until it is chained, within seconds' }),
      ),
      chain_hash: Nullable(
        Type.String({ description: 'SHA-256 over the hash of the row before it and the stored row' }),
      ),
    },
    { title: 'AuditRecord' },
  )
  const filters = {
    actor_type: Type.Optional(ActorType),
    actor_id: Type.Optional(Type.Integer({ ...Id, description: 'Requires `actor_type`' })),
    action: Type.Optional(OneOf(actions)),
    target_type: Type.Optional(OneOf(targetTypes, { description: 'Requires `target_id`' })),
    target_id: Type.Optional(Type.Integer({ ...Id, description: 'Requires `target_type`' })),
    since: Type.Optional(Type.String({ ...Timestamp, description: 'The start, inclusive' })),
    until: Type.Optional(Type.String({ ...Timestamp, description: 'The end, exclusive' })),
  }
  return {
    AuditRecord,
    query: closed({ ...listQuery(auditSorts), ...filters }),
    exportQuery: closed({ ...filters, format: ExportFormat, formulas: ExportFormulas }),
    page: PageOf(AuditRecord),
  }
}

type Schemas = ReturnType<typeof auditSchemas>
export type AuditRecord = Static<Schemas['AuditRecord']>
export type AuditQuery = Static<Schemas['exportQuery']>
export type AuditListQuery = Static<Schemas['query']>

export const AuditHead = closed(
  {
    seq: Type.Integer({ description: 'The last chained row; 0 while there is none' }),
    hash: Type.String({
      description: 'Its hash; a copy kept elsewhere proves later that nothing before it was changed',
    }),
    chained_at: Nullable(Timestamp),
    anchor_seq: Type.Integer({ description: 'The last row that was pruned; 0 while none was' }),
    anchor_hash: Type.String(),
  },
  { title: 'AuditHead' },
)
export type AuditHead = Static<typeof AuditHead>
