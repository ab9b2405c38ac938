import { type Static, Type } from 'typebox'
import { listQuery } from '../api/paging.ts'
import { AnyObject, closed, Growing, Id, Nullable, OneOf, PageOf, Timestamp } from '../api/schemas.ts'

const actorTypes = ['credential', 'user', 'operator', 'system'] as const
const ActorType = OneOf(actorTypes)
const Snapshot = (when: string) =>
  Nullable(Type.Unsafe<Record<string, unknown>>({ ...AnyObject, description: when }))

/** What the list can be ordered by; the first is the default. */
export const auditSorts = ['-occurred_at', 'occurred_at'] as const

/** @param actions everything that is recorded, as `target.action` */
export function auditSchemas(actions: readonly string[]) {
  const targetTypes = [...new Set(actions.map((action) => action.split('.')[0] ?? ''))]
  const AuditRecord = closed(
    {
      id: Id,
      occurred_at: Timestamp,
      actor: closed({
        type: Growing(actorTypes, {
          description: 'operator is whoever runs commands on the server itself',
        }),
        id: Nullable(Id),
        name: Type.String({ description: 'As it was called then' }),
      }),
      action: Growing(actions),
      target: closed({ type: Growing(targetTypes), id: Nullable(Id) }),
      ip: Nullable(Type.String()),
      request_id: Nullable(Type.String()),
      before: Snapshot('The target as it was, without secrets; null where there was none'),
      after: Snapshot('The target as it is since then, without secrets; null where it is gone'),
    },
    { title: 'AuditRecord' },
  )
  const query = closed({
    ...listQuery(auditSorts),
    actor_type: Type.Optional(ActorType),
    actor_id: Type.Optional(Type.Integer({ ...Id, description: 'Needs actor_type beside it' })),
    action: Type.Optional(OneOf(actions)),
    target_type: Type.Optional(OneOf(targetTypes, { description: 'Needs target_id beside it' })),
    target_id: Type.Optional(Type.Integer({ ...Id, description: 'Needs target_type beside it' })),
    since: Type.Optional(Type.String({ ...Timestamp, description: 'The first instant' })),
    until: Type.Optional(Type.String({ ...Timestamp, description: 'The instant after the last' })),
  })
  return { AuditRecord, query, page: PageOf(AuditRecord) }
}

type Schemas = ReturnType<typeof auditSchemas>
export type AuditRecord = Static<Schemas['AuditRecord']>
export type AuditListQuery = Static<Schemas['query']>
