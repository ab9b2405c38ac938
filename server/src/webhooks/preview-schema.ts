import type { Static } from 'typebox'
import { AnyObject, Clearable, closed, Growing, Id, Nullable, OneOf } from '../api/schemas.ts'
import { Type } from '../api/type.ts'
import { Filter, Transform } from './expressions.ts'
import { Format, IncludePrevious } from './schema.ts'

/** @param names the event types that a webhook can subscribe to */
export function previewSchemas(names: readonly string[]) {
  return {
    preview: closed(
      {
        event_id: Type.Optional(
          Type.Integer({ ...Id, description: 'An event of the log; requires the scope `events:read`' }),
        ),
        event_type: Type.Optional(
          OneOf(names, {
            description:
              'The newest event of this type that you may read, or the sample of the documentation',
          }),
        ),
        filter: Clearable(Filter),
        transform: Clearable(Transform),
        format: Clearable(Format),
        include_previous: Clearable(IncludePrevious),
      },
      { title: 'WebhookPreviewCreate' },
    ),
    previewed: closed(
      {
        event_id: Nullable({ ...Id, description: 'Null for the sample of the documentation' }),
        event_type: Growing(names),
        outcome: Growing(['sent', 'filtered', 'failed'], {
          description:
            'Whether it would be sent, or is excluded by the filter, or one of the two fails on it',
        }),
        error: Nullable(Type.String({ description: 'What failed, and where' })),
        event: Type.Unsafe<Record<string, unknown>>({
          ...AnyObject,
          description: 'What the filter and the transform are given',
        }),
        content_type: Nullable(Type.String()),
        body: Nullable(Type.String({ description: 'What would be sent' })),
      },
      { title: 'WebhookPreview' },
    ),
  }
}

type Schemas = ReturnType<typeof previewSchemas>
export type WebhookPreviewCreate = Static<Schemas['preview']>
export type WebhookPreview = Static<Schemas['previewed']>
