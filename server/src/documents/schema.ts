import type { Static } from 'typebox'
import { CategoryName } from '../access/rule-schema.ts'
import { type DocumentStatus, documentStatuses } from '../access/slice.ts'
import { listQuery } from '../api/paging.ts'
import {
  Clearable,
  closed,
  Growing,
  Id,
  Nullable,
  OneOf,
  PageOf,
  SearchWords,
  Timestamp,
} from '../api/schemas.ts'
import { Type } from '../api/type.ts'

/** What each status means to a reader. */
export const documentStatusMeanings = {
  draft: 'Not published yet',
  published: 'Visible to everyone who may read documents',
  archived: 'No longer published, but kept',
} as const satisfies Record<DocumentStatus, string>
export const contentTypes = ['text/markdown', 'text/plain', 'text/html', 'application/json'] as const

const Title = Type.String({
  minLength: 1,
  maxLength: 300,
  pattern: '\\S',
  patternError: 'must be a title of 1 to 300 characters',
  text: 'line',
  description: 'a title of 1 to 300 characters',
  examples: ['Annual Report 2023'],
})
const Summary = Nullable(
  Type.String({ maxLength: 500, text: 'lines', description: 'A short summary of the document' }),
)
const Status = OneOf(documentStatuses)
/** In characters; the limit of a whole body is in bytes. */
const Content = Type.String({ maxLength: 1_000_000 })
const ContentType = OneOf(contentTypes)
const Version = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })
const PublishAt = Nullable(
  Type.String({ format: 'date-time', description: 'When the draft is published; must be in the future' }),
)

const listedFields = {
  id: Id,
  title: Title,
  category: CategoryName,
  status: Status,
  created_at: Timestamp,
  updated_at: Timestamp,
  author_id: Id,
}

export const ListedDocument = closed(listedFields, { title: 'ListedDocument' })
/** Why a draft that was due is a draft still. */
export const publishRefusals = [
  'scheduler_inactive',
  'scheduler_lacks_scope',
  'scheduler_out_of_reach',
  'credential_ended',
  'hook_refused',
  'hook_failed',
] as const
export type PublishRefusal = (typeof publishRefusals)[number]

/** New fields go last, so that the columns of a CSV export keep their positions. */
export const Document = closed(
  {
    ...listedFields,
    content: Content,
    content_type: ContentType,
    published_at: Nullable(Timestamp),
    publish_at: PublishAt,
    version: Version,
    summary: Summary,
    publish_refused: Type.Optional(
      Growing(publishRefusals, {
        description:
          'Only of a draft that was not published when it was due, until it is scheduled again or gets another status. scheduler_inactive: the user who scheduled it, or owns the credential that did, may not sign in; scheduler_lacks_scope: they may not write documents any more; scheduler_out_of_reach: they may not publish this one; credential_ended: the credential that scheduled it was revoked or has expired; hook_refused: a hook refused it; hook_failed: a hook that has to allow it did not respond for an hour',
      }),
    ),
  },
  { title: 'Document' },
)

export const DocumentFilters = closed({
  // A category stored before its characters were checked must still match.
  category: Type.Optional(Type.String({ ...CategoryName, text: 'spelling' })),
  status: Type.Optional(Status),
  author_id: Type.Optional(Id),
  scheduled: Type.Optional(
    Type.Unsafe<true>({
      type: 'boolean',
      enum: [true],
      description: 'Only drafts that will be published at their `publish_at`',
    }),
  ),
  q: Type.Optional(SearchWords),
})
/** The orders of the lists; the first is the default. */
export const documentSorts = ['created_at', '-created_at', 'updated_at', '-updated_at'] as const

/** The values of omitted fields in a create, and of null in a merge patch. */
export const documentDefaults = {
  category: 'general',
  status: 'draft',
  content: '',
  content_type: 'text/markdown',
  publish_at: null,
  summary: null,
} as const

export const DocumentCreate = closed(
  {
    title: Title,
    category: Clearable(Type.String({ ...CategoryName, default: documentDefaults.category })),
    status: Clearable(OneOf(documentStatuses, { default: documentDefaults.status })),
    content: Clearable(Type.String({ ...Content, default: documentDefaults.content })),
    content_type: Clearable(OneOf(contentTypes, { default: documentDefaults.content_type })),
    author_id: Clearable(Type.Integer({ ...Id, description: "Id of a user; default: the caller's own" })),
    publish_at: Type.Optional(PublishAt),
    summary: Type.Optional(Summary),
  },
  { title: 'DocumentCreate' },
)

export const DocumentUpdate = closed(
  {
    title: Type.Optional(Title),
    category: Clearable(CategoryName),
    status: Clearable(Status),
    content: Clearable(Content),
    content_type: Clearable(ContentType),
    author_id: Clearable(Id),
    publish_at: Type.Optional(PublishAt),
    summary: Type.Optional(Summary),
  },
  { title: 'DocumentUpdate' },
)

const revisionFields = {
  version: Version,
  title: Title,
  category: CategoryName,
  status: Status,
  content_type: ContentType,
  author_id: Id,
  created_at: Timestamp,
}

export const ListedRevision = closed(revisionFields, { title: 'ListedRevision' })
export const Revision = closed(
  { ...revisionFields, content: Content, summary: Summary },
  { title: 'Revision' },
)
/** The fields that restoring a revision changes: the text, not its status or author. */
export const restoredFields = ['title', 'category', 'content_type', 'content', 'summary'] as const
export const RevisionPage = PageOf(ListedRevision)
/** Later versions were created later, so the order of time is the order of versions. */
export const revisionSorts = ['-created_at'] as const
export const RevisionListQuery = closed(listQuery(revisionSorts))
export const RevisionParams = closed({ id: Id, version: Version })

export type ListedDocument = Static<typeof ListedDocument>
export type Document = Static<typeof Document>
export type DocumentCreate = Static<typeof DocumentCreate>
export type DocumentUpdate = Static<typeof DocumentUpdate>
export type ListedRevision = Static<typeof ListedRevision>
export type Revision = Static<typeof Revision>
export type DocumentFilter = Static<typeof DocumentFilters>
